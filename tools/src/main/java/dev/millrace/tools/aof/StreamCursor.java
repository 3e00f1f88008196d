package dev.millrace.tools.aof;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Walks over stream bytes command by command. The stream holds commands only as RESP arrays of bulk
 * strings:
 *
 * <pre>
 *   *2\r\n $3\r\n GET\r\n $1\r\n k\r\n
 * </pre>
 *
 * <p>Owned by: one thread.
 */
final class StreamCursor {
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  private static final int DIGITS_MAX = 10;

  private final MemorySegment bytes;
  private long start;
  private long end;
  private int count;
  private long[] positions = new long[8];
  private int[] lengths = new int[8];

  // Where the header just read ends; its value is what number() returned.
  private long headerEnd;

  /** Begins before the first command of {@code bytes}, which start at a command boundary. */
  StreamCursor(MemorySegment bytes) {
    this.bytes = bytes;
  }

  /** Goes to the next command; false at the end, and at bytes that are no whole command. */
  boolean next() {
    long arguments = number(end, '*');
    if (arguments < 1) {
      return false;
    }
    long at = headerEnd;
    for (int i = 0; i < arguments; i++) {
      long length = number(at, '$');
      if (length < 0 || !isLineEnd(headerEnd + length)) {
        return false;
      }
      if (i == positions.length) {
        positions = Arrays.copyOf(positions, i * 2);
        lengths = Arrays.copyOf(lengths, i * 2);
      }
      positions[i] = headerEnd;
      lengths[i] = (int) length;
      at = headerEnd + length + 2;
    }
    start = end;
    end = at;
    count = (int) arguments;
    return true;
  }

  /** Where the command begins. */
  long start() {
    return start;
  }

  /** Where it ends, which is also how far the cursor came. */
  long end() {
    return end;
  }

  /** How many words it has, its name included. */
  int count() {
    return count;
  }

  /** The length of one word. */
  int length(int word) {
    return lengths[word];
  }

  /** One byte of one word. */
  byte at(int word, int index) {
    return bytes.get(BYTE, positions[word] + index);
  }

  /** The value of a header, -1 when there is no whole one at {@code from}. */
  private long number(long from, char kind) {
    long size = bytes.byteSize();
    if (from >= size || bytes.get(BYTE, from) != kind) {
      return -1;
    }
    long value = 0;
    long at = from + 1;
    for (; at < size && at <= from + DIGITS_MAX; at++) {
      byte b = bytes.get(BYTE, at);
      if (b < '0' || b > '9') {
        break;
      }
      value = value * 10 + (b - '0');
    }
    if (at == from + 1 || value > Integer.MAX_VALUE || !isLineEnd(at)) {
      return -1;
    }
    headerEnd = at + 2;
    return value;
  }

  private boolean isLineEnd(long at) {
    return at + 2 <= bytes.byteSize()
        && bytes.get(BYTE, at) == '\r'
        && bytes.get(BYTE, at + 1) == '\n';
  }
}
