package dev.millrace.engine.pubsub;

import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import java.nio.charset.StandardCharsets;

/**
 * A message in RESP, written once and then copied to every client that gets it. RESP2 and RESP3
 * differ in the first byte only, so {@link #protocol} turns one into the other.
 *
 * <p>Owned by: executor thread.
 */
public final class Frame implements AutoCloseable {
  private static final int BYTES = 4096;
  private static final int BYTES_KEPT = 1 << 20;
  private static final int HEADER_BYTES = 24;

  private Region region = new Region(BYTES);
  private long used;

  /** Begins a message of that many elements. */
  public Frame begin(int elements) {
    if (region.bytes() > BYTES_KEPT) {
      region.close();
      region = new Region(BYTES);
    }
    used = 0;
    header((byte) '>', elements);
    return this;
  }

  /** Begins bytes that stand for themselves, not a whole message. */
  public Frame beginPart() {
    used = 0;
    return this;
  }

  /** Makes the message one of RESP2 or RESP3. */
  public Frame protocol(int version) {
    Memory.putByte(region.address(), version == 2 ? (byte) '*' : (byte) '>');
    return this;
  }

  public long address() {
    return region.address();
  }

  public long bytes() {
    return used;
  }

  /** An array of elements inside the message. */
  public Frame array(int elements) {
    header((byte) '*', elements);
    return this;
  }

  public Frame bulk(long from, long length) {
    header((byte) '$', length);
    raw(from, length);
    return lineEnd();
  }

  /** A bulk string of a text, one byte per char. */
  public Frame bulk(String text) {
    header((byte) '$', text.length());
    raw(text);
    return lineEnd();
  }

  public Frame bulk(byte[] value) {
    header((byte) '$', value.length);
    reserve(value.length);
    Memory.put(region.address() + used, value, 0, value.length);
    used += value.length;
    return lineEnd();
  }

  /** A missing string, as a client of that protocol reads it. */
  public Frame nullBulk(int version) {
    raw(version == 2 ? "$-1" : "_");
    return lineEnd();
  }

  public Frame integer(long value) {
    header((byte) ':', value);
    return this;
  }

  /** Bytes as they are. */
  public Frame raw(long from, long length) {
    reserve(length);
    Memory.copy(from, region.address() + used, length);
    used += length;
    return this;
  }

  /** Characters as they are, one byte each. */
  public Frame raw(String text) {
    reserve(text.length());
    for (int i = 0; i < text.length(); i++) {
      Memory.putByte(region.address() + used + i, (byte) text.charAt(i));
    }
    used += text.length();
    return this;
  }

  /** One byte as it is. */
  public Frame raw(int value) {
    reserve(1);
    Memory.putByte(region.address() + used, (byte) value);
    used++;
    return this;
  }

  /** A number's digits as they are. */
  public Frame digits(long value) {
    reserve(HEADER_BYTES);
    used += Decimal.format(value, region.address() + used);
    return this;
  }

  /** The end of a line. */
  public Frame lineEnd() {
    return raw('\r').raw('\n');
  }

  private void header(byte kind, long value) {
    reserve(HEADER_BYTES);
    Memory.putByte(region.address() + used, kind);
    used++;
    used += Decimal.format(value, region.address() + used);
    lineEnd();
  }

  private void reserve(long bytes) {
    long needed = used + bytes;
    if (needed <= region.bytes()) {
      return;
    }
    Region larger = new Region(Math.max(needed, region.bytes() * 2));
    Memory.copy(region.address(), larger.address(), used);
    region.close();
    region = larger;
  }

  /** The bytes so far, for tests. */
  String text() {
    return new String(
        Memory.bytes(region.address(), Math.toIntExact(used)), StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() {
    region.close();
  }
}
