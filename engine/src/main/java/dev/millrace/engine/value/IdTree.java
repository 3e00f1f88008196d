package dev.millrace.engine.value;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.struct.EntryVisitor;
import dev.millrace.engine.struct.Tree;
import dev.millrace.engine.struct.TreeCursor;

/**
 * Blocks in the order of the IDs they begin with (two longs, time and number): a stream's nodes, or
 * what is pending in a group or with a consumer. One object is pointed by {@link #open} at any of
 * the trees that are kept off-heap; what changes one is written back at once.
 *
 * <p>Owned by: executor thread.
 */
final class IdTree {
  private final Tree tree;
  private final TreeCursor cursor = new TreeCursor();
  private final Sought sought = new Sought();
  private long stream;
  private long state;

  /** The second half of the ID looked for; the first is the tree's order prefix. */
  private static final class Sought implements Tree.Target {
    long sequence;

    @Override
    public int compareTo(long item) {
      return Long.compareUnsigned(sequence, sequenceOf(item));
    }
  }

  IdTree(SlabAllocator memory) {
    tree =
        new Tree(
            memory, (item, other) -> Long.compareUnsigned(sequenceOf(item), sequenceOf(other)));
  }

  static long millisOf(long block) {
    return Memory.getLong(block);
  }

  static long sequenceOf(long block) {
    return Memory.getLong(block + 8);
  }

  private static long prefix(long millis) {
    return millis ^ Long.MIN_VALUE;
  }

  /**
   * Turns to one of the stored trees.
   *
   * @param ofStream the stream whose memory it counts to
   * @param atState where the tree is stored
   */
  IdTree open(long ofStream, long atState) {
    stream = ofStream;
    state = atState;
    tree.load(atState);
    return this;
  }

  /** Number of blocks in a stored tree. */
  static long size(long atState) {
    return Memory.getLong(atState + 8);
  }

  long size() {
    return tree.size();
  }

  /** The block with exactly this ID, or 0. */
  long find(long millis, long sequence) {
    sought.sequence = sequence;
    return tree.find(prefix(millis), sought);
  }

  /** The first block, or 0. */
  long first() {
    return tree.first(cursor) ? cursor.item() : 0;
  }

  /** The last block, or 0. */
  long last() {
    return tree.last(cursor) ? cursor.item() : 0;
  }

  /** The first block at or after an ID, or 0. */
  long ceiling(long millis, long sequence) {
    sought.sequence = sequence;
    return tree.seek(prefix(millis), sought, cursor) ? cursor.item() : 0;
  }

  /** The last block at or before an ID, or 0. */
  long floor(long millis, long sequence) {
    sought.sequence = sequence;
    tree.seekAfter(prefix(millis), sought, cursor);
    return cursor.previous() ? cursor.item() : 0;
  }

  /** The block after the one answered last, or 0; only when nothing changed the tree since. */
  long next() {
    return cursor.next() ? cursor.item() : 0;
  }

  /** The block before the one answered last, or 0; only when nothing changed the tree since. */
  long previous() {
    return cursor.previous() ? cursor.item() : 0;
  }

  /** Adds a block; false when one with that ID is there. */
  boolean insert(long block) {
    long before = tree.memoryBytes();
    boolean added = tree.insert(prefix(millisOf(block)), block);
    stored(before);
    return added;
  }

  /** Takes a block out, which is the caller's to free. */
  void remove(long block) {
    long before = tree.memoryBytes();
    boolean removed = tree.remove(prefix(millisOf(block)), block);
    assert removed : "a block that is not in its tree";
    stored(before);
  }

  /**
   * Puts the new address of a moved block in the place of the one that {@link #first}, {@link
   * #find}'s siblings or {@link #next} answered last.
   */
  void moved(long newBlock) {
    tree.replace(cursor.rank(), newBlock);
    tree.store(state);
  }

  /**
   * Frees a part of the tree and of what is in it; it is good for nothing else afterwards.
   *
   * @return whether more remains
   */
  boolean freeSome(long effort, EntryVisitor free) {
    boolean more = tree.freeSome(effort, free);
    if (!more) {
      tree.create();
    }
    tree.store(state);
    return more;
  }

  private void stored(long before) {
    tree.store(state);
    StreamHead.use(stream, tree.memoryBytes() - before);
  }
}
