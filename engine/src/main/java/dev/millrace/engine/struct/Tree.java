package dev.millrace.engine.struct;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;

/**
 * An off-heap B+tree that knows how many slots lie below each of its nodes: an ordered set of items
 * in which an item's rank, and the item of a rank, cost a descent.
 *
 * <p>A slot is two longs: an order prefix, compared as a signed number (flip the highest bit of an
 * unsigned one), and an item, which is the caller's address or number, never 0. Only slots with
 * equal prefixes are told apart by the caller's comparator, so that most comparisons read nothing
 * outside the node. No two slots compare as equal.
 *
 * <p>Every inner slot begins with a copy of the first slot below it; so each item that is referred
 * to anywhere is also in a leaf, and may be freed as soon as it was removed. Leaves are linked both
 * ways for {@link TreeCursor}. A full leaf at either end splits so that what comes in order leaves
 * full leaves behind; other nodes split in the middle. A node less than a quarter full is merged or
 * evened out with a neighbour. The root of a small tree is one leaf that grows with it.
 *
 * <p>Owned by: executor thread.
 */
public final class Tree extends TreeNodes implements AutoCloseable {
  /** The order of items whose prefixes are equal. */
  @FunctionalInterface
  public interface Order {
    /** Negative, zero or positive as the item comes before, equals or comes after the other. */
    int compare(long item, long other);
  }

  /** A place to look for among slots of one prefix; usually a reused object with fields. */
  @FunctionalInterface
  public interface Target {
    /** Negative, zero or positive as the target comes before, equals or comes after the item. */
    int compareTo(long item);
  }

  /** Comes before every item of its prefix. */
  public static final Target BEFORE_ALL = item -> -1;

  /** Comes after every item of its prefix. */
  public static final Target AFTER_ALL = item -> 1;

  /** Length of the block that {@link #store} fills. */
  public static final int STATE_BYTES = 32;

  /** The item that is being inserted or looked for. */
  private static final class ItemTarget implements Target {
    private final Order order;
    long wanted;

    ItemTarget(Order order) {
      this.order = order;
    }

    @Override
    public int compareTo(long item) {
      return order.compare(wanted, item);
    }
  }

  private static final EntryVisitor NO_VISITOR = item -> {};

  private final ItemTarget sought;

  /** An empty tree, which holds no memory; or one to be pointed at stored trees by load. */
  public Tree(SlabAllocator memory, Order order) {
    super(memory);
    this.sought = new ItemTarget(order);
  }

  /** Number of slots. */
  public long size() {
    return size;
  }

  /**
   * Adds a slot.
   *
   * @return false when one that compares as equal is there already; nothing is changed then
   * @throws OutOfMemoryError when there is no memory for it; the slot is not in the tree then
   */
  public boolean insert(long prefix, long item) {
    if (item == 0) {
      throw new IllegalArgumentException("an item cannot be 0");
    }
    sought.wanted = item;
    if (root == 0) {
      createRoot();
    } else if (height > 0 && TreeNode.count(root) == TreeNode.INNER_SLOTS) {
      raise();
    }
    long leaf = descend(prefix, sought, true);
    int index = position(leaf, prefix, sought, false);
    if (exact) {
      return false;
    }
    insertAt(leaf, index, prefix, item);
    return true;
  }

  /**
   * Takes a slot out.
   *
   * @return its item, which is the caller's to free, or 0 when there is none
   */
  public long remove(long prefix, Target target) {
    if (root == 0) {
      return 0;
    }
    long leaf = descend(prefix, target, false);
    int index = position(leaf, prefix, target, false);
    if (!exact) {
      return 0;
    }
    long item = TreeNode.item(TreeNode.leafSlot(leaf, index));
    removeAt(leaf, index, 1);
    return item;
  }

  /** Takes the slot of this item out; whether there was one. */
  public boolean remove(long prefix, long item) {
    sought.wanted = item;
    return remove(prefix, sought) != 0;
  }

  /**
   * Takes the slots of consecutive ranks out.
   *
   * @param removed is given each item, in order, and may free it; must not use the tree
   */
  public void removeRange(long firstRank, long slots, EntryVisitor removed) {
    if (slots < 0) {
      throw new IndexOutOfBoundsException("cannot remove " + slots + " slots");
    }
    if (slots > 0) {
      requireRank(firstRank);
      requireRank(firstRank + slots - 1);
    }
    long left = slots;
    while (left > 0) {
      long leaf = descendToRank(firstRank);
      int count = (int) Math.min(left, TreeNode.count(leaf) - indexOfRank);
      for (int i = 0; i < count; i++) {
        removed.visit(TreeNode.item(TreeNode.leafSlot(leaf, indexOfRank + i)));
      }
      removeAt(leaf, indexOfRank, count);
      left -= count;
    }
  }

  /** Puts another item, equal in order, in the place of the one at a rank; no item is read. */
  public void replace(long rank, long newItem) {
    requireRank(rank);
    if (newItem == 0) {
      throw new IllegalArgumentException("an item cannot be 0");
    }
    long leaf = descendToRank(rank);
    TreeNode.item(TreeNode.leafSlot(leaf, indexOfRank), newItem);
    if (indexOfRank == 0) {
      firstChanged(leaf);
    }
  }

  /**
   * The item that equals a target.
   *
   * @return 0 when there is none
   */
  public long find(long prefix, Target target) {
    long leaf = root == 0 ? 0 : leafOf(prefix, target);
    if (leaf == 0) {
      return 0;
    }
    int index = position(leaf, prefix, target, false);
    return exact ? TreeNode.item(TreeNode.leafSlot(leaf, index)) : 0;
  }

  /** Rank of an item, from 0, or -1 when it is not here. */
  public long rank(long prefix, long item) {
    sought.wanted = item;
    return rank(prefix, sought);
  }

  /** Rank of the item that equals a target, from 0, or -1 when there is none. */
  public long rank(long prefix, Target target) {
    if (root == 0) {
      return -1;
    }
    long leaf = leafOf(prefix, target);
    int index = position(leaf, prefix, target, false);
    return exact ? rankOfLeaf + index : -1;
  }

  /**
   * How many slots come before a target in a tree whose items are in the target's order from end to
   * end, whatever their prefixes.
   */
  public long countBefore(Target target) {
    if (root == 0) {
      return 0;
    }
    return countOfBefore(target);
  }

  /**
   * Puts the cursor on the slot with a rank.
   *
   * @return whether there is one; else the cursor is behind the last slot
   */
  public boolean select(long rank, TreeCursor cursor) {
    if (rank < 0 || rank >= size) {
      toEnd(cursor);
      return false;
    }
    long leaf = descendToRank(rank);
    cursor.set(leaf, indexOfRank, rank);
    return true;
  }

  /**
   * Puts the cursor on the first slot at or after a target.
   *
   * @return whether there is one; else the cursor is behind the last slot
   */
  public boolean seek(long prefix, Target target, TreeCursor cursor) {
    return seek(prefix, target, false, cursor);
  }

  /**
   * Puts the cursor on the first slot after a target.
   *
   * @return whether there is one; else the cursor is behind the last slot
   */
  public boolean seekAfter(long prefix, Target target, TreeCursor cursor) {
    return seek(prefix, target, true, cursor);
  }

  private boolean seek(long prefix, Target target, boolean after, TreeCursor cursor) {
    if (root == 0) {
      cursor.clear();
      return false;
    }
    long leaf = leafOf(prefix, target);
    int index = position(leaf, prefix, target, after);
    cursor.set(leaf, index, rankOfLeaf + index);
    long next = TreeNode.next(leaf);
    if (index == TreeNode.count(leaf) && next != 0) {
      cursor.set(next, 0, rankOfLeaf + index);
    }
    return cursor.isOn();
  }

  /** Puts the cursor on the first slot; false when the tree is empty. */
  public boolean first(TreeCursor cursor) {
    return select(0, cursor);
  }

  /** Puts the cursor on the last slot; false when the tree is empty. */
  public boolean last(TreeCursor cursor) {
    return select(size - 1, cursor);
  }

  private void toEnd(TreeCursor cursor) {
    if (size == 0) {
      cursor.clear();
    } else {
      long leaf = descendToRank(size - 1);
      cursor.set(leaf, indexOfRank + 1, size);
    }
  }

  /** Bytes of the nodes, as the allocator accounts for them; items not included. */
  public long memoryBytes() {
    return nodeBytes;
  }

  /**
   * Frees a part of the tree, from its end; it is good for nothing but more of this afterwards.
   *
   * @param slots about how many slots to free
   * @param free is given each item, and may free it
   * @return whether more remains
   */
  public boolean freeSome(long slots, EntryVisitor free) {
    long left = slots;
    while (left > 0 && root != 0) {
      left -= freeLastLeaf(free);
    }
    return root != 0;
  }

  /**
   * Writes where this tree's nodes are to a block of {@link #STATE_BYTES}, from which {@link #load}
   * takes the tree up again, in this object or another with the same allocator and order.
   *
   * <pre>
   * 0 long root or 0   8 long size   16 long bytes of the nodes   24 int height   28 int 0
   * </pre>
   */
  public void store(long state) {
    Memory.putLong(state, root);
    Memory.putLong(state + 8, size);
    Memory.putLong(state + 16, nodeBytes);
    Memory.putInt(state + 24, height);
    Memory.putInt(state + 28, 0);
  }

  /**
   * Takes up the tree that {@link #store} wrote; what this object pointed at before is left alone.
   */
  public void load(long state) {
    root = Memory.getLong(state);
    size = Memory.getLong(state + 8);
    nodeBytes = Memory.getLong(state + 16);
    height = Memory.getInt(state + 24);
  }

  /** Makes this object an empty tree; what it pointed at before is left alone. */
  public void create() {
    root = 0;
    size = 0;
    nodeBytes = 0;
    height = 0;
  }

  /** Frees the nodes, not the items. The tree is empty afterwards and can be used again. */
  @Override
  public void close() {
    freeSome(Long.MAX_VALUE, NO_VISITOR);
    create();
  }

  private void requireRank(long rank) {
    if (rank < 0 || rank >= size) {
      throw new IndexOutOfBoundsException("no slot has rank " + rank + " of " + size);
    }
  }

  @Override
  public String toString() {
    return "Tree{size=" + size + ", height=" + height + "}";
  }
}
