package dev.millrace.engine.struct;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * An off-heap hash table of entries, which are blocks of the caller's layout known here by address.
 * Buckets are one cache line with seven entries and their fingerprints ({@link Bucket}); a look-up
 * reads the bucket's line and, nearly always, only the entry that it finds.
 *
 * <p>The table grows and shrinks by powers of two, a bucket at a time: each insertion and removal
 * moves one (or a few) from the current table to the next, in index order, and an entry's place
 * follows from its hash alone: the next table if its bucket has been moved already, else the
 * current one. The cursor of {@link #scan} counts upward in reversed bits, as Redis's does, so that
 * every entry present from the first call to the last is passed at least once whatever the table
 * does meanwhile.
 *
 * <p>Hashes come from {@link Memory#hash}; entries lie below 2^48 and at least 8 bytes apart.
 *
 * <p>Owned by: executor thread.
 */
public final class Dict extends DictTables implements AutoCloseable {
  /** What a dict must know of its entries. */
  public interface Keys {
    /** Whether the entry's key is this one. */
    boolean matches(long entry, long keyAddress, int keyLength);

    /** The hash of the entry's key. */
    long hash(long entry);
  }

  /** Length of the block that {@link #store} fills. */
  public static final int STATE_BYTES = 48;

  private int version;

  /** The walks over dicts that are kept off-heap; null for a dict that is not. */
  private final @Nullable DictWalks walks;

  // Which table objects load uses, so that taking up one dict after another allocates nothing.
  private DictTable first = new DictTable();
  private DictTable second = new DictTable();

  /** Keeps the loads of {@link #touch} from being optimized away. */
  private long touched;

  /** An empty dict, with one bucket. */
  public Dict(SlabAllocator memory, Keys keys) {
    super(memory, keys);
    walks = null;
    create();
  }

  private Dict(SlabAllocator memory, Keys keys, DictWalks walks) {
    super(memory, keys);
    this.walks = walks;
  }

  /**
   * A dict object without a table, to be pointed by {@link #load} at dicts that are kept off-heap
   * with {@link #store}: so a million small sets need no million objects.
   *
   * @param walks the walks over such dicts, which every object that takes them up must know
   */
  public static Dict unbound(SlabAllocator memory, Keys keys, DictWalks walks) {
    return new Dict(memory, keys, walks);
  }

  /** Number of entries. */
  public long size() {
    return size;
  }

  /**
   * Finds a key.
   *
   * @return its entry, or 0
   */
  public long find(long keyAddress, int keyLength, long hash) {
    long slot = findSlot(keyAddress, keyLength, hash);
    return slot == 0 ? 0 : Memory.getLong(slot) & Bucket.ADDRESS_MASK;
  }

  private long findSlot(long keyAddress, int keyLength, long hash) {
    DictTable table = tableOf(hash);
    long fingerprint = table.fingerprint(hash);
    long bucket = table.bucket(hash);
    while (true) {
      int slots = Bucket.slots(bucket);
      for (int i = 1; i <= slots; i++) {
        long slot = Bucket.slot(bucket, i);
        if ((slot ^ fingerprint) >>> Bucket.FINGERPRINT_SHIFT == 0
            && slot != 0
            && keys.matches(slot & Bucket.ADDRESS_MASK, keyAddress, keyLength)) {
          return bucket + ((long) i << 3);
        }
      }
      if (slots == Bucket.SLOTS) {
        return 0;
      }
      bucket = Bucket.child(bucket);
    }
  }

  /** Adds an entry. Its key must be absent: that is not checked. */
  public void insert(long entry, long hash) {
    requireEntry(entry);
    if (visits == 0) {
      if (next != current) {
        rehash(1);
      } else if (size >= growAbove - (growAbove >>> PREPARED_SHARE)) {
        growSoon();
      }
    }
    DictTable table = tableOf(hash);
    long head = table.bucket(hash);
    if (walk != null) {
      walk.before(head);
    }
    childBuckets += Bucket.add(memory, head, table.fingerprint(hash) | entry) ? 1 : 0;
    size++;
  }

  /**
   * Takes a key out.
   *
   * @return its entry, which is the caller's to free, or 0
   */
  public long remove(long keyAddress, int keyLength, long hash) {
    long slot = findSlot(keyAddress, keyLength, hash);
    if (slot == 0) {
      return 0;
    }
    long entry = Memory.getLong(slot) & Bucket.ADDRESS_MASK;
    removeSlot(slot, hash);
    return entry;
  }

  /**
   * Takes exactly this entry out, if it is here; no key is read for it (but with a walk on, the
   * entry may be emitted, and must be alive).
   */
  public boolean removeEntry(long entry, long hash) {
    long slot = Bucket.slotOfEntry(tableOf(hash).bucket(hash), entry);
    if (slot == 0) {
      return false;
    }
    removeSlot(slot, hash);
    return true;
  }

  /** Whether exactly this entry is here; no key is read for it. */
  public boolean contains(long entry, long hash) {
    return Bucket.slotOfEntry(tableOf(hash).bucket(hash), entry) != 0;
  }

  private void removeSlot(long slot, long hash) {
    long head = tableOf(hash).bucket(hash);
    if (walk != null) {
      walk.before(head);
    }
    size--;
    if (visits > 0) {
      Memory.putLong(slot, 0);
      removedWhileVisiting = true;
      return;
    }
    Memory.putLong(slot, 0);
    childBuckets -= Bucket.compact(memory, head);
    afterRemoval();
  }

  /**
   * Puts the new address of an entry in place of the old one. With a walk on, call {@link
   * #aboutToChange} before the old entry is freed or moved: its bucket may have to be emitted.
   */
  public void replace(long oldEntry, long newEntry, long hash) {
    requireEntry(newEntry);
    DictTable table = tableOf(hash);
    long head = table.bucket(hash);
    long slot = Bucket.slotOfEntry(head, oldEntry);
    if (slot == 0) {
      throw new IllegalStateException("the entry to replace is not in the dict");
    }
    if (walk != null) {
      walk.before(head);
    }
    Memory.putLong(slot, table.fingerprint(hash) | newEntry);
  }

  /** Announces that an entry with this hash is about to be changed in place, moved or freed. */
  public void aboutToChange(long hash) {
    if (walk != null) {
      walk.before(tableOf(hash).bucket(hash));
    }
  }

  /** Look-ahead: starts to load the bucket that {@link #find} of this hash will read. */
  public void touch(long hash) {
    touched = tableOf(hash).touch(hash);
  }

  /**
   * The second step of a look-ahead, once the bucket is there: starts to load the first word of the
   * entry that {@link #find} will most likely compare.
   */
  public void touchEntry(long hash) {
    long entry = likely(hash);
    if (entry != 0) {
      touched = Memory.getLong(entry);
    }
  }

  /** The entry that {@link #find} will most likely compare first, by its fingerprint; or 0. */
  public long likely(long hash) {
    DictTable table = tableOf(hash);
    return Bucket.likely(table.bucket(hash), table.fingerprint(hash));
  }

  /**
   * As {@link #touch}, in the dict that {@link #store} put there, which is not taken up for it.
   *
   * @return what was loaded, for the caller to make use of, lest the load be optimized away
   */
  public static long touchStored(long state, long hash) {
    return Memory.getLong(DictState.bucket(state, hash));
  }

  /** As {@link #touchEntry}, in the dict that {@link #store} put there: the entry's first byte. */
  public static int touchEntryStored(long state, long hash) {
    long entry = DictState.likely(state, hash);
    return entry == 0 ? 0 : Memory.getByte(entry);
  }

  /**
   * Visits the entries under a cursor; the first call passes 0. The visitor may insert and remove
   * entries of this dict: no table changes its length and no chain its shape during the visit.
   *
   * @return the cursor for the next call, 0 when the scan is complete
   */
  public long scan(long cursor, EntryVisitor visitor) {
    visits++;
    try {
      return scanBuckets(cursor, visitor);
    } finally {
      visits--;
    }
  }

  /** Visits every entry, in no order: only for dicts known to be small. The visitor as in scan. */
  public void forEach(EntryVisitor visitor) {
    visits++;
    try {
      for (long i = moved; i <= current.mask; i++) {
        visit(current.bucketAt(i), visitor);
      }
      if (next != current) {
        for (long i = 0; i <= next.mask; i++) {
          visit(next.bucketAt(i), visitor);
        }
      }
    } finally {
      visits--;
    }
  }

  /**
   * An entry drawn at random, or 0 from an empty dict. Every entry has the same chance, but for
   * those in the rare chains of more than twelve.
   */
  public long randomEntry(RandomGenerator random) {
    return size == 0 ? 0 : DictSample.one(this, random);
  }

  /**
   * Puts entries of neighbouring buckets from a random place on into an array: cheaper than as many
   * draws, and random enough to choose what to evict. An entry is never put twice.
   *
   * @return how many were put, at most {@code wanted}
   */
  public int someEntries(RandomGenerator random, long[] into, int wanted) {
    return size == 0 ? 0 : DictSample.some(this, random, into, wanted);
  }

  /** Whether entries are being moved to a table of another length. */
  public boolean isRehashing() {
    return next != current;
  }

  /**
   * Moves entries to the next table, if there is one.
   *
   * @return whether there is more to move
   */
  public boolean rehashStep(int buckets) {
    if (next != current && visits == 0) {
      rehash(buckets);
    }
    return next != current;
  }

  /**
   * Makes room for a number of entries known beforehand, so that filling the dict moves nothing.
   */
  public void reserve(long entries) {
    int log2 = 64 - Long.numberOfLeadingZeros(Math.max(0, entries - 1) / GROW_LOAD);
    if (next == current && visits == 0 && log2 > current.log2) {
      grow(log2);
    }
  }

  /** Bytes of the tables and chains, as the allocator accounts for them; entries not included. */
  public long memoryBytes() {
    return current.accountedBytes()
        + (next == current ? 0 : next.accountedBytes())
        + childBuckets * Bucket.BYTES;
  }

  /**
   * The cut of a snapshot: every entry present at this instant is emitted exactly once, before
   * {@link #insert}, {@link #remove}, {@link #replace} or {@link #aboutToChange} touches its
   * bucket, or by {@link Walk#advance}. The visitor must not use the dict.
   *
   * @throws IllegalStateException when a walk is on
   */
  public Walk startWalk(EntryVisitor emit) {
    if (walk != null) {
      throw new IllegalStateException("a walk is on already");
    }
    version++;
    walk = new DictWalk(this, version, emit, ended -> {});
    return walk;
  }

  /**
   * Empties the dict at once. What was in it, a walk under way included, belongs to the returned
   * object and is freed by its slices.
   */
  public DictClear detach() {
    if (visits > 0) {
      throw new IllegalStateException("a visitor cannot empty the dict");
    }
    DictTable empty = new DictTable();
    empty.allocate(memory, 0);
    DictClear clear = new DictClear(memory, current, next, moved, walk);
    first = new DictTable();
    second = new DictTable();
    current = empty;
    next = empty;
    moved = 0;
    size = 0;
    childBuckets = 0;
    walk = null;
    setThresholds();
    return clear;
  }

  /**
   * Exchanges all entries with another dict, whose memory is exchanged with this one's as well.
   * Nobody may be walking or visiting either, and the other must never have been walked.
   */
  public void exchange(Dict other) {
    if (visits > 0 || other.visits > 0 || walk != null || other.walk != null || other.version > 0) {
      throw new IllegalStateException("a dict in use cannot be exchanged");
    }
    DictTable otherCurrent = other.current;
    DictTable otherNext = other.next;
    long otherMoved = other.moved;
    long otherSize = other.size;
    long otherChildBuckets = other.childBuckets;
    other.current = current;
    other.next = next;
    other.moved = moved;
    other.size = size;
    other.childBuckets = childBuckets;
    current = otherCurrent;
    next = otherNext;
    moved = otherMoved;
    size = otherSize;
    childBuckets = otherChildBuckets;
    setThresholds();
    other.setThresholds();
  }

  /**
   * Writes where this dict's tables are to a block of {@link #STATE_BYTES}, from which {@link
   * #load} takes the dict up again, in this object or another with the same allocator, keys and
   * walks. A dict that was never {@link #unbound} cannot be put away while a walk is on.
   *
   * <pre>
   * 0 long table   8 long next table or 0   16 long moved   24 long size   32 long child buckets
   * 40 byte log2   42 short low half of the version of the walk that is on, or 0
   * 44 byte log2 of the next   46 short high half
   * </pre>
   */
  public void store(long state) {
    int walkVersion = 0;
    if (walk != null) {
      if (walks == null) {
        throw new IllegalStateException("a dict under a walk cannot be put away");
      }
      walks.tablesOf(walk, this);
      walkVersion = walk.version();
    }
    Memory.putLong(state, current.base);
    Memory.putLong(state + 8, next == current ? 0 : next.base);
    Memory.putLong(state + 16, moved);
    Memory.putLong(state + 24, size);
    Memory.putLong(state + 32, childBuckets);
    DictState.putLog2(state, current.log2, next.log2);
    DictState.putWalk(state, walkVersion);
  }

  /**
   * Takes up the dict that {@link #store} wrote; what this object pointed at before is left alone.
   */
  public void load(long state) {
    if (walks == null) {
      throw new IllegalStateException("this dict has a table of its own");
    }
    walk = walks.isEmpty() ? null : walks.find(DictState.walk(state));
    current = first;
    next = DictState.tables(state, current, second);
    moved = Memory.getLong(state + 16);
    size = Memory.getLong(state + 24);
    childBuckets = Memory.getLong(state + 32);
    setThresholds();
  }

  /** Gives an unbound dict, or one that was put away, a new and empty table. */
  public void create() {
    current = new DictTable();
    current.allocate(memory, 0);
    next = current;
    moved = 0;
    size = 0;
    childBuckets = 0;
    walk = null;
    setThresholds();
  }

  /** Frees tables and chains, not the entries. The dict can be used again after {@link #create}. */
  @Override
  public void close() {
    if (current.base == 0) {
      return;
    }
    if (walk != null) {
      walk.cancel();
    }
    if (childBuckets > 0) {
      current.freeAllChildren(memory, moved);
      if (next != current) {
        next.freeAllChildren(memory, 0);
      }
    }
    if (next != current) {
      next.free(memory);
    }
    current.free(memory);
    next = current;
    size = 0;
    moved = 0;
    childBuckets = 0;
  }

  private static void requireEntry(long entry) {
    if (entry == 0 || (entry & ~Bucket.ADDRESS_MASK) != 0) {
      throw new IllegalArgumentException("not the address of an entry: " + entry);
    }
  }

  @Override
  public String toString() {
    return "Dict{size=" + size + ", log2=" + current.log2 + ", touched=" + touched + "}";
  }
}
