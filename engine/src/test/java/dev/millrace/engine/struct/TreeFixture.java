package dev.millrace.engine.struct;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;

/** A tree whose items are blocks of one long, their order among equal prefixes. */
final class TreeFixture implements AutoCloseable {
  /** A place among the items of one prefix. */
  static final class Place implements Tree.Target {
    long wanted;

    Place at(long id) {
      wanted = id;
      return this;
    }

    @Override
    public int compareTo(long item) {
      return Long.compare(wanted, id(item));
    }
  }

  final SlabAllocator memory = new SlabAllocator();
  final Tree tree = new Tree(memory, (a, b) -> Long.compare(id(a), id(b)));
  final Place place = new Place();

  static long id(long item) {
    return Memory.getLong(item);
  }

  long newItem(long id) {
    long item = memory.allocate(8);
    Memory.putLong(item, id);
    return item;
  }

  boolean insert(long prefix, long id) {
    long item = newItem(id);
    boolean inserted = tree.insert(prefix, item);
    if (!inserted) {
      memory.free(item);
    }
    return inserted;
  }

  boolean remove(long prefix, long id) {
    long item = tree.remove(prefix, place.at(id));
    if (item != 0) {
      memory.free(item);
    }
    return item != 0;
  }

  /** The invariant: order, copies of first slots, sums, links, room, and the memory counted. */
  void requireSound() {
    if (tree.root == 0) {
      assertThat(tree.size).isZero();
      assertThat(tree.height).isZero();
      assertThat(tree.nodeBytes).isZero();
      return;
    }
    Check check = new Check();
    assertThat(check.visit(tree.root, tree.height)).isEqualTo(tree.size);
    assertThat(TreeNode.next(check.lastLeaf)).isZero();
    assertThat(check.bytes).isEqualTo(tree.nodeBytes);
    if (tree.height > 0) {
      assertThat(TreeNode.count(tree.root)).isGreaterThan(1);
    }
  }

  private final class Check {
    long lastLeaf;
    long lastSlot;
    long bytes;

    long visit(long node, int level) {
      int count = TreeNode.count(node);
      assertThat(count).isPositive();
      if (level == 0) {
        visitLeaf(node, count);
        return count;
      }
      assertThat(count).isLessThanOrEqualTo(TreeNode.INNER_SLOTS);
      bytes += SlabAllocator.accountedBytes(TreeNode.innerBytes());
      long sum = 0;
      for (int i = 0; i < count; i++) {
        long child = TreeNode.child(node, i);
        long slot = TreeNode.innerSlot(node, i);
        long below = TreeNode.slot(child, 0, level == 1);
        assertThat(TreeNode.prefix(slot)).isEqualTo(TreeNode.prefix(below));
        assertThat(TreeNode.item(slot)).isEqualTo(TreeNode.item(below));
        long slots = visit(child, level - 1);
        assertThat(TreeNode.below(node, i)).isEqualTo(slots);
        sum += slots;
      }
      return sum;
    }

    private void visitLeaf(long leaf, int count) {
      assertThat(TreeNode.previous(leaf)).isEqualTo(lastLeaf);
      if (lastLeaf != 0) {
        assertThat(TreeNode.next(lastLeaf)).isEqualTo(leaf);
      }
      lastLeaf = leaf;
      bytes += SlabAllocator.accountedBytes(TreeNode.leafBytes(TreeNode.capacity(leaf)));
      assertThat(count).isLessThanOrEqualTo(TreeNode.capacity(leaf));
      for (int i = 0; i < count; i++) {
        long slot = TreeNode.leafSlot(leaf, i);
        if (lastSlot != 0) {
          long before = TreeNode.prefix(lastSlot);
          assertThat(before).isLessThanOrEqualTo(TreeNode.prefix(slot));
          if (before == TreeNode.prefix(slot)) {
            assertThat(id(TreeNode.item(lastSlot))).isLessThan(id(TreeNode.item(slot)));
          }
        }
        lastSlot = slot;
      }
    }
  }

  /** Frees everything; the allocator then tells whether anything leaked. */
  @Override
  public void close() {
    tree.freeSome(Long.MAX_VALUE, memory::free);
    memory.close();
  }
}
