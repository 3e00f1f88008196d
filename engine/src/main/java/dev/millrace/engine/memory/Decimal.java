package dev.millrace.engine.memory;

import java.nio.charset.StandardCharsets;

/**
 * 64-bit numbers as decimal text in off-heap memory. A string is stored as a number exactly when it
 * is that number's canonical text (no sign but a minus, no leading zero, no blank), so that the
 * bytes can be given back as they came. Stateless; any thread.
 */
public final class Decimal {
  /** The longest text of a 64-bit number: a minus and 19 digits. */
  public static final int MAX_LENGTH = 20;

  /** 10^19, the smallest unsigned number of 20 digits, which is below zero as a signed one. */
  private static final long UNSIGNED_20_DIGITS = Long.parseUnsignedLong("10000000000000000000");

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

  /** Number of bytes of the decimal form, a minus included. */
  public static int length(long value) {
    if (value == Long.MIN_VALUE) {
      return 20;
    }
    int sign = value < 0 ? 1 : 0;
    long rest = Math.abs(value);
    int digits = 1;
    while (rest >= 10) {
      rest /= 10;
      digits++;
    }
    return sign + digits;
  }

  /**
   * Writes the decimal form.
   *
   * @return the address after its last byte
   */
  public static long write(long to, long value) {
    if (value >= 0 && value < 10) {
      Memory.putByte(to, (byte) ('0' + value));
      return to + 1;
    }
    long end = to + length(value);
    // Counting below zero, for the smallest long has no positive counterpart.
    long rest = value < 0 ? value : -value;
    long at = end;
    do {
      long tens = rest / 10;
      at--;
      Memory.putByte(at, (byte) ('0' + (tens * 10 - rest)));
      rest = tens;
    } while (rest != 0);
    if (value < 0) {
      Memory.putByte(to, (byte) '-');
    }
    return end;
  }

  /** As {@link #write}, for who wants the number of bytes: {@link #MAX_LENGTH} at most. */
  public static int format(long value, long address) {
    return (int) (write(address, value) - address);
  }

  /** As {@link #length}, for a number without a sign: all 64 bits count. */
  public static int unsignedLength(long value) {
    if (value >= 0) {
      return length(value);
    }
    return value >= UNSIGNED_20_DIGITS ? 20 : 19;
  }

  /** As {@link #write}, for a number without a sign. */
  public static long writeUnsigned(long to, long value) {
    if (value >= 0) {
      return write(to, value);
    }
    long tens = Long.divideUnsigned(value, 10);
    long end = write(to, tens);
    Memory.putByte(end, (byte) ('0' + (value - tens * 10)));
    return end + 1;
  }

  /** The text as an array. Allocates. */
  public static byte[] bytes(long value) {
    return Long.toString(value).getBytes(StandardCharsets.US_ASCII);
  }
}
