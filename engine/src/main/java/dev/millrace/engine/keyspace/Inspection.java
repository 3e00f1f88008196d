package dev.millrace.engine.keyspace;

/**
 * What can be said about one entry of any database: OBJECT, TYPE, MEMORY USAGE, and the access
 * times that DUMP, RESTORE and loading carry over. Owned by: executor thread.
 */
public final class Inspection {
  private static final int COUNTER_MAX = 255;

  private final EntryStore store;
  private final Recency recency;

  Inspection(EntryStore store, Recency recency) {
    this.store = store;
    this.recency = recency;
  }

  /** Memory the entry takes: its allocation, what its value holds, and its places in the tables. */
  public long memoryUsage(long entry) {
    int tables = Entry.hasExpiry(entry) ? 2 : 1;
    return store.bytes(entry) + tables * EntryTables.SLOT_BYTES;
  }

  /** The entry's type as TYPE answers it. */
  public String typeName(long entry) {
    return store.typeOf(entry).name();
  }

  /** The entry's encoding as OBJECT ENCODING answers it. */
  public String encodingName(long entry) {
    return store.typeOf(entry).encodingName(entry);
  }

  /** OBJECT IDLETIME: seconds since the last access; meaningless under an LFU policy. */
  public long idleSeconds(long entry) {
    return recency.idleMillis(Entry.access(entry)) / 1000;
  }

  /** OBJECT FREQ: the LFU counter, decay taken off; meaningless unless the policy is LFU. */
  public int frequency(long entry) {
    return recency.frequency(Entry.access(entry));
  }

  /**
   * Makes the entry unused for that long (RESTORE, loading); without effect under an LFU policy.
   */
  public void setIdleSeconds(long entry, long seconds) {
    if (!recency.isLfu()) {
      Entry.setAccess(entry, recency.idleFor(seconds));
    }
  }

  /**
   * Gives the entry that LFU counter (RESTORE, loading); without effect unless the policy is LFU.
   */
  public void setFrequency(long entry, int counter) {
    if (counter < 0 || counter > COUNTER_MAX) {
      throw new IllegalArgumentException("counter " + counter);
    }
    if (recency.isLfu()) {
      Entry.setAccess(entry, recency.lfuBits(counter));
    }
  }
}
