package dev.millrace.engine.struct;

import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;

/**
 * A list of strings and numbers in one run of bytes, walked from either end. The format is Redis's,
 * byte for byte (its listpack specification), so that RDB and DUMP take it as it is:
 *
 * <pre>
 *   0             4           6
 *   | bytes (u32) | count u16 | element | element | ... | 0xFF |
 *
 *   element: | encoding and data | back length, 1 to 5 bytes |
 *
 *   0xxxxxxx                    number 0..127            10xxxxxx                 string of x bytes
 *   110xxxxx xxxxxxxx           number of 13 bits        1110xxxx xxxxxxxx        string of x bytes
 *   0xF1 + 2, 0xF2 + 3,         number of 16, 24,        0xF0 + u32               string of that length
 *   0xF3 + 4, 0xF4 + 8 bytes    32, 64 bits
 * </pre>
 *
 * <p>Numbers are two's complement, little-endian but for the 13 bits. The back length is the length
 * of encoding and data in groups of seven bits, highest first, the top bit set in all but the first
 * byte: it is read from its last byte backwards. A count of 65535 means that the elements must be
 * counted.
 *
 * <p>Static functions over an address; positions are offsets from the listpack's first byte, so
 * they survive a move; 0 means none. What is inserted must not lie inside the listpack. The length
 * is at most 2^31 - 1 bytes, which is the caller's to keep.
 *
 * <p>Owned by: executor thread.
 */
public final class Listpack {
  /** Length of an empty listpack, and what a header and the end marker need. */
  public static final int EMPTY_BYTES = 7;

  /** The count that stands for "more than the header can say". */
  public static final int UNKNOWN_COUNT = 0xFFFF;

  static final int COUNT = 4;
  static final int HEADER_BYTES = 6;
  static final int END = 0xFF;

  private static final int STRING_6_MAX = 63;
  private static final int STRING_12_MAX = 4095;
  static final int STRING_32 = 0xF0;
  private static final int INT_16 = 0xF1;
  private static final int INT_24 = 0xF2;
  private static final int INT_32 = 0xF3;
  static final int INT_64 = 0xF4;

  private Listpack() {}

  // The whole

  /** Writes an empty listpack of {@link #EMPTY_BYTES}. */
  public static void create(long lp) {
    Memory.putInt(lp, EMPTY_BYTES);
    Memory.putShort(lp + COUNT, (short) 0);
    Memory.putByte(lp + HEADER_BYTES, (byte) END);
  }

  /** Length in bytes, header and end marker included. */
  public static int bytes(long lp) {
    return Memory.getInt(lp);
  }

  /** Number of elements; walks over them when there are more than 65534. */
  public static int count(long lp) {
    int known = Memory.getShort(lp + COUNT) & 0xFFFF;
    if (known != UNKNOWN_COUNT) {
      return known;
    }
    int count = 0;
    int end = end(lp);
    for (int pos = HEADER_BYTES; pos != end; pos += elementBytes(lp, pos)) {
      count++;
    }
    if (count < UNKNOWN_COUNT) {
      Memory.putShort(lp + COUNT, (short) count);
    }
    return count;
  }

  /** Position of the end marker: where an element is inserted to become the last. */
  public static int end(long lp) {
    return bytes(lp) - 1;
  }

  // Walking

  /** Position of the first element, or 0. */
  public static int first(long lp) {
    return end(lp) == HEADER_BYTES ? 0 : HEADER_BYTES;
  }

  /** Position of the last element, or 0. */
  public static int last(long lp) {
    return previous(lp, end(lp));
  }

  /** Position of the element after this one, or 0 after the last. */
  public static int next(long lp, int pos) {
    int next = pos + elementBytes(lp, pos);
    return next == end(lp) ? 0 : next;
  }

  /** Position of the element before this one (or before the end), or 0 before the first. */
  public static int previous(long lp, int pos) {
    if (pos == HEADER_BYTES) {
      return 0;
    }
    int length = backLength(lp + pos);
    return pos - length - backBytes(length);
  }

  /**
   * Position of an element by its index, or 0 when there is none.
   *
   * @param index from 0 for the first, or from -1 backwards for the last
   */
  public static int seek(long lp, long index) {
    int count = Memory.getShort(lp + COUNT) & 0xFFFF;
    long left = index;
    boolean forward = index >= 0;
    if (count != UNKNOWN_COUNT) {
      if (left < 0) {
        left += count;
      }
      if (left < 0 || left >= count) {
        return 0;
      }
      forward = left <= count / 2;
      if (!forward) {
        left -= count;
      }
    }
    int pos = forward ? first(lp) : last(lp);
    if (forward) {
      for (; left > 0 && pos != 0; left--) {
        pos = next(lp, pos);
      }
    } else {
      for (; left < -1 && pos != 0; left++) {
        pos = previous(lp, pos);
      }
    }
    return pos;
  }

  /** Reads the element at a position. */
  public static void read(long lp, int pos, Element into) {
    long at = lp + pos;
    int head = Memory.getByte(at) & 0xFF;
    if (head < 0x80) {
      into.number(head);
    } else if (head < 0xC0) {
      into.string(at + 1, head & 0x3F);
    } else if (head < 0xE0) {
      into.number(thirteenBits(at, head));
    } else if (head < 0xF0) {
      into.string(at + 2, (head & 0xF) << 8 | (Memory.getByte(at + 1) & 0xFF));
    } else if (head == STRING_32) {
      into.string(at + 5, Memory.getInt(at + 1));
    } else {
      into.number(wideInteger(at, head));
    }
  }

  private static long thirteenBits(long at, int head) {
    long unsigned = (head & 0x1FL) << 8 | (Memory.getByte(at + 1) & 0xFF);
    return unsigned << 51 >> 51;
  }

  private static long wideInteger(long at, int head) {
    return switch (head) {
      case INT_16 -> Memory.getShort(at + 1);
      // The byte before the three is the head: shifted out with its sign kept.
      case INT_24 -> Memory.getInt(at) >> 8;
      case INT_32 -> Memory.getInt(at + 1);
      case INT_64 -> Memory.getLong(at + 1);
      default -> throw new IllegalStateException("not an element: " + head);
    };
  }

  /**
   * The first element with this text, looking at one and passing over {@code skip} after each.
   *
   * @param from position of the first element looked at; 0 finds nothing
   * @return its position, or 0
   */
  public static int find(long lp, int from, long address, int length, int skip) {
    if (from == 0) {
      return 0;
    }
    boolean isNumber = Decimal.isLong(address, length);
    long number = isNumber ? Decimal.parse(address, length) : 0;
    int end = end(lp);
    int pos = from;
    while (pos != end) {
      long at = lp + pos;
      int head = Memory.getByte(at) & 0xFF;
      if (head >= 0x80 && head < 0xC0) {
        if ((head & 0x3F) == length && Memory.equal(at + 1, address, length)) {
          return pos;
        }
      } else if (isString(head)) {
        int bytes = dataBytes(at, head);
        if (bytes == length && Memory.equal(at + stringHeadBytes(head), address, length)) {
          return pos;
        }
      } else if (isNumber && integer(at, head) == number) {
        return pos;
      }
      pos += elementBytes(lp, pos);
      for (int i = skip; i > 0 && pos != end; i--) {
        pos += elementBytes(lp, pos);
      }
    }
    return 0;
  }

  /** As {@link #find}, for the text of a number. */
  public static int findInteger(long lp, int from, long number, int skip) {
    if (from == 0) {
      return 0;
    }
    int end = end(lp);
    int pos = from;
    while (pos != end) {
      int head = Memory.getByte(lp + pos) & 0xFF;
      if (!isString(head) && integer(lp + pos, head) == number) {
        return pos;
      }
      pos += elementBytes(lp, pos);
      for (int i = skip; i > 0 && pos != end; i--) {
        pos += elementBytes(lp, pos);
      }
    }
    return 0;
  }

  private static boolean isString(int head) {
    return (head >= 0x80 && head < 0xC0) || (head >= 0xE0 && head <= STRING_32);
  }

  private static long integer(long at, int head) {
    if (head < 0x80) {
      return head;
    }
    return head < 0xE0 ? thirteenBits(at, head) : wideInteger(at, head);
  }

  private static int stringHeadBytes(int head) {
    if (head < 0xC0) {
      return 1;
    }
    return head < 0xF0 ? 2 : 5;
  }

  /** Length of a string's bytes. */
  private static int dataBytes(long at, int head) {
    if (head < 0xC0) {
      return head & 0x3F;
    }
    return head < 0xF0
        ? (head & 0xF) << 8 | (Memory.getByte(at + 1) & 0xFF)
        : Memory.getInt(at + 1);
  }

  // Lengths

  /** Length of the element at a position, its back length included. */
  public static int elementBytes(long lp, int pos) {
    int bytes = encodingBytes(lp + pos);
    return bytes + backBytes(bytes);
  }

  /** Length of encoding and data. */
  static int encodingBytes(long at) {
    int head = Memory.getByte(at) & 0xFF;
    if (head < 0x80) {
      return 1;
    }
    if (head < 0xC0) {
      return 1 + (head & 0x3F);
    }
    if (head < 0xE0) {
      return 2;
    }
    if (head < 0xF0) {
      return 2 + ((head & 0xF) << 8 | (Memory.getByte(at + 1) & 0xFF));
    }
    return switch (head) {
      case STRING_32 -> 5 + Memory.getInt(at + 1);
      case INT_16 -> 3;
      case INT_24 -> 4;
      case INT_32 -> 5;
      case INT_64 -> 9;
      default -> throw new IllegalStateException("not an element: " + head);
    };
  }

  /** How many bytes a text occupies as an element, its back length included. */
  public static int encodedBytes(long address, int length) {
    if (Decimal.isLong(address, length)) {
      return encodedBytes(Decimal.parse(address, length));
    }
    int bytes = stringBytes(length);
    return bytes + backBytes(bytes);
  }

  /** How many bytes a number occupies as an element, its back length included. */
  public static int encodedBytes(long number) {
    return integerBytes(number) + 1;
  }

  private static int stringBytes(int length) {
    if (length <= STRING_6_MAX) {
      return 1 + length;
    }
    return (length <= STRING_12_MAX ? 2 : 5) + length;
  }

  private static int integerBytes(long v) {
    if (v >= 0 && v <= 127) {
      return 1;
    }
    if (v >= -4096 && v <= 4095) {
      return 2;
    }
    if (v == (short) v) {
      return 3;
    }
    if (v >= -(1 << 23) && v < 1 << 23) {
      return 4;
    }
    return v == (int) v ? 5 : 9;
  }

  /**
   * Length of a back length. The bounds are one short of what seven bits more would hold, as in
   * Redis: a validation compares them.
   */
  static int backBytes(int length) {
    if (length <= 127) {
      return 1;
    }
    if (length < 16383) {
      return 2;
    }
    if (length < 2097151) {
      return 3;
    }
    return length < 268435455 ? 4 : 5;
  }

  /** Reads the back length that ends before this address. */
  private static int backLength(long end) {
    long at = end - 1;
    int value = Memory.getByte(at) & 0x7F;
    for (int shift = 7; (Memory.getByte(at) & 0x80) != 0; shift += 7) {
      at--;
      value |= (Memory.getByte(at) & 0x7F) << shift;
    }
    return value;
  }

  // Changing

  /**
   * Inserts a text before a position, or at the {@link #end}. The element is {@link #encodedBytes}
   * long, for which there must be room behind the end; it stands at {@code pos} afterwards.
   */
  public static void insert(long lp, int pos, long address, int length) {
    if (Decimal.isLong(address, length)) {
      insert(lp, pos, Decimal.parse(address, length));
      return;
    }
    int bytes = stringBytes(length);
    open(lp, pos, bytes + backBytes(bytes));
    addToCount(lp, 1);
    writeString(lp + pos, address, length, bytes);
  }

  /** As {@link #insert(long, int, long, int)}, for the text of a number. */
  public static void insert(long lp, int pos, long number) {
    int bytes = integerBytes(number);
    open(lp, pos, bytes + 1);
    addToCount(lp, 1);
    writeInteger(lp + pos, number, bytes);
  }

  /**
   * Inserts a text before the first element by beginning lower, so that no other element moves: the
   * {@link #encodedBytes} before the listpack must be free.
   *
   * @return where the listpack begins now
   */
  public static long prepend(long lp, long address, int length) {
    if (Decimal.isLong(address, length)) {
      return prepend(lp, Decimal.parse(address, length));
    }
    int bytes = stringBytes(length);
    long lower = beginLower(lp, bytes + backBytes(bytes));
    writeString(lower + HEADER_BYTES, address, length, bytes);
    return lower;
  }

  /** As {@link #prepend(long, long, int)}, for the text of a number. */
  public static long prepend(long lp, long number) {
    int bytes = integerBytes(number);
    long lower = beginLower(lp, bytes + 1);
    writeInteger(lower + HEADER_BYTES, number, bytes);
    return lower;
  }

  /** Writes the header of one element more, which may lie over the one there is. */
  private static long beginLower(long lp, int bytes) {
    int length = bytes(lp) + bytes;
    short count = Memory.getShort(lp + COUNT);
    long lower = lp - bytes;
    Memory.putInt(lower, length);
    Memory.putShort(lower + COUNT, count);
    addToCount(lower, 1);
    return lower;
  }

  /**
   * Removes an element and those after it. The next one, or the end, stands at {@code pos}
   * afterwards.
   *
   * @param count how many; fewer are removed when the list ends before
   * @return how many were removed
   */
  public static int remove(long lp, int pos, int count) {
    int end = end(lp);
    int after = pos;
    int removed = 0;
    while (removed < count && after != end) {
      after += elementBytes(lp, after);
      removed++;
    }
    open(lp, after, pos - after);
    addToCount(lp, -removed);
    return removed;
  }

  /** By how many bytes a {@link #replace} would lengthen the listpack; may be negative. */
  public static int replaceGrowth(long lp, int pos, long address, int length) {
    return encodedBytes(address, length) - elementBytes(lp, pos);
  }

  /** As {@link #replaceGrowth(long, int, long, int)}, for the text of a number. */
  public static int replaceGrowth(long lp, int pos, long number) {
    return encodedBytes(number) - elementBytes(lp, pos);
  }

  /** Puts a text in the place of an element; there must be room for the growth behind the end. */
  public static void replace(long lp, int pos, long address, int length) {
    if (Decimal.isLong(address, length)) {
      replace(lp, pos, Decimal.parse(address, length));
      return;
    }
    int bytes = stringBytes(length);
    int old = elementBytes(lp, pos);
    open(lp, pos + old, bytes + backBytes(bytes) - old);
    writeString(lp + pos, address, length, bytes);
  }

  /** As {@link #replace(long, int, long, int)}, for the text of a number. */
  public static void replace(long lp, int pos, long number) {
    int bytes = integerBytes(number);
    int old = elementBytes(lp, pos);
    open(lp, pos + old, bytes + 1 - old);
    writeInteger(lp + pos, number, bytes);
  }

  /**
   * Appends all elements of another listpack, for which there must be room: its {@link #bytes} less
   * {@link #EMPTY_BYTES}.
   */
  public static void append(long lp, long other) {
    int bytes = bytes(other) - EMPTY_BYTES;
    int end = end(lp);
    int ours = Memory.getShort(lp + COUNT) & 0xFFFF;
    int theirs = Memory.getShort(other + COUNT) & 0xFFFF;
    Memory.copy(other + HEADER_BYTES, lp + end, bytes + 1);
    Memory.putInt(lp, end + bytes + 1);
    Memory.putShort(lp + COUNT, (short) Math.min(ours + theirs, UNKNOWN_COUNT));
  }

  /** Length of a listpack of the elements from a position on. */
  public static int tailBytes(long lp, int pos) {
    return bytes(lp) - (pos - HEADER_BYTES);
  }

  /** Writes a listpack of the elements from a position on; {@link #tailBytes} long. */
  public static void copyTail(long lp, int pos, long to) {
    int end = end(lp);
    int count = 0;
    for (int at = pos; at != end; at += elementBytes(lp, at)) {
      count++;
    }
    Memory.putInt(to, end - pos + EMPTY_BYTES);
    Memory.putShort(to + COUNT, (short) Math.min(count, UNKNOWN_COUNT));
    Memory.copy(lp + pos, to + HEADER_BYTES, end - pos + 1L);
  }

  /** Moves what stands from a position on by so many bytes, up or down. */
  private static void open(long lp, int pos, int by) {
    if (by == 0) {
      return;
    }
    int bytes = bytes(lp);
    Memory.copy(lp + pos, lp + pos + by, bytes - pos);
    Memory.putInt(lp, bytes + by);
  }

  private static void addToCount(long lp, int change) {
    int count = Memory.getShort(lp + COUNT) & 0xFFFF;
    if (count != UNKNOWN_COUNT) {
      // One more than 65534 is 65535, which says "unknown" from then on.
      Memory.putShort(lp + COUNT, (short) (count + change));
    }
  }

  private static void writeString(long at, long address, int length, int bytes) {
    int head = bytes - length;
    if (head == 1) {
      Memory.putByte(at, (byte) (0x80 | length));
    } else if (head == 2) {
      Memory.putByte(at, (byte) (0xE0 | length >> 8));
      Memory.putByte(at + 1, (byte) length);
    } else {
      Memory.putByte(at, (byte) STRING_32);
      Memory.putInt(at + 1, length);
    }
    Memory.copy(address, at + head, length);
    writeBackLength(at + bytes, bytes);
  }

  private static void writeInteger(long at, long v, int bytes) {
    switch (bytes) {
      case 1 -> Memory.putByte(at, (byte) v);
      case 2 -> {
        Memory.putByte(at, (byte) (0xC0 | (v >> 8 & 0x1F)));
        Memory.putByte(at + 1, (byte) v);
      }
      case 3 -> {
        Memory.putByte(at, (byte) INT_16);
        Memory.putShort(at + 1, (short) v);
      }
      case 4 -> Memory.putInt(at, (int) v << 8 | INT_24);
      case 5 -> {
        Memory.putByte(at, (byte) INT_32);
        Memory.putInt(at + 1, (int) v);
      }
      default -> {
        Memory.putByte(at, (byte) INT_64);
        Memory.putLong(at + 1, v);
      }
    }
    Memory.putByte(at + bytes, (byte) bytes);
  }

  private static void writeBackLength(long at, int length) {
    int more = backBytes(length) - 1;
    Memory.putByte(at, (byte) (length >>> (7 * more)));
    for (int i = 1; i <= more; i++) {
      Memory.putByte(at + i, (byte) (length >>> (7 * (more - i)) | 0x80));
    }
  }
}
