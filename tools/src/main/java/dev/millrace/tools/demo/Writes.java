package dev.millrace.tools.demo;

import dev.millrace.tools.resp.RespConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;

/**
 * SET commands with keys of 16 bytes and values of {@value #VALUE_BYTES} bytes that no compression
 * makes smaller, so that the figures speak of real bytes. Owned by: one thread.
 */
final class Writes {
  static final int VALUE_BYTES = 1000;

  private static final int POOL_BYTES = 1 << 20;
  private static final int KEY_DIGITS = 12;
  private static final byte[] LETTERS =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-"
          .getBytes(StandardCharsets.US_ASCII);

  private final byte[] head =
      ("*3\r\n$3\r\nSET\r\n$16\r\nkey:000000000000\r\n$" + VALUE_BYTES + "\r\n")
          .getBytes(StandardCharsets.US_ASCII);
  private final int keyEnd = new String(head, StandardCharsets.US_ASCII).lastIndexOf("\r\n$");
  private final byte[] pool = new byte[POOL_BYTES];
  private final RandomGenerator random;

  Writes(RandomGenerator random) {
    this.random = random;
    for (int i = 0; i < pool.length; i++) {
      pool[i] = LETTERS[random.nextInt(LETTERS.length)];
    }
  }

  /** Length of one command on the wire. */
  int commandBytes() {
    return head.length + VALUE_BYTES + 2;
  }

  /** Adds {@code SET key:<number> <random value>} to what the connection will send. */
  void set(RespConnection to, long number) throws IOException {
    long left = number;
    for (int i = keyEnd - 1; i >= keyEnd - KEY_DIGITS; i--) {
      head[i] = (byte) ('0' + left % 10);
      left /= 10;
    }
    to.write(head, 0, head.length);
    to.write(pool, random.nextInt(POOL_BYTES - VALUE_BYTES), VALUE_BYTES);
    to.lineEnd();
  }

  /** A random number below {@code bound}. */
  long any(long bound) {
    return random.nextLong(bound);
  }
}
