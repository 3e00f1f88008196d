package dev.millrace.engine.struct;

import dev.millrace.engine.memory.Memory;

/**
 * One node of a {@link Quicklist}: a block of its own that holds a listpack, or, when an element is
 * too long for one, that element's bytes.
 *
 * <pre>
 *   0          8        16             24
 *   | previous | next   | kind         | gap   | listpack | room |
 *                       | kind         | the element             |
 *
 *   kind   the element's length, or -1 less the gap
 *   gap    room before the listpack, so that an element added at the front moves no other
 * </pre>
 *
 * <p>Static functions over an address. Owned by: executor thread.
 */
final class QuicklistNode {
  static final int HEADER_BYTES = 24;

  private static final int NEXT = 8;
  private static final int KIND = 16;
  private static final long PACKED = -1;

  private QuicklistNode() {}

  static long previous(long node) {
    return Memory.getLong(node);
  }

  static void previous(long node, long value) {
    Memory.putLong(node, value);
  }

  static long next(long node) {
    return Memory.getLong(node + NEXT);
  }

  static void next(long node, long value) {
    Memory.putLong(node + NEXT, value);
  }

  /** Whether the node is one element that is not in a listpack. */
  static boolean isPlain(long node) {
    return Memory.getLong(node + KIND) >= 0;
  }

  /** Length of the one element of a plain node. */
  static long plainBytes(long node) {
    return Memory.getLong(node + KIND);
  }

  static void setPlain(long node, long bytes) {
    Memory.putLong(node + KIND, bytes);
  }

  /** The node holds a listpack, with no gap before it. */
  static void setPacked(long node) {
    Memory.putLong(node + KIND, PACKED);
  }

  /** The room before the listpack; 0 before a plain element. */
  static long gap(long node) {
    return Math.max(0, PACKED - Memory.getLong(node + KIND));
  }

  /** Moves the listpack within its block, so that there is this much room before it. */
  static void gap(long node, long bytes) {
    long from = content(node);
    Memory.putLong(node + KIND, PACKED - bytes);
    if (content(node) != from) {
      Memory.copy(from, content(node), Listpack.bytes(from));
    }
  }

  /** The listpack has grown into the gap, and begins there by now. */
  static void beginsAt(long node, long listpack) {
    Memory.putLong(node + KIND, PACKED - (listpack - node - HEADER_BYTES));
  }

  /** Where the listpack, or the plain element, begins. */
  static long content(long node) {
    return node + HEADER_BYTES + gap(node);
  }

  /** How many elements the node holds. */
  static int count(long node) {
    return isPlain(node) ? 1 : Listpack.count(content(node));
  }

  /** Bytes of the content in use. */
  static long contentBytes(long node) {
    return isPlain(node) ? plainBytes(node) : Listpack.bytes(content(node));
  }
}
