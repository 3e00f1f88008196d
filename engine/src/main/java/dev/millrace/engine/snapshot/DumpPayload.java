package dev.millrace.engine.snapshot;

import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.value.ValueSource;
import java.io.IOException;

/**
 * What DUMP answers and RESTORE takes: one value as RDB has it, then the RDB version and the
 * checksum of all that.
 *
 * <pre>
 * type (1 byte)  value  version (2 bytes, little-endian)  crc64 (8 bytes, little-endian)
 * </pre>
 *
 * <p>An instance encodes or decodes one payload at a time; the result stays until the next call.
 *
 * <p>Owned by: executor thread.
 */
public final class DumpPayload implements AutoCloseable {
  /** What a payload is worth. */
  public enum Verdict {
    /** The value is there to be taken. */
    SOUND,
    /** Answer {@code ERR DUMP payload version or checksum are wrong}. */
    WRONG_VERSION_OR_CHECKSUM,
    /** Answer {@code ERR Bad data format}. */
    BAD_FORMAT
  }

  private static final int VERSION_BYTES = 2;
  private static final int FOOTER_BYTES = VERSION_BYTES + Long.BYTES;
  private static final int BUFFER_BYTES = 16 << 10;

  private final RdbOutput out = new RdbOutput(null, BUFFER_BYTES, true);
  private final StringEncoder strings = new StringEncoder(out, false);
  private final RdbInput in = new RdbInput();
  private final GrowingBuffer value = new GrowingBuffer(BUFFER_BYTES);

  private final RdbValueSource source = new RdbValueSource(in, value, true);
  private final PayloadSink sink = new PayloadSink(out, strings);

  private int type;
  private boolean isInteger;

  /**
   * Encodes a string value.
   *
   * @param compress the setting {@code rdbcompression}
   */
  public void encodeString(long address, long bytes, boolean compress) {
    out.restart();
    try {
      out.putByte(RdbFormat.TYPE_STRING);
      strings.compress(compress);
      strings.put(address, bytes);
      footer();
    } catch (IOException e) {
      throw new IllegalArgumentException("a value of " + bytes + " bytes cannot be dumped", e);
    }
  }

  /** Encodes a string value that is the decimal form of a number. */
  public void encodeInteger(long number) {
    out.restart();
    try {
      out.putByte(RdbFormat.TYPE_STRING);
      strings.integer(number);
      footer();
    } catch (IOException e) {
      throw new IllegalStateException("a number always fits", e);
    }
  }

  /**
   * Encodes a value of any type.
   *
   * @param types how values that are not strings are written
   * @param compress the setting {@code rdbcompression}
   * @return false when the payload would be longer than 2 GiB
   */
  public boolean encode(long entry, StoredTypes types, boolean compress) {
    if (Entry.isInt(entry)) {
      encodeInteger(Entry.longValue(entry));
      return true;
    }
    if (Entry.type(entry) == Entry.STRING) {
      encodeString(Entry.valueAddress(entry), Entry.valueLength(entry), compress);
      return true;
    }
    out.restart();
    strings.compress(compress);
    types.of(entry).save(entry, sink);
    try {
      sink.rethrow();
      footer();
      return true;
    } catch (IOException e) {
      out.restart();
      return false;
    }
  }

  /** Where the encoded payload is. */
  public long address() {
    return out.address();
  }

  /** Number of bytes of the encoded payload. */
  public int length() {
    return (int) out.bytes();
  }

  /** Decodes a payload, which must stay in its place while the value is used. */
  public Verdict decode(long address, long bytes) {
    value.clear();
    type = -1;
    isInteger = false;
    if (bytes < FOOTER_BYTES || !footerHolds(address, bytes)) {
      return Verdict.WRONG_VERSION_OR_CHECKSUM;
    }
    in.wrap(address, bytes - FOOTER_BYTES);
    try {
      type = in.readByte("a value type");
      if (type != RdbFormat.TYPE_STRING) {
        return RdbFormat.typeName(type).equals("unknown") ? Verdict.BAD_FORMAT : Verdict.SOUND;
      }
      isInteger = in.readString(value, "a string value");
      return Verdict.SOUND;
    } catch (IOException e) {
      return Verdict.BAD_FORMAT;
    }
  }

  /** The type byte of the decoded payload, -1 when it has none. */
  public int type() {
    return type;
  }

  /** Whether the decoded value is a string; any other is still to be taken from {@link #source}. */
  public boolean isString() {
    return type == RdbFormat.TYPE_STRING;
  }

  /** Gives the decoded value that is not a string, once: nothing in it has been looked at yet. */
  public ValueSource source() {
    return source;
  }

  /** True when the decoded value is stored as a number. */
  public boolean isInteger() {
    return isInteger;
  }

  /** The number, when {@link #isInteger}. */
  public long integer() {
    return in.integer();
  }

  /** Where the decoded string is, when not {@link #isInteger}. */
  public long valueAddress() {
    return in.stringAddress();
  }

  /** Number of bytes of the decoded string, when not {@link #isInteger}. */
  public long valueLength() {
    return in.stringLength();
  }

  private void footer() throws IOException {
    out.putShort(RdbFormat.VERSION_WRITTEN);
    out.putLong(out.crc());
  }

  private static boolean footerHolds(long address, long bytes) {
    long summed = bytes - Long.BYTES;
    int version = Memory.getShort(address + summed - VERSION_BYTES) & 0xffff;
    return version <= RdbFormat.VERSION_NEWEST
        && Crc64.update(Crc64.EMPTY, Memory.segment(address, summed), 0, summed)
            == Memory.getLong(address + summed);
  }

  /** Gives the buffers back. */
  @Override
  public void close() {
    strings.close();
    out.close();
    in.close();
    value.close();
  }
}
