package dev.millrace.engine.struct;

import dev.millrace.engine.memory.Memory;

/**
 * One node of a {@link Quicklist}: a block of its own that holds a listpack, or, when an element is
 * too long for one, that element's bytes.
 *
 * <pre>
 *   0          8        16                          24
 *   | previous | next   | -1, or the element's bytes | listpack, or the element |
 * </pre>
 *
 * <p>Static functions over an address. Owned by: executor thread.
 */
final class QuicklistNode {
  static final int HEADER_BYTES = 24;

  private static final int NEXT = 8;
  private static final int PLAIN_BYTES = 16;
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
    return Memory.getLong(node + PLAIN_BYTES) != PACKED;
  }

  /** Length of the one element of a plain node. */
  static long plainBytes(long node) {
    return Memory.getLong(node + PLAIN_BYTES);
  }

  static void setPlain(long node, long bytes) {
    Memory.putLong(node + PLAIN_BYTES, bytes);
  }

  static void setPacked(long node) {
    Memory.putLong(node + PLAIN_BYTES, PACKED);
  }

  /** Where the listpack, or the plain element, begins. */
  static long content(long node) {
    return node + HEADER_BYTES;
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
