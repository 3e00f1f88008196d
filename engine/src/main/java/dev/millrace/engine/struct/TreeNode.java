package dev.millrace.engine.struct;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;

/**
 * The layout of a {@link Tree}'s nodes.
 *
 * <pre>
 * leaf:   0 int count   4 int capacity   8 long previous leaf   16 long next leaf
 *         24 slots of  long prefix, long item
 *
 * inner:  0 int count   4 int unused
 *         8 slots of   long prefix, long item (the first slot of the child)
 *                      long child, long slots in all leaves below the child
 * </pre>
 *
 * A leaf that is not the root has {@link #LEAF_SLOTS} of capacity, so that it fills 1 KiB.
 */
final class TreeNode {
  static final int LEAF_SLOTS = 62;
  static final int INNER_SLOTS = 31;
  static final int FIRST_LEAF_SLOTS = 2;

  private static final int LEAF_HEADER = 24;
  private static final int LEAF_SLOT_SHIFT = 4;
  private static final int INNER_HEADER = 8;
  private static final int INNER_SLOT_SHIFT = 5;
  private static final int CAPACITY = 4;
  private static final int PREVIOUS = 8;
  private static final int NEXT = 16;
  private static final int ITEM = 8;
  private static final int CHILD = 16;
  private static final int BELOW = 24;

  private TreeNode() {}

  static long leafBytes(int capacity) {
    return LEAF_HEADER + ((long) capacity << LEAF_SLOT_SHIFT);
  }

  static long innerBytes() {
    return INNER_HEADER + ((long) INNER_SLOTS << INNER_SLOT_SHIFT);
  }

  static long newLeaf(SlabAllocator memory, int capacity) {
    long leaf = memory.allocate(leafBytes(capacity));
    Memory.putInt(leaf, 0);
    capacity(leaf, capacity);
    previous(leaf, 0);
    next(leaf, 0);
    return leaf;
  }

  static long newInner(SlabAllocator memory) {
    long inner = memory.allocate(innerBytes());
    Memory.putLong(inner, 0);
    return inner;
  }

  static int count(long node) {
    return Memory.getInt(node);
  }

  static void count(long node, int count) {
    Memory.putInt(node, count);
  }

  static int capacity(long leaf) {
    return Memory.getInt(leaf + CAPACITY);
  }

  static void capacity(long leaf, int capacity) {
    Memory.putInt(leaf + CAPACITY, capacity);
  }

  static long previous(long leaf) {
    return Memory.getLong(leaf + PREVIOUS);
  }

  static void previous(long leaf, long previous) {
    Memory.putLong(leaf + PREVIOUS, previous);
  }

  static long next(long leaf) {
    return Memory.getLong(leaf + NEXT);
  }

  static void next(long leaf, long next) {
    Memory.putLong(leaf + NEXT, next);
  }

  /** Address of a leaf's slot. */
  static long leafSlot(long leaf, int index) {
    return leaf + LEAF_HEADER + ((long) index << LEAF_SLOT_SHIFT);
  }

  /** Address of an inner node's slot. */
  static long innerSlot(long inner, int index) {
    return inner + INNER_HEADER + ((long) index << INNER_SLOT_SHIFT);
  }

  static long slot(long node, int index, boolean leaf) {
    return leaf ? leafSlot(node, index) : innerSlot(node, index);
  }

  static long prefix(long slot) {
    return Memory.getLong(slot);
  }

  static long item(long slot) {
    return Memory.getLong(slot + ITEM);
  }

  static void item(long slot, long item) {
    Memory.putLong(slot + ITEM, item);
  }

  /** Sets what both kinds of slot begin with. */
  static void set(long slot, long prefix, long item) {
    Memory.putLong(slot, prefix);
    Memory.putLong(slot + ITEM, item);
  }

  static long child(long inner, int index) {
    return Memory.getLong(innerSlot(inner, index) + CHILD);
  }

  static long below(long inner, int index) {
    return Memory.getLong(innerSlot(inner, index) + BELOW);
  }

  static void below(long inner, int index, long slots) {
    Memory.putLong(innerSlot(inner, index) + BELOW, slots);
  }

  /** Fills an inner slot for a child that has at least one slot. */
  static void setChild(long inner, int index, long child, boolean childIsLeaf, long below) {
    long slot = innerSlot(inner, index);
    long first = slot(child, 0, childIsLeaf);
    set(slot, prefix(first), item(first));
    Memory.putLong(slot + CHILD, child);
    Memory.putLong(slot + BELOW, below);
  }

  /** Makes an inner slot's order that of its child's first slot again. */
  static void takeFirst(long inner, int index, long child, boolean childIsLeaf) {
    long first = slot(child, 0, childIsLeaf);
    set(innerSlot(inner, index), prefix(first), item(first));
  }

  /** Moves the slots from {@code index} on up by one; the count grows by one. */
  static void open(long node, int index, boolean leaf) {
    int count = count(node);
    long from = slot(node, index, leaf);
    Memory.copy(from, slot(node, index + 1, leaf), slot(node, count, leaf) - from);
    count(node, count + 1);
  }

  /** Takes {@code n} slots out. */
  static void close(long node, int index, int n, boolean leaf) {
    int count = count(node);
    long from = slot(node, index + n, leaf);
    Memory.copy(from, slot(node, index, leaf), slot(node, count, leaf) - from);
    count(node, count - n);
  }

  /**
   * Evens out neighbours: afterwards the left one has {@code inLeft} slots and the right the rest.
   *
   * @return how many slots below moved from right to left; negative when they moved the other way
   */
  static long share(long left, long right, int inLeft, boolean leaf) {
    int leftCount = count(left);
    int rightCount = count(right);
    int moved = inLeft - leftCount;
    if (moved > 0) {
      long from = slot(right, 0, leaf);
      Memory.copy(from, slot(left, leftCount, leaf), slot(right, moved, leaf) - from);
      close(right, 0, moved, leaf);
      count(left, inLeft);
      return leaf ? moved : sum(left, leftCount, inLeft);
    }
    int n = -moved;
    long from = slot(right, 0, leaf);
    Memory.copy(from, slot(right, n, leaf), slot(right, rightCount, leaf) - from);
    long last = slot(left, inLeft, leaf);
    Memory.copy(last, from, slot(left, leftCount, leaf) - last);
    count(left, inLeft);
    count(right, rightCount + n);
    return leaf ? moved : -sum(right, 0, n);
  }

  /** Slots below the children from {@code from} (inclusive) to {@code to} (exclusive). */
  static long sum(long inner, int from, int to) {
    long sum = 0;
    for (int i = from; i < to; i++) {
      sum += below(inner, i);
    }
    return sum;
  }
}
