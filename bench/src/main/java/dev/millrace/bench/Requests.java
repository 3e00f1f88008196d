package dev.millrace.bench;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Commands as {@code redis-benchmark} sends them: 16-byte keys {@code key:000000000042}, 64-byte
 * values.
 */
final class Requests {
  /** Bytes of a key. */
  static final int KEY_BYTES = 16;

  /** Bytes of a value. */
  static final int VALUE_BYTES = 64;

  private static final String VALUE = "x".repeat(VALUE_BYTES);

  private Requests() {}

  static String key(long number) {
    return String.format(Locale.ROOT, "key:%012d", number);
  }

  static byte[] set(long number) {
    return ascii(
        "*3\r\n$3\r\nSET\r\n$16\r\n"
            + key(number)
            + "\r\n$"
            + VALUE_BYTES
            + "\r\n"
            + VALUE
            + "\r\n");
  }

  static byte[] get(long number) {
    return ascii("*2\r\n$3\r\nGET\r\n$16\r\n" + key(number) + "\r\n");
  }

  /** The bytes in a region of exactly their length. */
  static Region offHeap(byte[] bytes) {
    Region region = new Region(bytes.length);
    Memory.put(region.address(), bytes, 0, bytes.length);
    return region;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
