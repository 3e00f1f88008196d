package dev.millrace.engine.struct;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The tables taken out of a dict that was emptied at once ({@link Dict#detach()}), to be freed a
 * slice at a time. A walk that was on goes on here: what it still owes is emitted before it is
 * freed.
 *
 * <p>Owned by: executor thread.
 */
public final class DictClear extends DictSource {
  /** In place of the number of child buckets: the size in the block is an index instead. */
  private static final long SUSPENDED = -1;

  private final SlabAllocator memory;
  private final DictTable current;
  private final DictTable next;
  private @Nullable DictWalk walk;
  private long indexOfCurrent;
  private long indexOfNext;
  private boolean finished;

  DictClear(
      SlabAllocator memory,
      DictTable current,
      DictTable next,
      long firstOfCurrent,
      @Nullable DictWalk walk) {
    this.memory = memory;
    this.current = current;
    this.next = next;
    this.indexOfCurrent = firstOfCurrent;
    this.walk = walk;
    if (walk != null) {
      walk.moveTo(this);
    }
  }

  /**
   * Goes on with a dict that {@link Dict#store} put into a block and that nobody reaches any more,
   * or with what {@link #suspend} left there. A walk that is on goes on here.
   */
  public static DictClear resume(SlabAllocator memory, long state, DictWalks walks) {
    DictTable current = new DictTable();
    DictTable next = DictState.tables(state, current, new DictTable());
    DictWalk walk = walks.find(DictState.walk(state));
    DictClear clear = new DictClear(memory, current, next, Memory.getLong(state + 16), walk);
    if (Memory.getLong(state + 32) == SUSPENDED) {
      clear.indexOfNext = Memory.getLong(state + 24);
    }
    return clear;
  }

  /** Notes in the block of {@link #resume} how far it has come; not after the last step. */
  public void suspend(long state) {
    Memory.putLong(state + 16, indexOfCurrent);
    Memory.putLong(state + 24, indexOfNext);
    Memory.putLong(state + 32, SUSPENDED);
  }

  /**
   * Passes the entries of the next buckets to {@code free} and frees the buckets.
   *
   * @param free frees an entry; must not use the dict the entries came from
   * @return whether anything is left
   */
  public boolean freeStep(int buckets, EntryVisitor free) {
    int left = buckets;
    while (left > 0 && indexOfCurrent <= current.mask) {
      freeBucket(current, indexOfCurrent++, free);
      left--;
    }
    if (next != current) {
      while (left > 0 && indexOfNext <= next.mask) {
        freeBucket(next, indexOfNext++, free);
        left--;
      }
    }
    if (left > 0 && !finished) {
      finished = true;
      current.free(memory);
      if (next != current) {
        next.free(memory);
      }
    }
    return !finished;
  }

  private void freeBucket(DictTable table, long index, EntryVisitor free) {
    long head = table.bucketAt(index);
    if (walk != null) {
      walk.before(head);
    }
    Bucket.visit(head, free);
    Bucket.freeChildren(memory, head);
    table.passed(memory, index);
  }

  @Override
  DictTable current() {
    return current;
  }

  @Override
  DictTable next() {
    return next;
  }

  @Override
  long firstOfCurrent() {
    return indexOfCurrent;
  }

  @Override
  long firstOfNext() {
    return indexOfNext;
  }

  @Override
  void walkEnded() {
    walk = null;
  }
}
