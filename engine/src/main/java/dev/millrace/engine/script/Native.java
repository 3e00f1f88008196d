package dev.millrace.engine.script;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * Memory that belongs to Lua or to C, read and written by address. The checked mode of Millrace's
 * own memory does not know it.
 */
final class Native {
  /** First byte of compiled Lua code. */
  static final byte BINARY_CHUNK = 27;

  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private Native() {}

  static byte getByte(long address) {
    return ALL.get(ValueLayout.JAVA_BYTE, address);
  }

  static int getInt(long address) {
    return ALL.get(ValueLayout.JAVA_INT_UNALIGNED, address);
  }

  static long getLong(long address) {
    return ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, address);
  }

  static byte[] bytes(long address, int length) {
    byte[] copy = new byte[length];
    MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, address, copy, 0, length);
    return copy;
  }

  /** A string that ends with a zero byte; empty for a null address. */
  static String text(long address) {
    if (address == 0) {
      return "";
    }
    int length = 0;
    while (getByte(address + length) != 0) {
      length++;
    }
    return new String(bytes(address, length), StandardCharsets.ISO_8859_1);
  }

  /** A copy of an array. */
  static long bytes(Arena arena, byte[] value) {
    MemorySegment copy = arena.allocate(Math.max(1, value.length));
    MemorySegment.copy(value, 0, copy, ValueLayout.JAVA_BYTE, 0, value.length);
    return copy.address();
  }

  /** A copy of a text with a zero byte behind it, one byte per char. */
  static long cString(Arena arena, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.ISO_8859_1);
    MemorySegment copy = arena.allocate(bytes.length + 1L);
    MemorySegment.copy(bytes, 0, copy, ValueLayout.JAVA_BYTE, 0, bytes.length);
    return copy.address();
  }

  static long allocate(Arena arena, long bytes) {
    return arena.allocate(bytes, Long.BYTES).address();
  }
}
