package dev.millrace.engine.struct;

import dev.millrace.engine.memory.SlabAllocator;

/**
 * The nodes of a {@link Tree}: descents, and the splitting and merging along the path of the last
 * descent.
 *
 * <p>Owned by: executor thread.
 */
abstract class TreeNodes {
  /** With a sixth of every inner node filled, 2^64 slots would need no more levels. */
  private static final int MAX_HEIGHT = 28;

  private static final int LEAF_MIN = TreeNode.LEAF_SLOTS / 4;
  private static final int INNER_MIN = TreeNode.INNER_SLOTS / 4;

  /** Neighbours are made one node when it has an eighth to spare; else their slots are shared. */
  private static final int LEAF_MERGED = TreeNode.LEAF_SLOTS * 7 / 8;

  private static final int INNER_MERGED = TreeNode.INNER_SLOTS * 7 / 8;

  final SlabAllocator memory;
  long root;
  long size;
  long nodeBytes;

  /** Levels of inner nodes above the leaves. */
  int height;

  /** Whether the last {@link #position} found a slot that equals the target. */
  boolean exact;

  /** Rank of the first slot of the leaf that {@link #leafOf} found. */
  long rankOfLeaf;

  /** Index in its leaf of the slot that {@link #descendToRank} found. */
  int indexOfRank;

  private final long[] path = new long[MAX_HEIGHT];
  private final int[] indexes = new int[MAX_HEIGHT];

  TreeNodes(SlabAllocator memory) {
    this.memory = memory;
  }

  final void createRoot() {
    root = TreeNode.newLeaf(memory, TreeNode.FIRST_LEAF_SLOTS);
    height = 0;
    nodeBytes = leafBytes(TreeNode.FIRST_LEAF_SLOTS);
  }

  /** Puts an inner node with one child above the root. */
  final void raise() {
    long raised = newInner();
    TreeNode.setChild(raised, 0, root, height == 0, size);
    TreeNode.count(raised, 1);
    root = raised;
    height++;
  }

  /**
   * Index of the first slot of a leaf that is at or after the target (after it, when {@code
   * after}).
   */
  final int position(long leaf, long prefix, Tree.Target target, boolean after) {
    exact = false;
    int low = 0;
    int high = TreeNode.count(leaf);
    while (low < high) {
      int middle = (low + high) >>> 1;
      int order = compare(prefix, target, TreeNode.leafSlot(leaf, middle));
      exact |= order == 0;
      if (order > 0 || (after && order == 0)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static int compare(long prefix, Tree.Target target, long slot) {
    long other = TreeNode.prefix(slot);
    if (prefix != other) {
      return prefix < other ? -1 : 1;
    }
    return target.compareTo(TreeNode.item(slot));
  }

  /** The last child whose first slot is at or before the target, or the first of all. */
  private static int childOf(long inner, long prefix, Tree.Target target) {
    int low = 1;
    int high = TreeNode.count(inner);
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (compare(prefix, target, TreeNode.innerSlot(inner, middle)) >= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }

  /** The leaf where the target is or would be; sums up its first slot's rank. */
  final long leafOf(long prefix, Tree.Target target) {
    long node = root;
    long before = 0;
    for (int level = 0; level < height; level++) {
      int index = childOf(node, prefix, target);
      before += TreeNode.sum(node, 0, index);
      node = TreeNode.child(node, index);
    }
    rankOfLeaf = before;
    return node;
  }

  /** How many slots come before the target when only their items are asked. */
  final long countOfBefore(Tree.Target target) {
    long node = root;
    long before = 0;
    for (int level = 0; level <= height; level++) {
      boolean leaf = level == height;
      int low = leaf ? 0 : 1;
      int high = TreeNode.count(node);
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (target.compareTo(TreeNode.item(TreeNode.slot(node, middle, leaf))) > 0) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      if (leaf) {
        return before + low;
      }
      before += TreeNode.sum(node, 0, low - 1);
      node = TreeNode.child(node, low - 1);
    }
    throw new AssertionError("a descent ends at a leaf");
  }

  /**
   * The leaf where the target is or would be; keeps the path to it.
   *
   * @param making whether to split full inner nodes on the way, so that each has room for one more
   *     (the root must have it already)
   */
  final long descend(long prefix, Tree.Target target, boolean making) {
    long node = root;
    for (int level = 0; level < height; level++) {
      int index = childOf(node, prefix, target);
      long child = TreeNode.child(node, index);
      if (making && level + 1 < height && TreeNode.count(child) == TreeNode.INNER_SLOTS) {
        boolean last = index == TreeNode.count(node) - 1;
        int kept =
            last && childOf(child, prefix, target) == TreeNode.INNER_SLOTS - 1
                ? TreeNode.INNER_SLOTS - 1
                : TreeNode.INNER_SLOTS / 2;
        splitInner(node, index, child, kept);
        index = childOf(node, prefix, target);
        child = TreeNode.child(node, index);
      }
      path[level] = node;
      indexes[level] = index;
      node = child;
    }
    return node;
  }

  /** The leaf of a rank that exists; keeps the path to it. */
  final long descendToRank(long rank) {
    long left = rank;
    long node = root;
    for (int level = 0; level < height; level++) {
      int index = 0;
      long below = TreeNode.below(node, 0);
      while (left >= below) {
        left -= below;
        index++;
        below = TreeNode.below(node, index);
      }
      path[level] = node;
      indexes[level] = index;
      node = TreeNode.child(node, index);
    }
    indexOfRank = (int) left;
    return node;
  }

  private void splitInner(long parent, int index, long left, int kept) {
    long right = newInner();
    TreeNode.share(left, right, kept, false);
    linkSplit(parent, index, right, false);
  }

  private static void linkSplit(long parent, int index, long right, boolean leaf) {
    int inRight = TreeNode.count(right);
    long below = leaf ? inRight : TreeNode.sum(right, 0, inRight);
    TreeNode.below(parent, index, TreeNode.below(parent, index) - below);
    TreeNode.open(parent, index + 1, false);
    TreeNode.setChild(parent, index + 1, right, leaf, below);
  }

  /** Puts a slot into the leaf at the end of the kept path, which makes room where needed. */
  final void insertAt(long leaf, int index, long prefix, long item) {
    long target = leaf;
    int at = index;
    int count = TreeNode.count(leaf);
    if (count == TreeNode.capacity(leaf)) {
      if (count < TreeNode.LEAF_SLOTS) {
        target = growRoot();
      } else {
        int kept = splitLeaf(leaf, at);
        if (at > kept || (at == kept && kept == count)) {
          at -= kept;
          indexes[height - 1]++;
          target = TreeNode.next(leaf);
        }
      }
    }
    TreeNode.open(target, at, true);
    TreeNode.set(TreeNode.leafSlot(target, at), prefix, item);
    for (int level = 0; level < height; level++) {
      TreeNode.below(path[level], indexes[level], TreeNode.below(path[level], indexes[level]) + 1);
    }
    size++;
    if (at == 0) {
      firstChanged(target);
    }
  }

  private long growRoot() {
    int capacity = TreeNode.capacity(root);
    int grown = Math.min(TreeNode.LEAF_SLOTS, capacity * 2);
    root = memory.reallocate(root, TreeNode.leafBytes(grown));
    TreeNode.capacity(root, grown);
    nodeBytes += leafBytes(grown) - leafBytes(capacity);
    return root;
  }

  /**
   * Splits a full leaf for a slot to come at {@code at}. At either end of the tree all slots stay
   * on one side, so that slots that come in order fill their leaves.
   *
   * @return how many slots stayed in the left leaf
   */
  private int splitLeaf(long left, int at) {
    if (height == 0) {
      raise();
      path[0] = root;
      indexes[0] = 0;
    }
    long parent = path[height - 1];
    int index = indexes[height - 1];
    int count = TreeNode.LEAF_SLOTS;
    long next = TreeNode.next(left);
    int kept = count / 2;
    if (at == count && next == 0) {
      kept = count;
    } else if (at == 0 && TreeNode.previous(left) == 0) {
      kept = 0;
    }
    long right = TreeNode.newLeaf(memory, TreeNode.LEAF_SLOTS);
    nodeBytes += leafBytes(TreeNode.LEAF_SLOTS);
    TreeNode.share(left, right, kept, true);
    TreeNode.previous(right, left);
    TreeNode.next(right, next);
    TreeNode.next(left, right);
    if (next != 0) {
      TreeNode.previous(next, right);
    }
    linkSplit(parent, index, right, true);
    return kept;
  }

  /**
   * Copies the first slot of the leaf at the end of the kept path to the slots above that need it.
   */
  final void firstChanged(long leaf) {
    long node = leaf;
    for (int level = height - 1; level >= 0; level--) {
      TreeNode.takeFirst(path[level], indexes[level], node, level == height - 1);
      if (indexes[level] != 0) {
        return;
      }
      node = path[level];
    }
  }

  /** Takes slots out of the leaf at the end of the kept path, and mends the path. */
  final void removeAt(long leaf, int index, int n) {
    TreeNode.close(leaf, index, n, true);
    size -= n;
    long node = leaf;
    for (int level = height - 1; level >= 0; level--) {
      long parent = path[level];
      int at = indexes[level];
      boolean isLeaf = level == height - 1;
      int count = TreeNode.count(node);
      TreeNode.below(parent, at, TreeNode.below(parent, at) - n);
      if (count == 0) {
        free(node, isLeaf);
        TreeNode.close(parent, at, 1, false);
      } else {
        TreeNode.takeFirst(parent, at, node, isLeaf);
        if (count < (isLeaf ? LEAF_MIN : INNER_MIN)) {
          balance(parent, at, isLeaf);
        }
      }
      node = parent;
    }
    lowerRoot();
  }

  private void lowerRoot() {
    while (height > 0 && TreeNode.count(root) == 1) {
      long child = TreeNode.child(root, 0);
      free(root, false);
      root = child;
      height--;
    }
    if (size == 0) {
      free(root, height == 0);
      root = 0;
      height = 0;
    }
  }

  /** Merges a child with a neighbour, or gives it some of the neighbour's slots. */
  private void balance(long parent, int index, boolean leaf) {
    if (TreeNode.count(parent) == 1) {
      return;
    }
    int at = index > 0 ? index - 1 : 0;
    long left = TreeNode.child(parent, at);
    long right = TreeNode.child(parent, at + 1);
    int total = TreeNode.count(left) + TreeNode.count(right);
    boolean merged = total <= (leaf ? LEAF_MERGED : INNER_MERGED);
    long moved = TreeNode.share(left, right, merged ? total : total / 2, leaf);
    TreeNode.below(parent, at, TreeNode.below(parent, at) + moved);
    if (merged) {
      free(right, leaf);
      TreeNode.close(parent, at + 1, 1, false);
    } else {
      TreeNode.below(parent, at + 1, TreeNode.below(parent, at + 1) - moved);
      TreeNode.takeFirst(parent, at + 1, right, leaf);
    }
  }

  /** Frees a node; a leaf is taken out of the chain of leaves. */
  private void free(long node, boolean leaf) {
    if (leaf) {
      long previous = TreeNode.previous(node);
      long next = TreeNode.next(node);
      if (previous != 0) {
        TreeNode.next(previous, next);
      }
      if (next != 0) {
        TreeNode.previous(next, previous);
      }
      nodeBytes -= leafBytes(TreeNode.capacity(node));
    } else {
      nodeBytes -= SlabAllocator.accountedBytes(TreeNode.innerBytes());
    }
    memory.free(node);
  }

  /** Frees the last leaf, and what is above it when that is empty then; returns its slots. */
  final int freeLastLeaf(EntryVisitor visitor) {
    long node = root;
    for (int level = 0; level < height; level++) {
      path[level] = node;
      node = TreeNode.child(node, TreeNode.count(node) - 1);
    }
    int count = TreeNode.count(node);
    for (int i = 0; i < count; i++) {
      visitor.visit(TreeNode.item(TreeNode.leafSlot(node, i)));
    }
    size -= count;
    free(node, true);
    for (int level = height - 1; level >= 0; level--) {
      int left = TreeNode.count(path[level]) - 1;
      TreeNode.count(path[level], left);
      if (left > 0) {
        return count;
      }
      free(path[level], false);
    }
    root = 0;
    height = 0;
    return count;
  }

  private long newInner() {
    long inner = TreeNode.newInner(memory);
    nodeBytes += SlabAllocator.accountedBytes(TreeNode.innerBytes());
    return inner;
  }

  private static long leafBytes(int capacity) {
    return SlabAllocator.accountedBytes(TreeNode.leafBytes(capacity));
  }
}
