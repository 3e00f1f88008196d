package dev.millrace.engine.struct;

import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;

/**
 * A long list: a chain of nodes, each a listpack of bounded size, or one element too long for it.
 * Adding and taking at both ends costs the same however long the list is; an index is sought from
 * the nearer end, node by node; a change in the middle moves at most one node's bytes.
 *
 * <p>How large a node may become is told by {@link #limits} in the terms of {@code
 * list-max-listpack-size}. A node filled at an end gets room ahead; one that has become half empty
 * gives its room back; neighbours that have become small through removals in the middle are joined.
 *
 * <p>One object serves any number of lists, which are kept off-heap in {@link #STATE_BYTES}: {@link
 * #load}, change, {@link #store}. Strings passed in must not lie inside the list.
 *
 * <p>Owned by: executor thread.
 */
public final class Quicklist extends QuicklistChain {
  /** Length of the block that {@link #store} fills. */
  public static final int STATE_BYTES = 32;

  static final int HEAD = 0;
  static final int TAIL = 8;
  static final int LENGTH = 16;
  static final int NODES = 24;

  /** How large a node may be by {@code list-max-listpack-size} -1 to -5, its header included. */
  private static final int[] NODE_BYTES = {4096, 8192, 16384, 32768, 65536};

  /** How large a node may be when the setting bounds the number of its elements. */
  private static final int COUNTED_NODE_BYTES = 8192;

  private static final int NODE_COUNT_MAX = Short.MAX_VALUE;

  /** The longest listpack in a node. */
  private int nodeBytes;

  private int nodeCount;

  private long length;
  // What seek found: a node, how many are before it, and the element's index in it.
  private long soughtNode;
  private long soughtOrdinal;
  private int soughtIndex;

  /** A list object that holds no list yet. */
  public Quicklist(SlabAllocator memory) {
    super(memory);
    limits(-2);
  }

  /**
   * Sets how large nodes may become.
   *
   * @param maxListpackSize -1 to -5: 4, 8, 16, 32 or 64 KiB; positive: so many elements
   */
  public void limits(long maxListpackSize) {
    if (maxListpackSize < 0) {
      // The header is taken off, so that a full node is just a size class of the allocator.
      int step = (int) Math.min(-maxListpackSize, NODE_BYTES.length);
      nodeBytes = NODE_BYTES[step - 1] - QuicklistNode.HEADER_BYTES;
      nodeCount = NODE_COUNT_MAX;
    } else {
      nodeBytes = COUNTED_NODE_BYTES - QuicklistNode.HEADER_BYTES;
      nodeCount = Math.clamp(maxListpackSize, 1, NODE_COUNT_MAX);
    }
  }

  /** Whether a listpack of so many bytes and elements is within the limits. */
  public boolean allows(long listpackBytes, long count) {
    return listpackBytes <= nodeBytes && count <= nodeCount;
  }

  // The whole

  /** Begins an empty list. */
  public void create() {
    head = 0;
    tail = 0;
    length = 0;
    nodes = 0;
  }

  /** Turns to the list whose state is there. */
  public void load(long state) {
    head = Memory.getLong(state + HEAD);
    tail = Memory.getLong(state + TAIL);
    length = Memory.getLong(state + LENGTH);
    nodes = Memory.getLong(state + NODES);
  }

  /** Puts the state there; {@link #STATE_BYTES}. */
  public void store(long state) {
    Memory.putLong(state + HEAD, head);
    Memory.putLong(state + TAIL, tail);
    Memory.putLong(state + LENGTH, length);
    Memory.putLong(state + NODES, nodes);
  }

  /** The first node of the list whose state is there, or 0. */
  public static long head(long state) {
    return Memory.getLong(state + HEAD);
  }

  /** Number of elements of the list whose state is there. */
  public static long length(long state) {
    return Memory.getLong(state + LENGTH);
  }

  /** Number of nodes of the list whose state is there. */
  public static long nodes(long state) {
    return Memory.getLong(state + NODES);
  }

  /** Number of elements. */
  public long length() {
    return length;
  }

  /** The node after this one, or 0. */
  public static long nextNode(long node) {
    return QuicklistNode.next(node);
  }

  /** Whether a node is one element rather than a listpack. */
  public static boolean isPlain(long node) {
    return QuicklistNode.isPlain(node);
  }

  /** Where a node's listpack, or its one element, begins. */
  public static long content(long node) {
    return QuicklistNode.content(node);
  }

  /** Length of {@link #content}. */
  public static long contentBytes(long node) {
    return QuicklistNode.contentBytes(node);
  }

  /** The listpack of a list that is one listpack, or 0. */
  public long onlyListpack() {
    return nodes == 1 && !QuicklistNode.isPlain(head) ? QuicklistNode.content(head) : 0;
  }

  /** Makes this list a copy of the one whose state is there, which stays as it is. */
  public void copyOf(long state) {
    create();
    for (long from = Memory.getLong(state + HEAD); from != 0; from = QuicklistNode.next(from)) {
      link(copyOfNode(from), tail, 0);
    }
    length = Memory.getLong(state + LENGTH);
  }

  // The ends

  /** Adds a string as the first element, or as the last. */
  public void push(boolean first, long address, int bytes) {
    if (Decimal.isLong(address, bytes)) {
      push(first, Decimal.parse(address, bytes));
      return;
    }
    int needed = Listpack.encodedBytes(address, bytes);
    long node = roomAtEnd(first, needed);
    if (node == 0) {
      if (needed + Listpack.EMPTY_BYTES > nodeBytes) {
        linkAtEnd(first, plain(address, bytes));
        length++;
        return;
      }
      node = newEnd(first, needed);
    }
    long lp = QuicklistNode.content(node);
    if (first) {
      QuicklistNode.beginsAt(node, Listpack.prepend(lp, address, bytes));
    } else {
      Listpack.insert(lp, Listpack.end(lp), address, bytes);
    }
    length++;
  }

  /** As {@link #push(boolean, long, int)}, for the text of a number. */
  public void push(boolean first, long number) {
    int needed = Listpack.encodedBytes(number);
    long node = roomAtEnd(first, needed);
    if (node == 0) {
      node = newEnd(first, needed);
    }
    long lp = QuicklistNode.content(node);
    if (first) {
      QuicklistNode.beginsAt(node, Listpack.prepend(lp, number));
    } else {
      Listpack.insert(lp, Listpack.end(lp), number);
    }
    length++;
  }

  /** Adds a whole listpack behind the last element, as a node of its own. */
  public void appendListpack(long listpack) {
    int bytes = Listpack.bytes(listpack);
    long node = memory.allocate(QuicklistNode.HEADER_BYTES + (long) bytes);
    QuicklistNode.setPacked(node);
    Memory.copy(listpack, QuicklistNode.content(node), bytes);
    linkAtEnd(false, node);
    length += Listpack.count(listpack);
  }

  private static int frontPosition(long lp) {
    int position = Listpack.first(lp);
    return position == 0 ? Listpack.end(lp) : position;
  }

  /** The node at an end with room for an element of that length, or 0 when none may take it. */
  private long roomAtEnd(boolean first, int needed) {
    long node = first ? head : tail;
    if (node == 0 || !takes(node, needed)) {
      return 0;
    }
    return first ? reserveBefore(node, needed, nodeBytes) : reserveAhead(node, needed, nodeBytes);
  }

  /** A new node at an end, with room there for an element of that length. */
  private long newEnd(boolean first, int needed) {
    long node = packed(needed);
    linkAtEnd(first, node);
    if (first) {
      QuicklistNode.gap(node, needed);
    }
    return node;
  }

  private void linkAtEnd(boolean first, long node) {
    link(node, first ? 0 : tail, first ? head : 0);
  }

  // Anywhere

  /**
   * Inserts before or behind the element a cursor stands on. The cursor is worthless afterwards.
   */
  public void insert(QuicklistCursor at, boolean before, long address, int bytes) {
    int needed = Listpack.encodedBytes(address, bytes);
    if (at.position != QuicklistCursor.PLAIN && takes(at.node, needed)) {
      int position =
          before ? at.position : at.position + Listpack.elementBytes(at.content, at.position);
      insertInto(reserve(at.node, needed), position, address, bytes);
      return;
    }
    long left;
    if (before) {
      left = splitBefore(at);
    } else {
      splitBehind(at);
      left = at.node;
    }
    insertBetween(left, address, bytes, needed);
  }

  /** Puts a string in the place of the element a cursor stands on; the cursor is worthless then. */
  public void replace(QuicklistCursor at, long address, int bytes) {
    int needed = Listpack.encodedBytes(address, bytes);
    if (at.position != QuicklistCursor.PLAIN) {
      int growth = Listpack.replaceGrowth(at.content, at.position, address, bytes);
      if (Listpack.bytes(at.content) + growth <= nodeBytes) {
        long node = growth > 0 ? reserve(at.node, growth) : at.node;
        Listpack.replace(QuicklistNode.content(node), at.position, address, bytes);
        shrink(node);
        return;
      }
    }
    long left = splitBefore(at);
    removeFrom(left == 0 ? head : QuicklistNode.next(left), 0, 1);
    length--;
    insertBetween(left, address, bytes, needed);
  }

  /** Inserts behind a whole node, 0 for the beginning. */
  private void insertBetween(long left, long address, int bytes, int needed) {
    long right = left == 0 ? head : QuicklistNode.next(left);
    if (left != 0 && takes(left, needed)) {
      long node = reserve(left, needed);
      insertInto(node, Listpack.end(QuicklistNode.content(node)), address, bytes);
    } else if (right != 0 && takes(right, needed)) {
      long node = reserve(right, needed);
      insertInto(node, frontPosition(QuicklistNode.content(node)), address, bytes);
    } else if (needed + Listpack.EMPTY_BYTES > nodeBytes) {
      link(plain(address, bytes), left, right);
      length++;
    } else {
      long node = packed(needed);
      link(node, left, right);
      insertInto(node, Listpack.end(QuicklistNode.content(node)), address, bytes);
    }
  }

  private void insertInto(long node, int position, long address, int bytes) {
    Listpack.insert(QuicklistNode.content(node), position, address, bytes);
    length++;
  }

  /** Makes the element the first of its node; returns the node before it, or 0. */
  private long splitBefore(QuicklistCursor at) {
    if (at.position == QuicklistCursor.PLAIN || at.position == Listpack.first(at.content)) {
      return QuicklistNode.previous(at.node);
    }
    split(at.node, at.position);
    return at.node;
  }

  /** Makes the element the last of its node. */
  private void splitBehind(QuicklistCursor at) {
    int next = at.position == QuicklistCursor.PLAIN ? 0 : Listpack.next(at.content, at.position);
    if (next != 0) {
      split(at.node, next);
    }
  }

  /** Moves the elements of a node from a position on to a new node behind it. */
  private void split(long node, int position) {
    long lp = QuicklistNode.content(node);
    int bytes = Listpack.tailBytes(lp, position);
    long added = memory.allocate(QuicklistNode.HEADER_BYTES + (long) bytes);
    QuicklistNode.setPacked(added);
    Listpack.copyTail(lp, position, QuicklistNode.content(added));
    Listpack.remove(lp, position, Integer.MAX_VALUE);
    link(added, node, QuicklistNode.next(node));
  }

  /**
   * Removes the element a cursor stands on, which then stands on the one after it in the given
   * direction.
   */
  public void remove(QuicklistCursor at, boolean forward) {
    long node = at.node;
    length--;
    if (QuicklistNode.count(node) == 1) {
      long on = forward ? QuicklistNode.next(node) : QuicklistNode.previous(node);
      free(node);
      at.enter(on, forward ? 0 : -1);
      return;
    }
    Listpack.remove(at.content, at.position, 1);
    joinNeighbours(at);
    at.node = shrink(at.node);
    at.content = QuicklistNode.content(at.node);
    if (!forward) {
      at.position = Listpack.previous(at.content, at.position);
    } else if (at.position == Listpack.end(at.content)) {
      at.position = 0;
    }
    if (at.position == 0) {
      at.enter(
          forward ? QuicklistNode.next(at.node) : QuicklistNode.previous(at.node),
          forward ? 0 : -1);
    }
  }

  /** Joins a node that has become small with a small neighbour; the cursor keeps its place. */
  private void joinNeighbours(QuicklistCursor at) {
    long node = at.node;
    long next = QuicklistNode.next(node);
    long previous = QuicklistNode.previous(node);
    if (next != 0 && joins(node, next)) {
      at.node = join(node, next);
    } else if (previous != 0 && joins(previous, node)) {
      at.position += Listpack.bytes(QuicklistNode.content(previous)) - Listpack.EMPTY_BYTES;
      at.node = join(previous, node);
    }
  }

  private boolean joins(long left, long right) {
    return !QuicklistNode.isPlain(left)
        && !QuicklistNode.isPlain(right)
        && QuicklistNode.contentBytes(left) + QuicklistNode.contentBytes(right) <= nodeBytes / 2
        && QuicklistNode.count(left) + QuicklistNode.count(right) <= (nodeCount + 1) / 2;
  }

  private long join(long left, long right) {
    int bytes = Listpack.bytes(QuicklistNode.content(right)) - Listpack.EMPTY_BYTES;
    long node = reserve(left, bytes);
    Listpack.append(QuicklistNode.content(node), QuicklistNode.content(right));
    free(right);
    return node;
  }

  /**
   * Removes elements by index. Many nodes at once are only taken out of the list: see {@link
   * #hasDetached}.
   *
   * @param start index of the first, not negative
   * @param count how many, all of them present
   */
  public void removeRange(long start, long count) {
    assert start >= 0 && count > 0 && start + count <= length;
    seek(start);
    long from = soughtNode;
    int fromIndex = soughtIndex;
    long fromOrdinal = soughtOrdinal;
    seek(start + count - 1);
    long to = soughtNode;
    int toIndex = soughtIndex;
    length -= count;
    if (from == to) {
      removeFrom(from, fromIndex, toIndex - fromIndex + 1);
      return;
    }
    if (soughtOrdinal - fromOrdinal > 1) {
      detach(QuicklistNode.next(from), QuicklistNode.previous(to), soughtOrdinal - fromOrdinal - 1);
    }
    removeFrom(from, fromIndex, QuicklistNode.count(from) - fromIndex);
    removeFrom(to, 0, toIndex + 1);
  }

  private void removeFrom(long node, int index, int count) {
    if (count == QuicklistNode.count(node)) {
      free(node);
      return;
    }
    long lp = QuicklistNode.content(node);
    Listpack.remove(lp, Listpack.seek(lp, index), count);
    shrink(node);
  }

  /** Finds the node of an element, from the nearer end. */
  private void seek(long index) {
    if (index < length / 2) {
      long left = index;
      soughtOrdinal = 0;
      soughtNode = head;
      for (int n = QuicklistNode.count(soughtNode);
          left >= n;
          n = QuicklistNode.count(soughtNode)) {
        left -= n;
        soughtOrdinal++;
        soughtNode = QuicklistNode.next(soughtNode);
      }
      soughtIndex = (int) left;
    } else {
      long left = length - index;
      soughtOrdinal = nodes - 1;
      soughtNode = tail;
      int n = QuicklistNode.count(soughtNode);
      for (; left > n; n = QuicklistNode.count(soughtNode)) {
        left -= n;
        soughtOrdinal--;
        soughtNode = QuicklistNode.previous(soughtNode);
      }
      soughtIndex = (int) (n - left);
    }
  }

  // Nodes

  private boolean takes(long node, int needed) {
    return !QuicklistNode.isPlain(node)
        && allows(QuicklistNode.contentBytes(node) + (long) needed, QuicklistNode.count(node) + 1L);
  }
}
