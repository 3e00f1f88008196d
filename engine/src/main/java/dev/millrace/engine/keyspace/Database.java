package dev.millrace.engine.keyspace;

import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.struct.EntryVisitor;

/**
 * One database: its entries by key, and those of them that expire. Keys come as an address, a
 * length and {@link Memory#hash}; entries go out as addresses (see {@link Entry}).
 *
 * <p>A method that returns an entry may have moved it: the address passed in is no longer good.
 * What is passed in as key or value must not lie inside the entry being replaced or changed.
 *
 * <p>Which entries are <em>live</em> is decided by the {@link ExpiryMode}: in {@link
 * ExpiryMode#DELETE} an entry met past its expiry is deleted and reported before the method goes
 * on.
 *
 * <p>No method here touches watchers or propagates anything, except through the listeners of {@link
 * Keyspace}. Owned by: executor thread.
 */
public final class Database {
  /** Passed as expiry: the entry does not expire. */
  public static final long NO_EXPIRY = Entry.NO_EXPIRY;

  /** Passed as expiry: what the replaced entry had, or none. */
  public static final long KEEP_EXPIRY = -2;

  private static final long RANDOM_TRIES = 1000;
  private static final long ALL_VOLATILE_TRIES = 100;

  /**
   * How long a synchronous flush frees before it returns: less than a millisecond with the rest
   * (law L6).
   */
  static final long FLUSH_NANOS = 300_000;

  private final Keyspace keyspace;
  private final int index;
  private final EntryStore store;
  private final Recency recency;
  private final KeyspaceStatistics statistics;
  private final StringChange stringChange;
  private final LongQueue past = new LongQueue();

  /** Exchanged by SWAPDB. */
  private EntryTables tables;

  Database(Keyspace keyspace, int index) {
    this.keyspace = keyspace;
    this.index = index;
    this.store = keyspace.store();
    this.recency = keyspace.recency();
    this.statistics = keyspace.statistics();
    this.stringChange = new StringChange(store);
    this.tables = new EntryTables(store);
  }

  public int index() {
    return index;
  }

  /** DBSIZE: entries, those past their expiry and not yet deleted included. */
  public long size() {
    return tables.entries().size();
  }

  /** How many entries have an expiry. */
  public long expiring() {
    return tables.expiring().size();
  }

  /** avg_ttl of INFO keyspace: a running estimate by active expiry. */
  public long averageTtlMillis() {
    return (long) tables.averageTtlMillis();
  }

  /** Reads ahead for a lookup that is about to come. */
  public void prefetch(long hash) {
    tables.entries().touch(hash);
  }

  /** The second step: reads ahead the entry, once the bucket is there. */
  public void prefetchEntry(long hash) {
    tables.entries().touchEntry(hash);
  }

  /**
   * The third step, for a lookup of a member in the value: the state of the dict it is looked up in
   * (see {@link ValueType#membersDict}); 0 when there is none. It is judged by the key's hash
   * alone.
   */
  public long membersDict(long hash) {
    long entry = tables.entries().likely(hash);
    return entry == 0 ? 0 : store.typeOf(entry).membersDict(entry);
  }

  /** Makes room for that many entries before they are loaded, so that no table grows meanwhile. */
  public void reserve(long entries, long withExpiry) {
    tables.reserve(entries, withExpiry);
  }

  // Lookups

  /** The live entry or 0, for reading: counts a hit or a miss, and notes the access. */
  public long find(long keyAddress, int keyLength, long hash) {
    long entry = peek(keyAddress, keyLength, hash);
    if (entry != 0) {
      recency.touch(entry);
    }
    return entry;
  }

  /** The live entry or 0, for writing: notes the access, counts neither hit nor miss. */
  public long findForWrite(long keyAddress, int keyLength, long hash) {
    long entry = live(keyAddress, keyLength, hash);
    if (entry != 0) {
      recency.touch(entry);
    }
    return entry;
  }

  /**
   * The live entry or 0: counts a hit or a miss, but leaves the access bits (TTL, TYPE, OBJECT).
   */
  public long peek(long keyAddress, int keyLength, long hash) {
    long entry = inspect(keyAddress, keyLength, hash);
    if (entry == 0) {
      keyspace.reportMissed(this, keyAddress, keyLength);
    }
    return entry;
  }

  /** As {@link #peek}, but a missing key is not reported (OBJECT). */
  public long inspect(long keyAddress, int keyLength, long hash) {
    long entry = live(keyAddress, keyLength, hash);
    if (entry == 0) {
      statistics.misses++;
    } else {
      statistics.hits++;
    }
    return entry;
  }

  /** The live entry or 0; deletes nothing, counts nothing, notes nothing. */
  public long glance(long keyAddress, int keyLength, long hash) {
    long entry = tables.entries().find(keyAddress, keyLength, hash);
    return entry == 0 || keyspace.isPast(entry) ? 0 : entry;
  }

  /** Whether a live entry exists; deletes nothing, counts nothing, notes nothing. */
  public boolean exists(long keyAddress, int keyLength, long hash) {
    return glance(keyAddress, keyLength, hash) != 0;
  }

  /** The entry or 0, past its expiry or not; deletes nothing, counts nothing, notes nothing. */
  public long present(long keyAddress, int keyLength, long hash) {
    return tables.entries().find(keyAddress, keyLength, hash);
  }

  /** Whether an entry is there and past its expiry; deletes nothing. */
  public boolean isExpired(long keyAddress, int keyLength, long hash) {
    long entry = present(keyAddress, keyLength, hash);
    return entry != 0 && keyspace.isPast(entry);
  }

  private long live(long keyAddress, int keyLength, long hash) {
    long entry = tables.entries().find(keyAddress, keyLength, hash);
    if (entry == 0 || !keyspace.isPast(entry)) {
      return entry;
    }
    if (keyspace.expiryMode() == ExpiryMode.DELETE) {
      expire(entry, hash);
    }
    return 0;
  }

  /**
   * The entry to be replaced or deleted, past its expiry or not, unless it was deleted just now.
   */
  private long occupant(long keyAddress, int keyLength, long hash) {
    long entry = tables.entries().find(keyAddress, keyLength, hash);
    if (entry != 0 && keyspace.expiryMode() == ExpiryMode.DELETE && keyspace.isPast(entry)) {
      expire(entry, hash);
      return 0;
    }
    return entry;
  }

  // Writing

  /**
   * Makes the key a string, whatever it was before. Canonical numbers become {@link Entry#INT}.
   *
   * @param expireAtMillis Unix milliseconds, {@link #NO_EXPIRY} or {@link #KEEP_EXPIRY}
   * @return the entry
   */
  public long setString(
      long keyAddress,
      int keyLength,
      long hash,
      long valueAddress,
      long valueLength,
      long expireAtMillis) {
    if (Decimal.isLong(valueAddress, valueLength)) {
      long number = Decimal.parse(valueAddress, valueLength);
      return setLong(keyAddress, keyLength, hash, number, expireAtMillis);
    }
    if (valueLength <= Entry.INLINE_STRING_BYTES) {
      int encoding = valueLength <= Entry.EMBSTR_BYTES ? Entry.EMBSTR : Entry.RAW;
      int bytes = (int) valueLength;
      long entry =
          put(keyAddress, keyLength, hash, Entry.STRING, encoding, false, bytes, expireAtMillis);
      Memory.copy(valueAddress, Entry.inlineAddress(entry), bytes);
      return entry;
    }
    long blob = store.createBlob(valueAddress, valueLength, valueLength);
    long entry =
        put(
            keyAddress,
            keyLength,
            hash,
            Entry.STRING,
            Entry.BLOB,
            true,
            Entry.BLOB_INLINE_BYTES,
            expireAtMillis);
    store.putBlob(entry, blob, valueLength);
    return entry;
  }

  /** Makes the key a string that is a number, whatever it was before; returns the entry. */
  public long setLong(long keyAddress, int keyLength, long hash, long value, long expireAtMillis) {
    long entry =
        put(
            keyAddress,
            keyLength,
            hash,
            Entry.STRING,
            Entry.INT,
            false,
            Entry.NUMBER_BYTES,
            expireAtMillis);
    Memory.putLong(Entry.inlineAddress(entry), value);
    return entry;
  }

  /**
   * Makes the key a value of any type, whatever it was before. The caller writes the inline value
   * at {@link Entry#inlineAddress} before it calls anything else here.
   *
   * @param external whether the value holds memory outside the entry
   * @param inlineBytes at most {@link Entry#INLINE_BYTES_MAX}
   * @return the entry
   */
  public long put(
      long keyAddress,
      int keyLength,
      long hash,
      int type,
      int encoding,
      boolean external,
      int inlineBytes,
      long expireAtMillis) {
    long old = occupant(keyAddress, keyLength, hash);
    long expireAt = expireAtMillis;
    if (expireAt == KEEP_EXPIRY) {
      expireAt = old == 0 ? NO_EXPIRY : Entry.expireAt(old);
    } else if (expireAt < KEEP_EXPIRY) {
      expireAt = 0;
    }
    if (old == 0) {
      int access = recency.initial();
      long entry =
          store.create(
              keyAddress, keyLength, type, encoding, external, access, inlineBytes, 0, expireAt);
      tables.link(entry, hash);
      keyspace.reportAdded(this, entry);
      return entry;
    }
    int access = recency.isLfu() ? Entry.access(old) : recency.initial();
    if (!Entry.isExternal(old) && store.fits(old, inlineBytes, expireAt)) {
      tables.entries().aboutToChange(hash);
      boolean expired = Entry.hasExpiry(old);
      store.recreate(old, type, encoding, external, access, inlineBytes, expireAt);
      tables.expiryChanged(old, hash, expired);
      return old;
    }
    long entry =
        store.create(
            keyAddress, keyLength, type, encoding, external, access, inlineBytes, 0, expireAt);
    tables.replace(old, entry, hash);
    keyspace.lazyFree().release(old);
    return entry;
  }

  /**
   * Overwrites the number of an {@link Entry#isInt} entry in place (INCR).
   *
   * @return the entry, which has not moved
   */
  public long changeLong(long entry, long hash, long value) {
    assert Entry.isInt(entry);
    tables.entries().aboutToChange(hash);
    Memory.putLong(Entry.inlineAddress(entry), value);
    return entry;
  }

  /**
   * Prepares a string for being changed in place: it becomes raw bytes, at least so many, zero
   * beyond what it had. The caller then writes at {@link Entry#valueAddress}.
   *
   * @param newLength the length it must have at least; a longer string keeps its length
   * @return the entry
   */
  public long reserveString(long entry, long hash, long newLength) {
    tables.entries().aboutToChange(hash);
    long changed = stringChange.reserve(entry, newLength);
    if (changed != entry) {
      tables.relocated(entry, changed, hash);
    }
    return changed;
  }

  /**
   * Gives the inline value of an entry of any type another size, keeping what fits of it; what is
   * new is unspecified.
   *
   * @return the entry
   */
  public long resizeInline(long entry, long hash, int inlineBytes) {
    tables.entries().aboutToChange(hash);
    if (store.fits(entry, inlineBytes, Entry.expireAt(entry))) {
      Entry.putInlineBytes(entry, inlineBytes);
      return entry;
    }
    long moved = store.resized(entry, inlineBytes);
    tables.relocated(entry, moved, hash);
    return moved;
  }

  /** Changes the encoding of a value, and whether it holds memory outside its entry. */
  public void encode(long entry, long hash, int encoding, boolean external) {
    tables.entries().aboutToChange(hash);
    boolean hadExpiringFields = Entry.hasExpiringFields(entry);
    Entry.putEncoding(entry, encoding, external);
    tables.encodingChanged(entry, hash, hadExpiringFields);
  }

  /** Must come before any change of an entry's value in place that no method here makes. */
  public void aboutToChange(long hash) {
    tables.entries().aboutToChange(hash);
  }

  /**
   * Sets when the entry expires, in Unix milliseconds. A time before 1970 counts as 1970.
   *
   * @return the entry
   */
  public long setExpire(long entry, long hash, long atMillis) {
    long at = Math.max(0, atMillis);
    tables.entries().aboutToChange(hash);
    if (Entry.hasExpiry(entry)) {
      Entry.putExpireAt(entry, at);
      return entry;
    }
    if (store.shiftForExpiry(entry, at)) {
      tables.expiryChanged(entry, hash, false);
      return entry;
    }
    long moved = store.moved(entry, 0, at);
    tables.relocated(entry, moved, hash);
    return moved;
  }

  /** Takes the entry's expiry away; false when it had none. The entry does not move. */
  public boolean persist(long entry, long hash) {
    if (!Entry.hasExpiry(entry)) {
      return false;
    }
    tables.entries().aboutToChange(hash);
    boolean shifted = store.shiftForExpiry(entry, NO_EXPIRY);
    assert shifted : "an entry without its expiry is smaller";
    tables.expiryChanged(entry, hash, true);
    return true;
  }

  /** When the entry expires, or {@link #NO_EXPIRY}. */
  public long expireAt(long entry) {
    return Entry.expireAt(entry);
  }

  /**
   * Deletes the key; a value that takes long to free is freed in slices (DEL and UNLINK alike).
   *
   * @return whether there was an entry
   */
  public boolean delete(long keyAddress, int keyLength, long hash) {
    long entry = occupant(keyAddress, keyLength, hash);
    if (entry == 0) {
      return false;
    }
    delete(entry, hash);
    return true;
  }

  /** Deletes an entry of this database. */
  public void delete(long entry, long hash) {
    tables.unlink(entry, hash);
    keyspace.lazyFree().release(entry);
  }

  /**
   * An entry without a key, in no table, that takes over what a value has lost at once but is to
   * free in slices. The caller writes its inline value and calls {@link #release}.
   */
  public long createDetached(int type, int encoding, int inlineBytes) {
    return store.create(0, 0, type, encoding, true, 0, inlineBytes, 0, NO_EXPIRY);
  }

  /** Frees an entry made by {@link #createDetached}, in slices when that takes long. */
  public void release(long detached) {
    keyspace.lazyFree().release(detached);
  }

  /**
   * RENAME: puts the entry under another key, of this or another database, with its value, expiry
   * and access bits. A value outside the entry is handed over, not copied.
   *
   * @param to where it goes; that key must be absent there
   * @return the entry
   */
  public long rename(
      long entry, long hash, Database to, long newKeyAddress, int newKeyLength, long newHash) {
    // A snapshot that writes the value in slices notes that in it: before it is copied.
    tables.entries().aboutToChange(hash);
    long renamed = store.copyUnder(entry, newKeyAddress, newKeyLength, Entry.access(entry));
    tables.unlink(entry, hash);
    store.freeShell(entry);
    to.tables.link(renamed, newHash);
    keyspace.reportAdded(to, renamed);
    return renamed;
  }

  /** MOVE: hands the entry over to another database, where its key must be absent. */
  public void move(long entry, long hash, Database to) {
    tables.unlink(entry, hash);
    to.tables.link(entry, hash);
    keyspace.reportAdded(to, entry);
  }

  /**
   * COPY: a copy of the entry under a key that must be absent, of this or another database.
   *
   * @return the copy
   */
  public long copy(long entry, Database to, long newKeyAddress, int newKeyLength, long newHash) {
    long copy = store.copyUnder(entry, newKeyAddress, newKeyLength, recency.initial());
    store.separate(entry, copy);
    to.tables.link(copy, newHash);
    keyspace.reportAdded(to, copy);
    return copy;
  }

  // The whole

  /** RANDOMKEY: some live entry, or 0 when none was met in a bounded number of tries. */
  public long randomKey() {
    for (long tries = 1; tries <= RANDOM_TRIES && tables.entries().size() > 0; tries++) {
      long entry = tables.entries().randomEntry(keyspace.random());
      if (!keyspace.isPast(entry)) {
        return entry;
      }
      if (keyspace.expiryMode() == ExpiryMode.DELETE) {
        expireNow(entry);
      } else if (tables.expiring().size() == tables.entries().size()
          && tries == ALL_VOLATILE_TRIES) {
        // Perhaps all are past their expiry and wait for the master's word; Redis names one then.
        return entry;
      }
    }
    return 0;
  }

  /**
   * SCAN: one step of a walk that meets every entry present throughout it at least once.
   *
   * @param cursor 0 to begin, then what the last call returned
   * @param visitor sees live entries; it must not change the keyspace
   * @return the next cursor, 0 at the end
   */
  public long scan(long cursor, EntryVisitor visitor) {
    long next =
        tables
            .entries()
            .scan(
                cursor,
                entry -> {
                  if (!keyspace.isPast(entry)) {
                    visitor.visit(entry);
                  } else if (keyspace.expiryMode() == ExpiryMode.DELETE) {
                    past.add(entry);
                  }
                });
    while (!past.isEmpty()) {
      expireNow(past.remove());
    }
    return next;
  }

  /**
   * FLUSHDB: the database is empty at once; the memory comes back in slices.
   *
   * @param lazily false to free a first slice before returning, so that a small database is gone
   * @return how many entries there were
   */
  public long flush(boolean lazily) {
    long removed = tables.entries().size();
    tables.clear(keyspace.lazyFree());
    if (!lazily) {
      keyspace.lazyFree().slice(FLUSH_NANOS);
    }
    return removed;
  }

  // For the rest of the keyspace

  EntryTables tables() {
    return tables;
  }

  void expireNow(long entry) {
    expire(entry, EntryKeys.hashOf(entry));
  }

  /** Deletes an entry to make room; returns the bytes it occupied. */
  long evict(long entry) {
    long bytes = keyspace.inspection().memoryUsage(entry);
    tables.unlink(entry, EntryKeys.hashOf(entry));
    keyspace.reportEvicted(this, entry);
    keyspace.lazyFree().release(entry);
    return bytes;
  }

  void joinWalk(SnapshotWalk walk) {
    if (size() > 0) {
      walk.add(index, tables.entries());
    }
  }

  void swapWith(Database other) {
    EntryTables mine = tables;
    tables = other.tables;
    other.tables = mine;
  }

  void close() {
    tables.clear(keyspace.lazyFree());
    tables.close();
  }

  private void expire(long entry, long hash) {
    tables.unlink(entry, hash);
    keyspace.reportExpired(this, entry);
    keyspace.lazyFree().release(entry);
  }
}
