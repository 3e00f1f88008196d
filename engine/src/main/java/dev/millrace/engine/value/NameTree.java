package dev.millrace.engine.value;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.struct.EntryVisitor;
import dev.millrace.engine.struct.Tree;
import dev.millrace.engine.struct.TreeCursor;

/**
 * Blocks in the order of the names they carry, bytes compared unsigned: a stream's groups, or a
 * group's consumers. Such a block begins with the length of its name and the name's place in the
 * block, an int each. One object is pointed by {@link #open} at any of the trees that are kept
 * off-heap; what changes one is written back at once.
 *
 * <p>Owned by: executor thread.
 */
final class NameTree {
  private final Tree tree;
  private final TreeCursor cursor = new TreeCursor();
  private final Sought sought = new Sought();
  private long stream;
  private long state;

  private static final class Sought implements Tree.Target {
    long address;
    int length;

    @Override
    public int compareTo(long item) {
      return Memory.compare(address, length, nameOf(item), lengthOf(item));
    }
  }

  NameTree(SlabAllocator memory) {
    tree =
        new Tree(
            memory,
            (item, other) ->
                Memory.compare(nameOf(item), lengthOf(item), nameOf(other), lengthOf(other)));
  }

  /** Writes the beginning of a block whose name starts so far from the block's start. */
  static void name(long block, int offset, long address, int length) {
    Memory.putInt(block, length);
    Memory.putInt(block + 4, offset);
    Memory.copy(address, block + offset, length);
  }

  static long nameOf(long block) {
    return block + Memory.getInt(block + 4);
  }

  static int lengthOf(long block) {
    return Memory.getInt(block);
  }

  /** The first eight bytes, so that most names are told apart by a number. */
  private static long prefix(long address, int length) {
    long prefix = 0;
    for (int i = 0; i < 8; i++) {
      prefix = prefix << 8 | (i < length ? Memory.getByte(address + i) & 0xFF : 0);
    }
    return prefix ^ Long.MIN_VALUE;
  }

  /** Turns to one of the stored trees, whose memory counts to {@code ofStream}. */
  NameTree open(long ofStream, long atState) {
    stream = ofStream;
    state = atState;
    tree.load(atState);
    return this;
  }

  /** Number of blocks in a stored tree. */
  static long size(long atState) {
    return Memory.getLong(atState + 8);
  }

  /** The block of that name, or 0. */
  long find(long address, int length) {
    sought.address = address;
    sought.length = length;
    return tree.find(prefix(address, length), sought);
  }

  /** The first block by name, or 0. */
  long first() {
    return tree.first(cursor) ? cursor.item() : 0;
  }

  /** The last block by name, or 0. */
  long last() {
    return tree.last(cursor) ? cursor.item() : 0;
  }

  /** The block after this one, which may have been opened long before other trees were. */
  long after(long block) {
    sought.address = nameOf(block);
    sought.length = lengthOf(block);
    return tree.seekAfter(prefix(sought.address, sought.length), sought, cursor)
        ? cursor.item()
        : 0;
  }

  /** Adds a block, whose name must be absent. */
  void insert(long block) {
    long before = tree.memoryBytes();
    boolean added = tree.insert(prefix(nameOf(block), lengthOf(block)), block);
    assert added : "a name that is there already";
    stored(before);
  }

  /** Takes a block out, which is the caller's to free. */
  void remove(long block) {
    long before = tree.memoryBytes();
    boolean removed = tree.remove(prefix(nameOf(block), lengthOf(block)), block);
    assert removed : "a block that is not in its tree";
    stored(before);
  }

  /** Frees a part of the tree and of what is in it; whether more remains. */
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
