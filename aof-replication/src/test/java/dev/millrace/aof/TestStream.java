package dev.millrace.aof;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.TreeSet;

/** A stream of commands from a seed: all its bytes, and every offset where a unit ends. */
final class TestStream {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final TreeSet<Long> boundaries = new TreeSet<>();
  private final java.util.random.RandomGenerator random;
  private int number;

  TestStream(long seed) {
    this.random = new java.util.SplittableRandom(seed);
    boundaries.add(0L);
  }

  static byte[] command(String... words) {
    StringBuilder text = new StringBuilder("*" + words.length + "\r\n");
    for (String word : words) {
      text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    return text.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  static byte[] select(int db) {
    return command("SELECT", Integer.toString(db));
  }

  byte[] add(byte[] unit) {
    bytes.writeBytes(unit);
    boundaries.add((long) bytes.size());
    return unit;
  }

  /** A SET, or now and then a transaction of two. */
  byte[] next() {
    number++;
    String value = "v".repeat(random.nextInt(0, 120)) + number;
    byte[] set = command("SET", "key" + random.nextInt(50), value);
    if (random.nextInt(8) != 0) {
      return add(set);
    }
    ByteArrayOutputStream unit = new ByteArrayOutputStream();
    unit.writeBytes(command("MULTI"));
    unit.writeBytes(set);
    unit.writeBytes(command("INCR", "counter"));
    unit.writeBytes(command("EXEC"));
    return add(unit.toByteArray());
  }

  long end() {
    return bytes.size();
  }

  byte[] bytes() {
    return bytes.toByteArray();
  }

  byte[] bytes(long from, long to) {
    return Arrays.copyOfRange(bytes.toByteArray(), (int) from, (int) to);
  }

  /** The last unit end at or before {@code offset}. */
  long boundaryBefore(long offset) {
    return boundaries.floor(offset);
  }

  boolean isBoundary(long offset) {
    return boundaries.contains(offset);
  }
}
