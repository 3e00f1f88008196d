package dev.millrace.engine.value;

import dev.millrace.engine.memory.Memory;

/**
 * Reads a ziplist, the small form of lists, hashes and sorted sets in RDB files of Redis 6.2 and
 * before, element by element. Nothing in it is trusted: {@link #open} and {@link #next} throw where
 * the bytes are not a sound ziplist, and nothing outside of them is read.
 *
 * <pre>
 * bytes (4)  offset of the last element (4)  count (2, 65535: unknown)  element...  255
 *
 * element   bytes of the one before (1, or 254 and 4)   encoding   content
 *           00nnnnnn                 string of 6-bit length
 *           01nnnnnn nnnnnnnn        string of 14-bit length, big-endian
 *           10000000 + 4 bytes       string of 32-bit length, big-endian
 *           11000000, 11010000, 11100000, 11110000, 11111110
 *                                    number of 2, 4, 8, 3, 1 bytes, little-endian
 *           11110001 to 11111101     the number 0 to 12
 * </pre>
 *
 * <p>Use: {@code open}, then elements while {@code next} answers true. One reader serves any number
 * of ziplists, one after the other.
 *
 * <p>Owned by: one thread.
 */
public final class ZiplistReader {
  private static final int HEADER_BYTES = 10;
  private static final int END = 0xff;
  private static final int LONG_PREVIOUS = 0xfe;
  private static final int COUNT_UNKNOWN = 0xffff;
  private static final int COUNT_OFFSET = 8;

  private long start;
  private long limit;
  private long position;
  private long previousBytes;
  private long lastStart;
  private long read;
  private boolean isInteger;
  private long integer;
  private long address;
  private int length;

  /** Begins with the ziplist in these bytes, which must stay in place while it is read. */
  public void open(long ziplist, long bytes) throws ValueFormatException {
    if (bytes < HEADER_BYTES + 1
        || Integer.toUnsignedLong(Memory.getInt(ziplist)) != bytes
        || (Memory.getByte(ziplist + bytes - 1) & 0xff) != END) {
      throw damaged();
    }
    start = ziplist;
    limit = ziplist + bytes - 1;
    position = ziplist + HEADER_BYTES;
    previousBytes = 0;
    lastStart = position;
    read = 0;
  }

  /** Goes on to the next element; false at the end of a ziplist that has proved sound. */
  public boolean next() throws ValueFormatException {
    if (position == limit) {
      requireSoundHeader();
      return false;
    }
    long element = position;
    readPrevious();
    readContent();
    previousBytes = position - element;
    lastStart = element;
    read++;
    return true;
  }

  /** Whether the element is kept as a number. */
  public boolean isInteger() {
    return isInteger;
  }

  /** The number, when {@link #isInteger}. */
  public long integer() {
    return integer;
  }

  /** Where the element's bytes are, when not {@link #isInteger}. */
  public long address() {
    return address;
  }

  /** Number of bytes of the element, when not {@link #isInteger}. */
  public int length() {
    return length;
  }

  private void requireSoundHeader() throws ValueFormatException {
    int count = Memory.getShort(start + COUNT_OFFSET) & 0xffff;
    long last = Integer.toUnsignedLong(Memory.getInt(start + Integer.BYTES));
    if (last != lastStart - start || (count != COUNT_UNKNOWN && count != read)) {
      throw damaged();
    }
  }

  private void readPrevious() throws ValueFormatException {
    long previous = oneByte();
    if (previous == LONG_PREVIOUS) {
      previous = Integer.toUnsignedLong(Memory.getInt(take(Integer.BYTES)));
    }
    if (previous != previousBytes) {
      throw damaged();
    }
  }

  private void readContent() throws ValueFormatException {
    int encoding = oneByte();
    if (encoding < 0xc0) {
      long bytes =
          switch (encoding >>> 6) {
            case 0 -> encoding;
            case 1 -> (encoding & 0x3f) << 8 | oneByte();
            default ->
                Integer.toUnsignedLong(Integer.reverseBytes(Memory.getInt(take(Integer.BYTES))));
          };
      if (encoding > 0x80) {
        throw damaged();
      }
      isInteger = false;
      address = take(bytes);
      length = (int) bytes;
      return;
    }
    isInteger = true;
    integer =
        switch (encoding) {
          case 0xc0 -> Memory.getShort(take(Short.BYTES));
          case 0xd0 -> Memory.getInt(take(Integer.BYTES));
          case 0xe0 -> Memory.getLong(take(Long.BYTES));
          case 0xf0 -> {
            long at = take(3);
            yield Memory.getByte(at + 2) << 16 | (Memory.getShort(at) & 0xffff);
          }
          case 0xfe -> Memory.getByte(take(1));
          default -> {
            if (encoding < 0xf1 || encoding > 0xfd) {
              throw damaged();
            }
            yield encoding - 0xf1;
          }
        };
  }

  private int oneByte() throws ValueFormatException {
    return Memory.getByte(take(1)) & 0xff;
  }

  private long take(long bytes) throws ValueFormatException {
    if (bytes > limit - position) {
      throw damaged();
    }
    long at = position;
    position += bytes;
    return at;
  }

  private static ValueFormatException damaged() {
    return new ValueFormatException("a damaged ziplist");
  }
}
