package dev.millrace.engine.keyspace;

import dev.millrace.engine.memory.Memory;
import java.nio.charset.StandardCharsets;

/**
 * 64-bit numbers as decimal text in off-heap memory. A string is stored as a number exactly when it
 * is that number's canonical text (no sign but a minus, no leading zero, no blank), so that the
 * bytes can be given back as they came. Stateless; any thread.
 */
public final class Decimal {
  /** The longest text of a 64-bit number: a minus and 19 digits. */
  public static final int MAX_LENGTH = 20;

  private static final byte[] LONGEST_POSITIVE =
      "9223372036854775807".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] LONGEST_NEGATIVE =
      "9223372036854775808".getBytes(StandardCharsets.US_ASCII);

  private Decimal() {}

  /** Whether the bytes are the canonical text of a 64-bit number. */
  public static boolean isLong(long address, long length) {
    if (length < 1 || length > MAX_LENGTH) {
      return false;
    }
    byte first = Memory.getByte(address);
    boolean negative = first == '-';
    int digits = (int) length - (negative ? 1 : 0);
    if (digits == 0 || digits > 19) {
      return false;
    }
    long from = address + (negative ? 1 : 0);
    byte leading = Memory.getByte(from);
    if (leading == '0') {
      return digits == 1 && !negative;
    }
    for (int i = 0; i < digits; i++) {
      byte c = Memory.getByte(from + i);
      if (c < '0' || c > '9') {
        return false;
      }
    }
    return digits < 19 || isWithin(from, negative ? LONGEST_NEGATIVE : LONGEST_POSITIVE);
  }

  private static boolean isWithin(long from, byte[] bound) {
    for (int i = 0; i < bound.length; i++) {
      int difference = Memory.getByte(from + i) - bound[i];
      if (difference != 0) {
        return difference < 0;
      }
    }
    return true;
  }

  /** The number whose canonical text the bytes are; {@link #isLong} must hold. */
  public static long parse(long address, long length) {
    boolean negative = Memory.getByte(address) == '-';
    // Gathered below zero, where the smallest number fits too.
    long value = 0;
    for (long i = negative ? 1 : 0; i < length; i++) {
      value = value * 10 - (Memory.getByte(address + i) - '0');
    }
    return negative ? value : -value;
  }

  /** How many bytes {@link #format} writes for the number. */
  public static int length(long value) {
    int length = value < 0 ? 2 : 1;
    for (long rest = value / 10; rest != 0; rest /= 10) {
      length++;
    }
    return length;
  }

  /**
   * Writes the number's text at the address and returns its length, {@link #MAX_LENGTH} at most.
   */
  public static int format(long value, long address) {
    int length = length(value);
    long at = address + length;
    long rest = value;
    do {
      Memory.putByte(--at, (byte) ('0' + Math.abs(rest % 10)));
      rest /= 10;
    } while (rest != 0);
    if (value < 0) {
      Memory.putByte(address, (byte) '-');
    }
    return length;
  }

  static byte[] bytes(long value) {
    return Long.toString(value).getBytes(StandardCharsets.US_ASCII);
  }
}
