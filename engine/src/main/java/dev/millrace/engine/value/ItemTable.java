package dev.millrace.engine.value;

import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.struct.Dict;
import dev.millrace.engine.struct.DictClear;
import dev.millrace.engine.struct.DictWalks;
import dev.millrace.engine.struct.EntryVisitor;
import dev.millrace.engine.struct.Walk;
import java.util.random.RandomGenerator;

/**
 * The large form of hashes and sets: a dict of items, each a block of its own, taken up from the
 * inline value of one entry after another.
 *
 * <pre>
 *   0                          48
 *   | state of the dict        | bytes of all items, as accounted for |
 * </pre>
 *
 * <p>{@link #open} an entry, then work; after a change {@link #store} it again.
 *
 * <p>Owned by: executor thread.
 */
final class ItemTable {
  /** Length of the inline value. */
  static final int STATE_BYTES = Dict.STATE_BYTES + Long.BYTES;

  /** About how many items a bucket holds, to turn a number of frees into one of buckets. */
  private static final int ITEMS_PER_BUCKET = 4;

  /** At most this many buckets are made beforehand for items that have only been promised. */
  private static final int RESERVED_MAX = 4096;

  final Dict dict;
  private final SlabAllocator memory;
  private final Dict.Keys keys;
  private final DictWalks walks;
  private final EntryVisitor free;
  private long itemBytes;

  ItemTable(SlabAllocator memory, Dict.Keys keys, DictWalks walks) {
    this.memory = memory;
    this.keys = keys;
    this.walks = walks;
    this.dict = Dict.unbound(memory, keys, walks);
    this.free = memory::free;
  }

  /** The walks over tables kept in entries. */
  DictWalks walks() {
    return walks;
  }

  /** Takes up the table of an entry. */
  void open(long entry) {
    long state = Entry.inlineAddress(entry);
    dict.load(state);
    itemBytes = Memory.getLong(state + Dict.STATE_BYTES);
  }

  /** Begins a table that belongs to no entry yet. */
  void create(long items) {
    dict.create();
    dict.reserve(Math.min(items, RESERVED_MAX));
    itemBytes = 0;
  }

  /** Puts the table away into its entry's inline value, which is {@link #STATE_BYTES} long. */
  void store(long entry) {
    long state = Entry.inlineAddress(entry);
    dict.store(state);
    Memory.putLong(state + Dict.STATE_BYTES, itemBytes);
  }

  /** How many items the table of an entry has; nothing is taken up for it. */
  static long size(long entry) {
    return Memory.getLong(Entry.inlineAddress(entry) + 24);
  }

  /**
   * The cut of an entry's items: each is emitted once, as it is now, before it changes or when the
   * walk comes to it.
   */
  Walk startWalk(long entry, EntryVisitor emit) {
    return walks.start(Entry.inlineAddress(entry), emit);
  }

  long find(long address, int length) {
    return dict.find(address, length, Memory.hash(address, length));
  }

  /** Adds an item whose key is absent. */
  void insert(long item, long itemHash) {
    dict.insert(item, itemHash);
    itemBytes += memory.accountedBytesOf(item);
  }

  /** Takes an item out and frees it; false when there is none with this key. */
  boolean remove(long address, int length) {
    long item = dict.remove(address, length, Memory.hash(address, length));
    if (item == 0) {
      return false;
    }
    itemBytes -= memory.accountedBytesOf(item);
    memory.free(item);
    return true;
  }

  /** Takes exactly this item out and frees it. */
  void removeItem(long item) {
    dict.removeEntry(item, keys.hash(item));
    itemBytes -= memory.accountedBytesOf(item);
    memory.free(item);
  }

  /** Puts an item in the place of another with the same key, which it frees. */
  void replace(long item, long by, long itemHash) {
    dict.replace(item, by, itemHash);
    itemBytes += memory.accountedBytesOf(by) - memory.accountedBytesOf(item);
    memory.free(item);
  }

  long randomItem(RandomGenerator random) {
    return dict.randomEntry(random);
  }

  /** Frees items and table, which no entry refers to any more. */
  void discard() {
    dict.forEach(free);
    dict.close();
  }

  long externalBytes(long entry) {
    open(entry);
    return dict.memoryBytes() + itemBytes;
  }

  /** Frees about so many items of an entry that is out of reach; returns whether more remain. */
  boolean freeSome(long entry, int effort) {
    long state = Entry.inlineAddress(entry);
    DictClear clear = DictClear.resume(memory, state, walks);
    if (!clear.freeStep(Math.max(1, effort / ITEMS_PER_BUCKET), free)) {
      return false;
    }
    clear.suspend(state);
    return true;
  }
}
