package dev.millrace.engine.script;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Bytes that grow at their end, used again and again by one library.
 *
 * <p>Owned by: the thread that runs the state.
 */
final class ByteBuilder {
  private static final int BYTES_KEPT = 1 << 20;

  private final LuaState state;
  private byte[] bytes = new byte[256];
  private int length;

  /** Bytes for that state, whose bound of memory holds here too. */
  ByteBuilder(LuaState state) {
    this.state = state;
  }

  void clear() {
    length = 0;
    if (bytes.length > BYTES_KEPT) {
      bytes = new byte[256];
    }
  }

  ByteBuilder add(int value) {
    if (length == bytes.length) {
      grow(1);
    }
    bytes[length] = (byte) value;
    length++;
    return this;
  }

  ByteBuilder add(byte[] value) {
    if (value.length > bytes.length - length) {
      grow(value.length);
    }
    System.arraycopy(value, 0, bytes, length, value.length);
    length += value.length;
    return this;
  }

  ByteBuilder add(String ascii) {
    return add(ascii.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Adds the low {@code count} bytes of a value, most significant first. */
  ByteBuilder addBigEndian(long value, int count) {
    for (int i = count - 1; i >= 0; i--) {
      add((int) (value >>> (8 * i)));
    }
    return this;
  }

  /** Takes back the last byte. */
  void dropLast() {
    length--;
  }

  private void grow(int more) {
    long wanted = Math.max((long) length + more, 2L * bytes.length);
    if (!state.hasRoom(wanted) || wanted > Integer.MAX_VALUE - 16) {
      throw LuaError.plain("not enough memory");
    }
    bytes = Arrays.copyOf(bytes, (int) wanted);
  }

  /** Pushes all of it as one string. */
  void push(long lua) {
    LuaValues.push(lua, Arrays.copyOf(bytes, length));
  }
}
