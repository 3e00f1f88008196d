package dev.millrace.engine.snapshot;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;

/** Bytes off-heap for one test: exactly as long as given, so that reading past them is a fault. */
final class Bytes implements AutoCloseable {
  private final Region region;
  private final int length;

  private Bytes(byte[] content) {
    length = content.length;
    region = new Region(Math.max(1, length));
    Memory.put(region.address(), content, 0, length);
  }

  static Bytes of(byte[] content) {
    return new Bytes(content);
  }

  static Bytes of(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  long address() {
    return region.address();
  }

  int length() {
    return length;
  }

  @Override
  public void close() {
    region.close();
  }

  /** Values of all kinds: numbers and almost-numbers, texts that compress, noise, any length. */
  static byte[] someValue(RandomGenerator random, int lengthMax) {
    return switch (random.nextInt(5)) {
      case 0 ->
          Long.toString(random.nextLong() >> random.nextInt(64))
              .getBytes(StandardCharsets.US_ASCII);
      case 1 -> noise(random, random.nextInt(12));
      case 2 -> noise(random, random.nextInt(lengthMax));
      case 3 -> almostNumber(random).getBytes(StandardCharsets.US_ASCII);
      default -> text(random, random.nextInt(lengthMax));
    };
  }

  static byte[] noise(RandomGenerator random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Words from a small stock: compresses well. */
  static byte[] text(RandomGenerator random, int length) {
    byte[] bytes = new byte[length];
    byte[] words =
        "offset segment backlog ledger replica stream ".getBytes(StandardCharsets.US_ASCII);
    int at = 0;
    while (at < length) {
      int from = random.nextInt(words.length - 8);
      int count = Math.min(length - at, 3 + random.nextInt(6));
      System.arraycopy(words, from, bytes, at, count);
      at += count;
    }
    return bytes;
  }

  private static String almostNumber(RandomGenerator random) {
    String[] samples = {
      "-0",
      "+1",
      "01",
      "-01",
      "1 ",
      " 1",
      "--1",
      "1e3",
      "0x1",
      "-",
      "",
      "0",
      "-1",
      "127",
      "128",
      "-128",
      "-129",
      "32767",
      "32768",
      "-32768",
      "-32769",
      "2147483647",
      "2147483648",
      "-2147483648",
      "-2147483649",
      "9223372036854775807",
      "-9223372036854775808",
      "99999999999"
    };
    return samples[random.nextInt(samples.length)];
  }
}
