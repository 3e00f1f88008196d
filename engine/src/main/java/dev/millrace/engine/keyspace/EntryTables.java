package dev.millrace.engine.keyspace;

import dev.millrace.engine.struct.Dict;
import dev.millrace.engine.struct.EntryVisitor;
import java.util.random.RandomGenerator;

/**
 * The tables of one database: all its entries by key, and those of them that expire. They are what
 * SWAPDB exchanges. An entry is in the second table exactly when it {@link Entry#hasExpiry has an
 * expiry}; only the first takes part in snapshots. Owned by: executor thread.
 */
final class EntryTables implements AutoCloseable {
  private static final EntryKeys KEYS = new EntryKeys();

  /** What one entry takes in one table. */
  static final long SLOT_BYTES = 8;

  private final EntryStore store;
  private final Dict entries;
  private final Dict expiring;
  private final Dict withExpiringFields;
  private long expiryCursor;
  private long fieldCursor;
  private double averageTtlMillis;

  EntryTables(EntryStore store) {
    this.store = store;
    this.entries = new Dict(store.memory(), KEYS);
    this.expiring = new Dict(store.memory(), KEYS);
    this.withExpiringFields = new Dict(store.memory(), KEYS);
  }

  /** All entries, to look up and to announce changes to. */
  Dict entries() {
    return entries;
  }

  /** The entries with an expiry. */
  Dict expiring() {
    return expiring;
  }

  /** Takes an entry whose key is absent. */
  void link(long entry, long hash) {
    entries.insert(entry, hash);
    if (Entry.hasExpiry(entry)) {
      expiring.insert(entry, hash);
    }
    if (Entry.hasExpiringFields(entry)) {
      withExpiringFields.insert(entry, hash);
    }
  }

  /** Takes the entry out of the tables; its memory is the caller's to free. */
  void unlink(long entry, long hash) {
    boolean removed = entries.removeEntry(entry, hash);
    assert removed : "not an entry of this database";
    if (Entry.hasExpiry(entry)) {
      boolean removedExpiring = expiring.removeEntry(entry, hash);
      assert removedExpiring : "its expiry is not known";
    }
    if (Entry.hasExpiringFields(entry)) {
      withExpiringFields.removeEntry(entry, hash);
    }
  }

  /** Puts an entry in the place of another with the same key, whose memory the caller frees. */
  void replace(long old, long entry, long hash) {
    entries.replace(old, entry, hash);
    replace(expiring, old, Entry.hasExpiry(old), entry, Entry.hasExpiry(entry), hash);
    replace(
        withExpiringFields,
        old,
        Entry.hasExpiringFields(old),
        entry,
        Entry.hasExpiringFields(entry),
        hash);
  }

  private static void replace(
      Dict in, long old, boolean wasIn, long entry, boolean belongsIn, long hash) {
    if (wasIn && belongsIn) {
      in.replace(old, entry, hash);
    } else if (belongsIn) {
      in.insert(entry, hash);
    } else if (wasIn) {
      in.removeEntry(old, hash);
    }
  }

  /** An entry has another encoding and may have become a hash whose fields expire, or none. */
  void encodingChanged(long entry, long hash, boolean hadExpiringFields) {
    boolean has = Entry.hasExpiringFields(entry);
    if (has != hadExpiringFields) {
      replace(withExpiringFields, entry, hadExpiringFields, entry, has, hash);
    }
  }

  /** An entry has changed in place and may have won or lost an expiry by it. */
  void expiryChanged(long entry, long hash, boolean expired) {
    boolean expires = Entry.hasExpiry(entry);
    if (expires && !expired) {
      expiring.insert(entry, hash);
    } else if (expired && !expires) {
      boolean removed = expiring.removeEntry(entry, hash);
      assert removed : "its expiry is not known";
    }
  }

  /** The entry's value has moved to a new entry under the same key; frees the old one's shell. */
  void relocated(long old, long moved, long hash) {
    replace(old, moved, hash);
    store.freeShell(old);
  }

  /** One bucket of expiring entries by the cursor of active expiry. */
  void scanExpiring(EntryVisitor visitor) {
    expiryCursor = expiring.scan(expiryCursor, visitor);
  }

  /** The hashes some of whose fields expire. */
  Dict withExpiringFields() {
    return withExpiringFields;
  }

  /**
   * One bucket of the hashes some of whose fields expire, by a cursor of its own.
   *
   * @return false when it was the last
   */
  boolean scanExpiringFields(EntryVisitor visitor) {
    fieldCursor = withExpiringFields.scan(fieldCursor, visitor);
    return fieldCursor != 0;
  }

  void noteAverageTtl(long sampleMillis) {
    // Each sample weighs 2%, the first one all.
    averageTtlMillis =
        averageTtlMillis == 0 ? sampleMillis : averageTtlMillis * 0.98 + sampleMillis * 0.02;
  }

  double averageTtlMillis() {
    return averageTtlMillis;
  }

  /** A random entry, or 0 when there is none. */
  long sample(boolean expiringOnly, RandomGenerator random) {
    Dict dict = expiringOnly ? expiring : entries;
    return dict.size() == 0 ? 0 : dict.randomEntry(random);
  }

  /** Whether that address is an entry here now; the address may be of freed memory. */
  boolean holds(long entry, long hash, boolean expiringOnly) {
    return (expiringOnly ? expiring : entries).contains(entry, hash);
  }

  void reserve(long all, long withExpiry) {
    entries.reserve(all);
    expiring.reserve(withExpiry);
  }

  boolean rehashStep(int buckets) {
    boolean more = entries.isRehashing() && entries.rehashStep(buckets);
    return (expiring.isRehashing() && expiring.rehashStep(buckets)) || more;
  }

  long bytes() {
    return entries.memoryBytes() + expiring.memoryBytes() + withExpiringFields.memoryBytes();
  }

  /**
   * Empties the tables at once and leaves what was in them to be freed in slices. A snapshot walk
   * that is on goes on over what was in them.
   */
  void clear(LazyFree lazyFree) {
    lazyFree.takeTables(expiring, false);
    lazyFree.takeTables(withExpiringFields, false);
    lazyFree.takeTables(entries, true);
    expiryCursor = 0;
    fieldCursor = 0;
    averageTtlMillis = 0;
  }

  /** Exchanges all that is in the tables; see {@link Keyspace#exchange}. */
  void exchange(EntryTables other) {
    entries.exchange(other.entries);
    expiring.exchange(other.expiring);
    withExpiringFields.exchange(other.withExpiringFields);
    expiryCursor = 0;
    fieldCursor = 0;
    averageTtlMillis = 0;
  }

  /** Frees the empty tables. */
  @Override
  public void close() {
    entries.close();
    expiring.close();
    withExpiringFields.close();
  }
}
