package dev.millrace.engine.keyspace;

import dev.millrace.engine.memory.SlabAllocator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * All databases, and the work on them that is done in slices between commands: active expiry,
 * eviction, freeing, table growth, and the snapshot walk. None of it pauses for the size of the
 * data (L6); each slice takes a time budget and is bounded by it up to one small step.
 *
 * <p>Commands work on a {@link Database}. The executor sets the {@link ExpiryMode} before a command
 * that needs another one than the last.
 *
 * <p>Owned by: executor thread.
 */
public final class Keyspace implements AutoCloseable {
  /** Types of value are numbered below this. */
  public static final int TYPES = EntryStore.TYPES;

  private static final int BUCKETS_PER_REHASH = 64;

  private final SlabAllocator memory;
  private final KeyspaceClock clock;
  private final RandomGenerator random;
  private final Recency recency;
  private final EntryStore store;
  private final KeyspaceStatistics statistics = new KeyspaceStatistics();
  private final Inspection inspection;
  private final LazyFree lazyFree;
  private final ActiveExpiry activeExpiry;
  private final Eviction eviction;
  private final Database[] databases;
  private final Database aside;

  private ExpiryMode expiryMode = ExpiryMode.DELETE;
  private EvictionPolicy policy = EvictionPolicy.NOEVICTION;
  private ExpiredListener expiredListener = (database, keyAddress, keyLength) -> {};
  private EvictedListener evictedListener = (database, keyAddress, keyLength) -> {};
  private KeyListener addedListener = (database, keyAddress, keyLength) -> {};
  private KeyListener missedListener = (database, keyAddress, keyLength) -> {};
  private @Nullable SnapshotWalk walk;
  private int nextRehashed;

  /**
   * An empty keyspace.
   *
   * @param memory where entries and tables live; the keyspace does not close it
   * @param random for sampling and the LFU counter
   * @param databases how many, at least one
   */
  public Keyspace(
      SlabAllocator memory, KeyspaceClock clock, RandomGenerator random, int databases) {
    if (databases < 1) {
      throw new IllegalArgumentException("databases " + databases);
    }
    this.memory = memory;
    this.clock = clock;
    this.random = random;
    this.recency = new Recency(clock, random);
    this.store = new EntryStore(memory);
    this.inspection = new Inspection(store, recency);
    this.lazyFree = new LazyFree(store, clock, statistics);
    this.activeExpiry = new ActiveExpiry(this);
    this.eviction = new Eviction(this);
    this.aside = new Database(this, -1);
    this.databases = new Database[databases];
    for (int i = 0; i < databases; i++) {
      this.databases[i] = new Database(this, i);
    }
  }

  /** Teaches the keyspace a type of value besides strings; before the first entry of that type. */
  public void register(int type, ValueType valueType) {
    store.register(type, valueType);
  }

  /** What was registered for a type of value, or null. */
  public @Nullable ValueType valueType(int type) {
    return store.type(type);
  }

  /**
   * A place for entries that are out of the way for a moment, beside all databases: nothing here
   * expires, is evicted, or is part of a snapshot. A command leaves it empty.
   */
  public Database aside() {
    return aside;
  }

  /** The database of that index, 0 to {@link #databases} - 1. */
  public Database database(int index) {
    return databases[index];
  }

  /** How many databases there are. */
  public int databases() {
    return databases.length;
  }

  /** SWAPDB: exchanges the contents of two databases. Tell {@link Watches#swapping} first. */
  public void swap(int a, int b) {
    if (a != b) {
      databases[a].swapWith(databases[b]);
    }
  }

  /**
   * FLUSHALL: every database is empty at once; the memory comes back in slices. Tell {@link
   * Watches#flushingAll} first.
   *
   * @param lazily false to free a first slice before returning, so that small databases are gone
   * @return how many entries there were
   */
  public long flush(boolean lazily) {
    long removed = 0;
    for (Database database : databases) {
      removed += database.flush(true);
    }
    if (!lazily) {
      lazyFree.slice(Database.FLUSH_NANOS);
    }
    return removed;
  }

  /** What entries past their expiry mean from now on. */
  public void expiryMode(ExpiryMode mode) {
    expiryMode = mode;
  }

  public ExpiryMode expiryMode() {
    return expiryMode;
  }

  /** Replaces who hears of expired entries. */
  public void onExpired(ExpiredListener listener) {
    expiredListener = listener;
  }

  /** Replaces who hears of evicted entries. */
  public void onEvicted(EvictedListener listener) {
    evictedListener = listener;
  }

  /** Replaces who hears of entries added under keys that had none. */
  public void onAdded(KeyListener listener) {
    addedListener = listener;
  }

  /** Replaces who hears of keys that were to be read and are not there. */
  public void onMissed(KeyListener listener) {
    missedListener = listener;
  }

  /** {@code maxmemory-policy}: also decides whether entries carry LRU times or LFU counters. */
  public void evictionPolicy(EvictionPolicy wanted) {
    policy = wanted;
    recency.useLfu(wanted.isLfu());
    eviction.reset();
  }

  public EvictionPolicy evictionPolicy() {
    return policy;
  }

  /** {@code maxmemory-samples}, at least 1. */
  public void evictionSamples(int samples) {
    eviction.samples(samples);
  }

  /** {@code lfu-log-factor} and {@code lfu-decay-time}. */
  public void lfu(int logFactor, int decayMinutes) {
    recency.configureLfu(logFactor, decayMinutes);
  }

  /** {@code active-expire-effort}, 1 to 10. */
  public void activeExpireEffort(int effort) {
    activeExpiry.effort(effort);
  }

  /**
   * Bytes handed out by the allocator, exactly: entries, values, tables, what waits to be freed,
   * and whatever else the executor keeps in the same allocator.
   */
  public long usedBytes() {
    return memory.usedBytes();
  }

  /** Bytes of the tables that find entries. */
  public long tableBytes() {
    long bytes = aside.tables().bytes();
    for (Database database : databases) {
      bytes += database.tables().bytes();
    }
    return bytes;
  }

  /** Entries of all databases. */
  public long size() {
    long size = 0;
    for (Database database : databases) {
      size += database.size();
    }
    return size;
  }

  public KeyspaceStatistics statistics() {
    return statistics;
  }

  /** What can be said about one entry. */
  public Inspection inspection() {
    return inspection;
  }

  /** What waits to be freed. */
  public LazyFree lazyFree() {
    return lazyFree;
  }

  /**
   * Deletes expired entries nobody asked for, for at most about that long, and then expired fields
   * of hashes for as long. Does nothing unless the mode is {@link ExpiryMode#DELETE}.
   *
   * @return how many entries were deleted
   */
  public int expireSlice(long budgetNanos) {
    if (expiryMode != ExpiryMode.DELETE) {
      return 0;
    }
    int expired = activeExpiry.slice(budgetNanos);
    activeExpiry.fieldSlice(budgetNanos);
    return expired;
  }

  /** Frees what waits to be freed, for at most about that long; returns whether more remains. */
  public boolean lazyFreeSlice(long budgetNanos) {
    return lazyFree.slice(budgetNanos);
  }

  /**
   * Moves growing and shrinking tables on, for at most about that long. It rests while a snapshot
   * is walked, because moving a bucket emits it: commands move what they touch, and that suffices.
   *
   * @return whether more remains to be moved now
   */
  public boolean rehashSlice(long budgetNanos) {
    if (walk != null) {
      return false;
    }
    long start = clock.nanos();
    for (int idle = 0; idle < databases.length; ) {
      if (!databases[nextRehashed].tables().rehashStep(BUCKETS_PER_REHASH)) {
        nextRehashed = (nextRehashed + 1) % databases.length;
        idle++;
      } else if (clock.nanos() - start >= budgetNanos) {
        return true;
      } else {
        idle = 0;
      }
    }
    return false;
  }

  /**
   * Deletes one entry by the eviction policy and reports it to the listener. The caller repeats it
   * while memory is over its limit, a few per command; a large value's memory comes back in slices.
   *
   * @return the bytes the entry occupied, or 0 when the policy allows none to go
   */
  public long evictOne() {
    return eviction.evictOne(policy);
  }

  /**
   * Makes the cut: the walk emits every entry of every database as it is now.
   *
   * @throws IllegalStateException when a walk is on already
   */
  public SnapshotWalk startWalk(EntryWriter out) {
    if (walk != null) {
      throw new IllegalStateException("a snapshot walk is on already");
    }
    SnapshotWalk started = new SnapshotWalk(this, out);
    for (Database database : databases) {
      database.joinWalk(started);
    }
    walk = started;
    return started;
  }

  /** The walk that is on, or null. */
  public @Nullable SnapshotWalk walk() {
    return walk;
  }

  /**
   * Takes over all entries of another keyspace and its memory, in one go whatever the size of
   * either; the other has ours then, good only for {@link SlabAllocator#abandon}. Tell {@link
   * Watches#flushingAll} before and after.
   *
   * @param other one like this, in an allocator of its own that holds nothing else, as ours does;
   *     never snapshot, and handed over by its thread
   */
  public void exchange(Keyspace other) {
    if (walk != null || other.walk != null || databases.length != other.databases.length) {
      throw new IllegalStateException("a keyspace under a walk, or one of another shape");
    }
    memory.handOver();
    memory.exchange(other.memory);
    lazyFree.forget();
    other.lazyFree.forget();
    eviction.reset();
    for (int i = 0; i < databases.length; i++) {
      databases[i].tables().exchange(other.databases[i].tables());
    }
    aside.tables().exchange(other.aside.tables());
  }

  /** Frees everything; the keyspace is not to be used afterwards. */
  @Override
  public void close() {
    if (walk != null) {
      walk.cancel();
    }
    for (Database database : databases) {
      database.close();
    }
    aside.close();
    lazyFree.drain();
  }

  void walkEnded(SnapshotWalk ended) {
    assert walk == ended;
    walk = null;
  }

  /** Whether a moment at which something expires counts as past, in the present mode. */
  public boolean isPastMoment(long atMillis) {
    return expiryMode != ExpiryMode.IGNORE && clock.millis() > atMillis;
  }

  boolean isPast(long entry) {
    return expiryMode != ExpiryMode.IGNORE
        && Entry.hasExpiry(entry)
        && clock.millis() > Entry.expireAt(entry);
  }

  void reportExpired(Database database, long entry) {
    statistics.expiredKeys++;
    expiredListener.expired(database, Entry.keyAddress(entry), Entry.keyLength(entry));
  }

  void reportEvicted(Database database, long entry) {
    statistics.evictedKeys++;
    evictedListener.evicted(database, Entry.keyAddress(entry), Entry.keyLength(entry));
  }

  void reportAdded(Database database, long entry) {
    addedListener.happened(database, Entry.keyAddress(entry), Entry.keyLength(entry));
  }

  void reportMissed(Database database, long keyAddress, int keyLength) {
    missedListener.happened(database, keyAddress, keyLength);
  }

  KeyspaceClock clock() {
    return clock;
  }

  /** The source of chance for all that works on the data. */
  public RandomGenerator random() {
    return random;
  }

  Recency recency() {
    return recency;
  }

  EntryStore store() {
    return store;
  }
}
