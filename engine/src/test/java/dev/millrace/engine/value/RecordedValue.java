package dev.millrace.engine.value;

import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import java.util.ArrayList;
import java.util.List;

/** Takes a value in RDB's form part by part, and gives it back. */
final class RecordedValue implements ValueSink, ValueSource, AutoCloseable {
  int type = -1;
  boolean untrusted = true;

  /** A {@code Long} for a length, bytes for a string or raw bytes, an {@code Eight} for eight. */
  final List<Object> parts = new ArrayList<>();

  private record Eight(long bits) {}

  private int next;
  private Region region = new Region(4096);
  private int bytes;

  /** A value of this type with these parts. */
  static RecordedValue of(int type, Object... parts) {
    RecordedValue value = new RecordedValue();
    value.type = type;
    value.parts.addAll(List.of(parts));
    return value;
  }

  RecordedValue rewind() {
    next = 0;
    return this;
  }

  @Override
  public void type(int rdbType) {
    type = rdbType;
  }

  @Override
  public void length(long value) {
    parts.add(value);
  }

  @Override
  public void string(long address, long length) {
    parts.add(Memory.bytes(address, (int) length));
  }

  @Override
  public void integer(long value) {
    parts.add(Decimal.bytes(value));
  }

  @Override
  public void eightBytes(long bits) {
    parts.add(new Eight(bits));
  }

  @Override
  public void raw(long address, long length) {
    string(address, length);
  }

  @Override
  public long number() throws ValueFormatException {
    return length();
  }

  @Override
  public long length() throws ValueFormatException {
    return take() instanceof Long number ? number : fail();
  }

  private static long fail() throws ValueFormatException {
    throw new ValueFormatException("another part was expected");
  }

  private Object take() throws ValueFormatException {
    if (next == parts.size()) {
      throw new ValueFormatException("the value ends early");
    }
    return parts.get(next++);
  }

  @Override
  public void string() throws ValueFormatException {
    if (!(take() instanceof byte[] text)) {
      fail();
      return;
    }
    // A fresh place each time: what was there before is gone.
    region.close();
    region = new Region(Math.max(1, text.length));
    Memory.put(region.address(), text, 0, text.length);
    bytes = text.length;
  }

  @Override
  public long address() {
    return region.address();
  }

  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public long eightBytes() throws ValueFormatException {
    return take() instanceof Eight eight ? eight.bits : fail();
  }

  @Override
  public int oneByte() throws ValueFormatException {
    return (int) fail();
  }

  @Override
  public boolean isUntrusted() {
    return untrusted;
  }

  @Override
  public void close() {
    region.close();
  }
}
