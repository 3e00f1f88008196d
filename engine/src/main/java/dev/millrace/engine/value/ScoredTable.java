package dev.millrace.engine.value;

import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.struct.Dict;
import dev.millrace.engine.struct.DictClear;
import dev.millrace.engine.struct.DictWalks;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.struct.EntryVisitor;
import dev.millrace.engine.struct.Tree;
import dev.millrace.engine.struct.Walk;

/**
 * The large form of sorted sets: items found by member through a dict and by score through a tree,
 * taken up from the inline value of one entry after another.
 *
 * <pre>
 *   0                   48                  80
 *   | state of the dict | state of the tree | bytes of all items, as accounted for |
 * </pre>
 *
 * <p>{@link #open} an entry, then work; after a change {@link #store} it again.
 *
 * <p>Owned by: executor thread.
 */
final class ScoredTable {
  /** Length of the inline value. */
  static final int STATE_BYTES = Dict.STATE_BYTES + Tree.STATE_BYTES + Long.BYTES;

  private static final int TREE = Dict.STATE_BYTES;
  private static final int ITEM_BYTES = TREE + Tree.STATE_BYTES;
  private static final int SIZE = TREE + 8;

  /** About how many items a bucket holds, to turn a number of frees into one of buckets. */
  private static final int ITEMS_PER_BUCKET = 4;

  /** About how many slots of the tree are freed with one node. */
  private static final int SLOTS_PER_NODE = 32;

  /** At most this many buckets are made beforehand for items that have only been promised. */
  private static final int RESERVED_MAX = 4096;

  private static final EntryVisitor NOTHING = item -> {};

  final Dict dict;
  final Tree tree;
  private final SlabAllocator memory;
  private final DictWalks walks;
  private final EntryVisitor free;
  private final EntryVisitor removeFromDict = this::removeFromDict;
  private final EntryVisitor putInOrder = this::putInOrder;
  private long itemBytes;
  private long last;

  ScoredTable(SlabAllocator memory, DictWalks walks) {
    this.memory = memory;
    this.walks = walks;
    this.dict = Dict.unbound(memory, ScoredItem.KEYS, walks);
    this.tree = new Tree(memory, ScoredItem.ORDER);
    this.free = memory::free;
  }

  /** Takes up the table of an entry. */
  void open(long entry) {
    long state = Entry.inlineAddress(entry);
    dict.load(state);
    tree.load(state + TREE);
    itemBytes = Memory.getLong(state + ITEM_BYTES);
  }

  /** Begins a table that belongs to no entry yet. */
  void create(long items) {
    dict.create();
    dict.reserve(Math.min(items, RESERVED_MAX));
    tree.create();
    itemBytes = 0;
  }

  /** Puts the table away into its entry's inline value, which is {@link #STATE_BYTES} long. */
  void store(long entry) {
    long state = Entry.inlineAddress(entry);
    dict.store(state);
    tree.store(state + TREE);
    Memory.putLong(state + ITEM_BYTES, itemBytes);
  }

  /** How many items the table of an entry has; nothing is taken up for it. */
  static long size(long entry) {
    return Memory.getLong(Entry.inlineAddress(entry) + SIZE);
  }

  /**
   * The cut of an entry's items, in no order: each is emitted once, as it is now, before it changes
   * or when the walk comes to it.
   */
  Walk startWalk(long entry, EntryVisitor emit) {
    return walks.start(Entry.inlineAddress(entry), emit);
  }

  /** The item of a member, or 0. */
  long find(long address, int length) {
    return dict.find(address, length, Memory.hash(address, length));
  }

  /** Adds a member that is absent. Whatever fails, the table is whole. */
  void insert(double score, long address, int length) {
    insert(ScoredItem.create(memory, score, address, length), Memory.hash(address, length));
  }

  /** Adds a new item, whose member is absent; if that fails, the item is freed. */
  void insert(long item, long itemHash) {
    long prefix = ScoredItem.prefix(ScoredItem.score(item));
    boolean ordered = false;
    try {
      ordered = tree.insert(prefix, item);
      dict.insert(item, itemHash);
    } catch (OutOfMemoryError e) {
      if (ordered) {
        tree.remove(prefix, item);
      }
      memory.free(item);
      throw e;
    }
    itemBytes += memory.accountedBytesOf(item);
  }

  /** Adds a member that is absent to the dict only, until {@link #order}. */
  void insertUnordered(double score, long address, int length) {
    long item = ScoredItem.create(memory, score, address, length);
    dict.insert(item, Memory.hash(address, length));
    itemBytes += memory.accountedBytesOf(item);
    last = item;
  }

  /** As above; the member is an element of another value. */
  void insertUnordered(double score, Element member) {
    long item = ScoredItem.create(memory, score, member);
    dict.insert(item, ScoredItem.KEYS.hash(item));
    itemBytes += memory.accountedBytesOf(item);
    last = item;
  }

  /** The item that came by the last {@link #insertUnordered}. */
  long last() {
    return last;
  }

  /** Takes an item out that is not in the tree yet, and frees it. */
  void removeUnordered(long item) {
    removeFromDict(item);
  }

  /** Puts all items into the tree that came by {@link #insertUnordered}. */
  void order() {
    dict.forEach(putInOrder);
  }

  private void putInOrder(long item) {
    tree.insert(ScoredItem.prefix(ScoredItem.score(item)), item);
  }

  /** Gives an item another score. */
  void changeScore(long item, double score) {
    long before = ScoredItem.prefix(ScoredItem.score(item));
    long after = ScoredItem.prefix(score);
    dict.aboutToChange(ScoredItem.KEYS.hash(item));
    if (before != after) {
      tree.insert(after, item);
      tree.remove(before, item);
    }
    ScoredItem.score(item, score);
  }

  /** Takes an item out and frees it. */
  void remove(long item) {
    tree.remove(ScoredItem.prefix(ScoredItem.score(item)), item);
    removeFromDict(item);
  }

  /** Takes the items of consecutive ranks out and frees them. */
  void removeRange(long firstRank, long items) {
    tree.removeRange(firstRank, items, removeFromDict);
  }

  private void removeFromDict(long item) {
    dict.removeEntry(item, ScoredItem.KEYS.hash(item));
    itemBytes -= memory.accountedBytesOf(item);
    memory.free(item);
  }

  long rank(long item) {
    return tree.rank(ScoredItem.prefix(ScoredItem.score(item)), item);
  }

  /** Frees items, dict and tree, which no entry refers to. */
  void discard() {
    tree.close();
    dict.forEach(free);
    dict.close();
  }

  long externalBytes(long entry) {
    open(entry);
    return dict.memoryBytes() + tree.memoryBytes() + itemBytes;
  }

  /** Frees about so many parts of an entry that is out of reach; returns whether more remain. */
  boolean freeSome(long entry, int effort) {
    long state = Entry.inlineAddress(entry);
    if (Memory.getLong(state + TREE) != 0) {
      tree.load(state + TREE);
      tree.freeSome((long) effort * SLOTS_PER_NODE, NOTHING);
      tree.store(state + TREE);
      return true;
    }
    DictClear clear = DictClear.resume(memory, state, walks);
    if (!clear.freeStep(Math.max(1, effort / ITEMS_PER_BUCKET), free)) {
      return false;
    }
    clear.suspend(state);
    return true;
  }
}
