package dev.millrace.engine.struct;

/**
 * A place in a {@link Tree}: on a slot, behind the last one, or before the first one. Made once and
 * set by the tree's methods as often as wanted. A change of the tree makes it worthless until it is
 * set again.
 *
 * <p>Owned by: executor thread.
 */
public final class TreeCursor {
  private long leaf;
  private int index;
  private long rank;

  /** A cursor on nothing. */
  public TreeCursor() {
    clear();
  }

  /** Puts the cursor on nothing. */
  void clear() {
    leaf = 0;
    index = 0;
    rank = 0;
  }

  void set(long newLeaf, int newIndex, long newRank) {
    leaf = newLeaf;
    index = newIndex;
    rank = newRank;
  }

  /** Whether the cursor is on a slot. */
  public boolean isOn() {
    return leaf != 0 && index >= 0 && index < TreeNode.count(leaf);
  }

  /** Order prefix of the slot; only while {@link #isOn()}. */
  public long prefix() {
    assert isOn() : "the cursor is on no slot";
    return TreeNode.prefix(TreeNode.leafSlot(leaf, index));
  }

  /** Item of the slot; only while {@link #isOn()}. */
  public long item() {
    assert isOn() : "the cursor is on no slot";
    return TreeNode.item(TreeNode.leafSlot(leaf, index));
  }

  /** Place in the order, from 0: the tree's size behind the last slot, -1 before the first. */
  public long rank() {
    return rank;
  }

  /**
   * Goes to the next slot: from before the first to the first, from the last to behind it.
   *
   * @return whether there is one
   */
  public boolean next() {
    if (leaf == 0) {
      return false;
    }
    int count = TreeNode.count(leaf);
    if (index >= count) {
      return false;
    }
    index++;
    rank++;
    if (index < count) {
      return true;
    }
    long next = TreeNode.next(leaf);
    if (next == 0) {
      return false;
    }
    leaf = next;
    index = 0;
    return true;
  }

  /**
   * Goes to the slot before: from behind the last to the last, from the first to before it.
   *
   * @return whether there is one
   */
  public boolean previous() {
    if (leaf == 0 || index < 0) {
      return false;
    }
    index--;
    rank--;
    if (index >= 0) {
      return true;
    }
    long previous = TreeNode.previous(leaf);
    if (previous == 0) {
      return false;
    }
    leaf = previous;
    index = TreeNode.count(previous) - 1;
    return true;
  }

  @Override
  public String toString() {
    return "TreeCursor{rank=" + rank + ", on=" + isOn() + "}";
  }
}
