package dev.millrace.engine.keyspace;

import dev.millrace.engine.struct.Dict;
import dev.millrace.engine.struct.DictClear;
import dev.millrace.engine.struct.EntryVisitor;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Memory that is out of reach and still to be freed: tables of flushed databases, and entries whose
 * values take many frees. It is freed in slices so that neither FLUSHALL nor DEL of a large value
 * pauses the executor. What waits here is still counted as used, so it is bounded by the memory it
 * occupied before.
 *
 * <p>Owned by: executor thread.
 */
public final class LazyFree {
  /** An entry that needs more frees than this is freed in slices. */
  public static final int EAGER_EFFORT = 64;

  private static final int BUCKETS_PER_STEP = 8;

  /** A part of a value that is out of reach while the value is not. */
  @FunctionalInterface
  public interface Remains {
    /**
     * Frees some of it.
     *
     * @param effort about how many frees to do
     * @return whether more remains
     */
    boolean freeSome(int effort);
  }

  /** A flushed table, and how many of its entries are still to be freed. */
  private static final class Table {
    final DictClear clear;
    final boolean ownsEntries;
    long remaining;

    Table(DictClear clear, boolean ownsEntries, long remaining) {
      this.clear = clear;
      this.ownsEntries = ownsEntries;
      this.remaining = remaining;
    }
  }

  private final EntryStore store;
  private final KeyspaceClock clock;
  private final KeyspaceStatistics statistics;
  private final ArrayDeque<Table> tables = new ArrayDeque<>();
  private final LongQueue entries = new LongQueue();
  private final ArrayDeque<Remains> remains = new ArrayDeque<>();
  private final EntryVisitor freeFlushed = this::freeFlushed;
  private @Nullable Table current;

  LazyFree(EntryStore store, KeyspaceClock clock, KeyspaceStatistics statistics) {
    this.store = store;
    this.clock = clock;
    this.statistics = statistics;
  }

  /**
   * Frees an entry that has left its tables: at once when that is cheap, otherwise in slices.
   *
   * @return whether it is free already
   */
  boolean release(long entry) {
    if (store.freeEffort(entry) > EAGER_EFFORT || store.freeSome(entry, EAGER_EFFORT)) {
      entries.add(entry);
      return false;
    }
    return true;
  }

  /** Frees a part of a value (a stream's group): at once when it is small, otherwise in slices. */
  public void release(Remains part) {
    if (part.freeSome(EAGER_EFFORT)) {
      remains.add(part);
    }
  }

  /** Takes over all that a dict holds and leaves it empty. */
  void takeTables(Dict dict, boolean ownsEntries) {
    long size = dict.size();
    if (size > 0) {
      tables.add(new Table(dict.detach(), ownsEntries, size));
    }
  }

  /** lazyfree_pending_objects: entries that wait to be freed. */
  public long pendingObjects() {
    long pending = entries.size();
    for (Table table : tables) {
      pending += table.ownsEntries ? table.remaining : 0;
    }
    return pending;
  }

  /** Whether nothing waits to be freed. */
  public boolean isIdle() {
    return entries.isEmpty() && remains.isEmpty() && tables.isEmpty();
  }

  /**
   * Frees for at most about the given time.
   *
   * @return whether more remains
   */
  public boolean slice(long budgetNanos) {
    if (isIdle()) {
      return false;
    }
    long start = clock.nanos();
    do {
      step();
    } while (!isIdle() && clock.nanos() - start < budgetNanos);
    return !isIdle();
  }

  /** Forgets what waits: its memory goes as a whole. */
  void forget() {
    tables.clear();
    remains.clear();
    while (!entries.isEmpty()) {
      entries.remove();
    }
  }

  /** Frees everything now. */
  void drain() {
    while (!isIdle()) {
      step();
    }
  }

  private void step() {
    if (!entries.isEmpty()) {
      if (!store.freeSome(entries.peek(), EAGER_EFFORT)) {
        entries.remove();
        statistics.lazyFreedObjects++;
      }
      return;
    }
    if (!remains.isEmpty()) {
      if (!remains.element().freeSome(EAGER_EFFORT)) {
        remains.remove();
      }
      return;
    }
    Table table = tables.element();
    current = table;
    if (!table.clear.freeStep(BUCKETS_PER_STEP, freeFlushed)) {
      tables.remove();
    }
    current = null;
  }

  private void freeFlushed(long entry) {
    Table table = current;
    if (table != null && table.ownsEntries) {
      table.remaining--;
      statistics.lazyFreedObjects += release(entry) ? 1 : 0;
    }
  }
}
