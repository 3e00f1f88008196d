package dev.millrace.engine.value;

import dev.millrace.engine.memory.Memory;

/**
 * Reads a zipmap, the small form of hashes in RDB files of Redis 2.4 and before, field by field.
 * Nothing in it is trusted: {@link #next} throws where the bytes are not a sound zipmap, and
 * nothing outside of them is read. That no field comes twice is for the caller to see to.
 *
 * <pre>
 * count (1, 254 and more: unknown)  { field length, field, value length, spare (1), value, spare bytes }...  255
 *
 * length    1 byte up to 253, or 254 and 4 bytes, little-endian
 * </pre>
 *
 * <p>Owned by: one thread.
 */
public final class ZipmapReader {
  private static final int END = 0xff;
  private static final int LONG_LENGTH = 0xfe;
  private static final int COUNT_UNKNOWN = 0xfe;

  private long start;
  private long limit;
  private long position;
  private long read;
  private long fieldAddress;
  private int fieldLength;
  private long valueAddress;
  private int valueLength;

  /** Begins with the zipmap in these bytes, which must stay in place while it is read. */
  public void open(long zipmap, long bytes) throws ValueFormatException {
    if (bytes < 2 || (Memory.getByte(zipmap + bytes - 1) & 0xff) != END) {
      throw damaged();
    }
    start = zipmap;
    limit = zipmap + bytes - 1;
    position = zipmap + 1;
    read = 0;
  }

  /** Goes on to the next field; false at the end of a zipmap that has proved sound. */
  public boolean next() throws ValueFormatException {
    if (position == limit) {
      int count = Memory.getByte(start) & 0xff;
      if (count < COUNT_UNKNOWN && count != read) {
        throw damaged();
      }
      return false;
    }
    fieldLength = (int) length();
    fieldAddress = take(fieldLength);
    valueLength = (int) length();
    int spare = Memory.getByte(take(1)) & 0xff;
    valueAddress = take(valueLength);
    take(spare);
    read++;
    return true;
  }

  public long fieldAddress() {
    return fieldAddress;
  }

  public int fieldLength() {
    return fieldLength;
  }

  public long valueAddress() {
    return valueAddress;
  }

  public int valueLength() {
    return valueLength;
  }

  /** A length that still fits. */
  private long length() throws ValueFormatException {
    long length = Memory.getByte(take(1)) & 0xff;
    if (length == LONG_LENGTH) {
      length = Integer.toUnsignedLong(Memory.getInt(take(Integer.BYTES)));
    } else if (length == END) {
      throw damaged();
    }
    if (length > limit - position) {
      throw damaged();
    }
    return length;
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
    return new ValueFormatException("a damaged zipmap");
  }
}
