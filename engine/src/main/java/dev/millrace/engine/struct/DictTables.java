package dev.millrace.engine.struct;

import dev.millrace.engine.memory.SlabAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The two tables of a {@link Dict} and the moving between them. Buckets of the current table go to
 * the next one in index order; an entry's place follows from its hash alone.
 *
 * <p>Owned by: executor thread.
 */
abstract class DictTables extends DictSource {
  /** Grown at six entries per bucket, where one bucket in four has a child. */
  static final int GROW_LOAD = 6;

  /** The next table is prepared when this power of two of the entries is still missing. */
  static final int PREPARED_SHARE = 4;

  /** After shrinking there are at most this many entries per bucket. */
  private static final int SHRUNK_LOAD = 3;

  /**
   * A table shrinks by this power of two at most in one go, to bound the length of its new chains.
   */
  private static final int MAX_SHRINK_LOG2 = 4;

  private static final int MAX_LOG2 = 40;
  private static final int SHRINK_STEP = 4;

  final SlabAllocator memory;
  final Dict.Keys keys;
  DictTable current = new DictTable();
  DictTable next = current;

  /** Buckets of the current table moved to the next one; 0 when there is no next one. */
  long moved;

  long size;
  long growAbove;
  long shrinkBelow;
  long childBuckets;
  @Nullable DictWalk walk;
  int visits;
  boolean removedWhileVisiting;

  DictTables(SlabAllocator memory, Dict.Keys keys) {
    this.memory = memory;
    this.keys = keys;
  }

  final DictTable tableOf(long hash) {
    return (hash & current.mask) < moved ? next : current;
  }

  final void afterRemoval() {
    if (next != current) {
      rehash(next.log2 < current.log2 ? SHRINK_STEP : 1);
    } else if (size < shrinkBelow) {
      shrink();
    }
  }

  final long scanBuckets(long cursor, EntryVisitor visitor) {
    if (next == current) {
      visit(current.bucket(cursor), visitor);
      return nextCursor(cursor, current.mask);
    }
    boolean growing = current.log2 < next.log2;
    DictTable small = growing ? current : next;
    DictTable large = growing ? next : current;
    visitUnlessMoved(small, cursor, visitor);
    long position = cursor;
    do {
      visitUnlessMoved(large, position, visitor);
      position = nextCursor(position, large.mask);
    } while ((position & (small.mask ^ large.mask)) != 0);
    return position;
  }

  private void visitUnlessMoved(DictTable table, long cursor, EntryVisitor visitor) {
    if (table != current || (cursor & current.mask) >= moved) {
      visit(table.bucket(cursor), visitor);
    }
  }

  final void visit(long head, EntryVisitor visitor) {
    Bucket.visit(head, visitor);
    if (removedWhileVisiting && visits == 1) {
      removedWhileVisiting = false;
      childBuckets -= Bucket.compact(memory, head);
    }
  }

  /** Increments the bits under the mask as a number whose highest digit is its lowest bit. */
  private static long nextCursor(long cursor, long mask) {
    return Long.reverse(Long.reverse(cursor | ~mask) + 1);
  }

  /**
   * Near the end of a large table the memory of the next one is prepared by another thread, and at
   * the end it is taken. While it is not ready entries go on into this one, up to an eighth more.
   */
  final void growSoon() {
    int log2 = Math.min(current.log2 + 1, MAX_LOG2);
    boolean ready = memory.prepare(DictTable.bytes(log2));
    if (size >= growAbove && (ready || size - growAbove >= growAbove >>> 3)) {
      grow(current.log2 + 1);
    }
  }

  final void grow(int log2) {
    if (log2 > MAX_LOG2) {
      return;
    }
    try {
      startRehash(log2);
    } catch (OutOfMemoryError e) {
      // Longer chains serve as well for now; ask again when there are an eighth more entries.
      growAbove = size + Math.max(1, size >>> 3);
    }
  }

  private void shrink() {
    if (size == 0 && walk == null) {
      tryShrink(0);
      return;
    }
    int fitting = 64 - Long.numberOfLeadingZeros(Math.max(0, size - 1) / SHRUNK_LOAD);
    int log2 = Math.max(fitting, current.log2 - MAX_SHRINK_LOG2);
    if (log2 < current.log2) {
      tryShrink(log2);
    }
  }

  private void tryShrink(int log2) {
    try {
      startRehash(log2);
    } catch (OutOfMemoryError e) {
      // A removal never fails for want of memory; ask again when there are half as many entries.
      shrinkBelow = size >>> 1;
    }
  }

  private void startRehash(int log2) {
    DictTable table = new DictTable();
    table.allocate(memory, log2);
    if (size == 0 && walk == null) {
      if (childBuckets > 0) {
        current.freeAllChildren(memory, 0);
        childBuckets = 0;
      }
      current.free(memory);
      current = table;
      next = table;
      setThresholds();
      return;
    }
    next = table;
    moved = 0;
    if (walk != null) {
      walk.rehashStarted();
    }
  }

  final void rehash(int buckets) {
    long end = Math.min(current.buckets(), moved + buckets);
    while (moved < end) {
      moveBucket(moved);
      current.passed(memory, moved);
      moved++;
    }
    if (moved > current.mask) {
      current.free(memory);
      current = next;
      moved = 0;
      setThresholds();
      if (walk != null) {
        walk.rehashFinished();
      }
    }
  }

  private void moveBucket(long index) {
    long head = current.bucketAt(index);
    if (walk != null) {
      walk.before(head);
    }
    // What index and fingerprint tell of the hash is enough for a table whose own fingerprint
    // begins at the same bit or a lower one; else the entries must be read.
    boolean known = next.fingerprintShift <= current.fingerprintShift;
    long bucket = head;
    while (true) {
      int slots = Bucket.slots(bucket);
      for (int i = 1; i <= slots; i++) {
        long slot = Bucket.slot(bucket, i);
        if (slot != 0) {
          long entry = slot & Bucket.ADDRESS_MASK;
          moveEntry(entry, known ? current.knownHash(index, slot) : keys.hash(entry));
        }
      }
      if (slots == Bucket.SLOTS) {
        break;
      }
      bucket = Bucket.child(bucket);
    }
    childBuckets -= Bucket.freeChildren(memory, head);
  }

  private void moveEntry(long entry, long hash) {
    long target = next.bucket(hash);
    if (walk != null) {
      walk.before(target);
    }
    childBuckets += Bucket.add(memory, target, next.fingerprint(hash) | entry) ? 1 : 0;
  }

  final void setThresholds() {
    growAbove = current.log2 == 0 ? Bucket.SLOTS : current.buckets() * GROW_LOAD;
    shrinkBelow = current.log2 == 0 ? 0 : current.buckets();
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
    return moved;
  }

  @Override
  long firstOfNext() {
    return 0;
  }

  @Override
  void walkEnded() {
    walk = null;
  }
}
