package dev.millrace.engine.memory;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Reads doubles from text in off-heap memory as C's {@code strtod} does: blanks before it, a sign,
 * decimal or hexadecimal digits with a point and an exponent, {@code inf}, {@code infinity}, {@code
 * nan}; what stands behind the number is left. The double is the nearest one, ties to even.
 *
 * <p>Decimal text is turned by one or two products of 128 bits with a table of powers of five
 * (Lemire, "Number parsing at a gigabyte per second", 2021), without allocation; only hexadecimal
 * text, and text of more than 19 digits that lies next to the middle between two doubles, goes
 * through the library.
 *
 * <p>Owned by: one thread.
 */
public final class RealParser {
  private static final int POWER_MIN = -342;
  private static final int POWER_MAX = 308;
  private static final int DIGITS_MAX = 19;
  private static final int EXPONENT_MAX = 100_000;
  private static final int BIAS = 1023;
  private static final int MANTISSA_BITS = 52;
  private static final int INFINITE = 0x7FF;

  /** The highest 128 bits of each power of five, high word first. */
  private static final long[] FIVES = fives();

  private double value;
  private int consumed;
  private boolean outOfRange;

  private static long[] fives() {
    long[] table = new long[2 * (POWER_MAX - POWER_MIN + 1)];
    BigInteger five = BigInteger.valueOf(5);
    for (int q = POWER_MIN; q <= POWER_MAX; q++) {
      BigInteger power = five.pow(Math.abs(q));
      if (q < 0) {
        // Rounded up, so that the product is never below the truth by a whole unit.
        int bits = power.subtract(BigInteger.ONE).bitLength();
        int scale = q >= -27 ? bits + 127 : 2 * bits + 128;
        power = BigInteger.ONE.shiftLeft(scale).divide(power).add(BigInteger.ONE);
      }
      power = power.shiftLeft(128 - power.bitLength());
      table[2 * (q - POWER_MIN)] = power.shiftRight(64).longValue();
      table[2 * (q - POWER_MIN) + 1] = power.longValue();
    }
    return table;
  }

  /** The double that was read; 0 when there was none. */
  public double value() {
    return value;
  }

  /** How many bytes were read, blanks before the number included; 0 when there was none. */
  public int consumed() {
    return consumed;
  }

  /** Whether the number is too large for a double, or not zero but turned to zero. */
  public boolean outOfRange() {
    return outOfRange;
  }

  /** Reads a double from the beginning of these bytes; a zero byte ends them. */
  public void parse(long address, int length) {
    value = 0;
    consumed = 0;
    outOfRange = false;
    int at = 0;
    while (at < length && isBlank(Memory.getByte(address + at))) {
      at++;
    }
    boolean negative = false;
    if (at < length) {
      byte sign = Memory.getByte(address + at);
      negative = sign == '-';
      at += negative || sign == '+' ? 1 : 0;
    }
    if (at == length) {
      return;
    }
    byte first = Memory.getByte(address + at);
    if (first == '0'
        && at + 2 < length
        && (Memory.getByte(address + at + 1) | 0x20) == 'x'
        && hexadecimal(address, at, length)) {
      value = negative ? -value : value;
      return;
    }
    if ((first | 0x20) == 'i' || (first | 0x20) == 'n') {
      word(address, at, length);
    } else {
      decimal(address, at, length);
    }
    value = negative && consumed > 0 ? -value : value;
  }

  private void word(long address, int from, int length) {
    if (spells(address, from, length, "infinity")) {
      value = Double.POSITIVE_INFINITY;
      consumed = from + 8;
    } else if (spells(address, from, length, "inf")) {
      value = Double.POSITIVE_INFINITY;
      consumed = from + 3;
    } else if (spells(address, from, length, "nan")) {
      value = Double.NaN;
      consumed = from + 3;
    }
  }

  private static boolean spells(long address, int from, int length, String word) {
    if (length - from < word.length()) {
      return false;
    }
    for (int i = 0; i < word.length(); i++) {
      if ((Memory.getByte(address + from + i) | 0x20) != word.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private void decimal(long address, int from, int length) {
    long digits = 0;
    int digitCount = 0;
    int dropped = 0;
    boolean lost = false;
    boolean any = false;
    int point = -1;
    int at = from;
    for (; at < length; at++) {
      byte c = Memory.getByte(address + at);
      if (c == '.' && point < 0) {
        point = at;
        continue;
      }
      if (c < '0' || c > '9') {
        break;
      }
      any = true;
      if (digitCount < DIGITS_MAX) {
        digits = digits * 10 + (c - '0');
        digitCount += digits == 0 ? 0 : 1;
        dropped -= point >= 0 ? 1 : 0;
      } else {
        lost |= c != '0';
        dropped += point >= 0 ? 0 : 1;
      }
    }
    if (!any) {
      return;
    }
    consumed = at;
    long power = (long) dropped + exponent(address, at, length);
    value = nearest(digits, power);
    if (lost && nearest(digits + 1, power) != value) {
      byte[] text = Memory.bytes(address + from, consumed - from);
      value = Double.parseDouble(new String(text, StandardCharsets.US_ASCII));
    }
    outOfRange = Double.isInfinite(value) || (value == 0 && digits != 0);
  }

  /** Reads an exponent, if there is one, and moves {@link #consumed} behind it. */
  private int exponent(long address, int from, int length) {
    if (from == length || (Memory.getByte(address + from) | 0x20) != 'e') {
      return 0;
    }
    int at = from + 1;
    boolean negative = false;
    if (at < length) {
      byte sign = Memory.getByte(address + at);
      negative = sign == '-';
      at += negative || sign == '+' ? 1 : 0;
    }
    int begin = at;
    int exponent = 0;
    for (; at < length; at++) {
      byte c = Memory.getByte(address + at);
      if (c < '0' || c > '9') {
        break;
      }
      exponent = Math.min(exponent * 10 + (c - '0'), EXPONENT_MAX * 10);
    }
    if (at == begin) {
      return 0;
    }
    consumed = at;
    return negative ? -exponent : exponent;
  }

  /** The double nearest to digits * 10^power, digits being unsigned. */
  private static double nearest(long digits, long power) {
    if (digits == 0 || power < POWER_MIN) {
      return 0;
    }
    if (power > POWER_MAX) {
      return Double.POSITIVE_INFINITY;
    }
    int zeros = Long.numberOfLeadingZeros(digits);
    long w = digits << zeros;
    int q = (int) power;
    int index = 2 * (q - POWER_MIN);
    long high = Math.unsignedMultiplyHigh(w, FIVES[index]);
    long low = w * FIVES[index];
    if ((high & 0x1FF) == 0x1FF) {
      long more = Math.unsignedMultiplyHigh(w, FIVES[index + 1]);
      low += more;
      if (Long.compareUnsigned(more, low) > 0) {
        high++;
      }
    }
    int upper = (int) (high >>> 63);
    int shift = upper + 64 - MANTISSA_BITS - 3;
    long mantissa = high >>> shift;
    int exponent = (((152170 + 65536) * q) >> 16) + 63 + upper - zeros + BIAS;
    if (exponent <= 0) {
      if (1 - exponent >= 64) {
        return 0;
      }
      mantissa >>>= 1 - exponent;
      mantissa += mantissa & 1;
      // A mantissa that rounds up to the lowest normal number carries into the exponent by itself.
      return Double.longBitsToDouble(mantissa >>> 1);
    }
    if (Long.compareUnsigned(low, 1) <= 0
        && q >= -4
        && q <= 23
        && (mantissa & 3) == 1
        && mantissa << shift == high) {
      mantissa &= ~1L; // exactly in the middle: to even
    }
    mantissa += mantissa & 1;
    mantissa >>>= 1;
    if (mantissa >= 2L << MANTISSA_BITS) {
      mantissa = 1L << MANTISSA_BITS;
      exponent++;
    }
    if (exponent >= INFINITE) {
      return Double.POSITIVE_INFINITY;
    }
    mantissa &= ~(1L << MANTISSA_BITS);
    return Double.longBitsToDouble((long) exponent << MANTISSA_BITS | mantissa);
  }

  /** Reads hexadecimal digits behind "0x"; false when there are none, and "0" is the number. */
  private boolean hexadecimal(long address, int from, int length) {
    int at = from + 2;
    boolean any = false;
    boolean point = false;
    boolean zero = true;
    for (; at < length; at++) {
      byte c = Memory.getByte(address + at);
      if (c == '.' && !point) {
        point = true;
        continue;
      }
      if (Character.digit(c, 16) < 0) {
        break;
      }
      any = true;
      zero &= c == '0';
    }
    if (!any) {
      return false;
    }
    int digitsEnd = at;
    consumed = at;
    String exponent = "p0";
    if (at < length && (Memory.getByte(address + at) | 0x20) == 'p') {
      int begin = at++;
      if (at < length
          && (Memory.getByte(address + at) == '-' || Memory.getByte(address + at) == '+')) {
        at++;
      }
      int firstDigit = at;
      while (at < length
          && Memory.getByte(address + at) >= '0'
          && Memory.getByte(address + at) <= '9') {
        at++;
      }
      if (at > firstDigit) {
        consumed = at;
        exponent = text(address, begin, at);
      }
    }
    value = Double.parseDouble(text(address, from, digitsEnd) + exponent);
    outOfRange = Double.isInfinite(value) || (value == 0 && !zero);
    return true;
  }

  private static String text(long address, int from, int to) {
    byte[] bytes = Memory.bytes(address + from, to - from);
    return new String(bytes, StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT);
  }

  private static boolean isBlank(byte c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }

  @Override
  public String toString() {
    return "RealParser{value=" + value + ", consumed=" + consumed + "}";
  }
}
