package dev.millrace.engine.memory;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;

/**
 * Doubles as text in off-heap memory, as C's {@code printf("%.17g")} writes them: enough digits
 * that reading gives the same double again. Stateless; any thread.
 *
 * <p>Nothing is allocated for whole numbers below 1e17 and for what lies between 1e-5 and 1e17: the
 * digits come from one exact product of 128 bits, rounded half to even.
 */
public final class RealText {
  /** The longest text: a minus, 17 digits, a point, e, a sign and three digits. */
  public static final int MAX_LENGTH = 24;

  private static final int DIGITS = 17;
  private static final long MANTISSA_MASK = (1L << 52) - 1;
  private static final double WHOLE_MAX = 1e17;
  private static final double EXACT_MIN = 1e-5;
  private static final long POWER_16 = 10_000_000_000_000_000L;
  private static final long POWER_17 = POWER_16 * 10;
  private static final int POWER_MAX = 19;
  private static final long[] POWERS = new long[POWER_MAX + 1];
  private static final MathContext SEVENTEEN = new MathContext(DIGITS, RoundingMode.HALF_EVEN);

  static {
    POWERS[0] = 1;
    for (int i = 1; i <= POWER_MAX; i++) {
      POWERS[i] = POWERS[i - 1] * 10;
    }
  }

  private RealText() {}

  /**
   * Writes the text; inf, -inf and nan as these words.
   *
   * @return how many bytes that was, {@link #MAX_LENGTH} at most
   */
  public static int write(double value, long to) {
    if (Double.isNaN(value)) {
      return word(to, 'n', 'a', 'n');
    }
    long bits = Double.doubleToRawLongBits(value);
    long at = to;
    if (bits < 0) {
      Memory.putByte(at++, (byte) '-');
    }
    double size = Math.abs(value);
    if (Double.isInfinite(size)) {
      at += word(at, 'i', 'n', 'f');
    } else if (size < WHOLE_MAX && size == Math.rint(size)) {
      at = Decimal.write(at, (long) size);
    } else if (size >= EXACT_MIN && size < WHOLE_MAX) {
      at = exact(size, at);
    } else {
      BigDecimal rounded = new BigDecimal(size).round(SEVENTEEN).stripTrailingZeros();
      long digits = rounded.unscaledValue().longValue();
      int count = Decimal.length(digits);
      at = layOut(digits, count, count - 1 - rounded.scale(), at);
    }
    return (int) (at - to);
  }

  /**
   * Writes a number below 2^63 / 10^decimals in size (unsigned: 2^64) with so many digits behind
   * the point, rounded half to even, as {@code printf("%.4f")} does.
   *
   * @param decimals up to 19
   * @param trimmed whether zeros at the end are left out, and the point when nothing follows it
   * @return how many bytes that was
   */
  public static int writeFixed(double value, int decimals, boolean trimmed, long to) {
    long bits = Double.doubleToRawLongBits(value);
    long mantissa = (bits & MANTISSA_MASK) | (MANTISSA_MASK + 1);
    int shift = 1075 - (int) (bits >>> 52 & 0x7FF);
    long digits = 0;
    if (shift <= 0) {
      digits = ((long) Math.abs(value)) * POWERS[decimals];
    } else if (shift < 128 && value != 0) {
      long power = POWERS[decimals];
      digits = rounded(Math.unsignedMultiplyHigh(mantissa, power), mantissa * power, shift);
    }
    long at = to;
    if (bits < 0 && (digits != 0 || !trimmed)) {
      Memory.putByte(at++, (byte) '-');
    }
    at = Decimal.write(at, Long.divideUnsigned(digits, POWERS[decimals]));
    long fraction = Long.remainderUnsigned(digits, POWERS[decimals]);
    int length = decimals;
    while (trimmed && length > 0 && fraction % 10 == 0) {
      fraction /= 10;
      length--;
    }
    if (length > 0) {
      Memory.putByte(at++, (byte) '.');
      for (int i = Decimal.length(fraction); i < length; i++) {
        Memory.putByte(at++, (byte) '0');
      }
      at = Decimal.write(at, fraction);
    }
    return (int) (at - to);
  }

  /** The text as a string. Allocates. */
  public static String text(double value) {
    try (Region scratch = new Region(MAX_LENGTH)) {
      int length = write(value, scratch.address());
      return new String(Memory.bytes(scratch.address(), length), StandardCharsets.US_ASCII);
    }
  }

  private static int word(long to, char a, char b, char c) {
    Memory.putByte(to, (byte) a);
    Memory.putByte(to + 1, (byte) b);
    Memory.putByte(to + 2, (byte) c);
    return 3;
  }

  /**
   * A fraction m / 2^k, m below 2^53 and k below 70, as the whole number nearest to it times 10^p.
   */
  private static long exact(double size, long to) {
    long bits = Double.doubleToRawLongBits(size);
    long mantissa = (bits & MANTISSA_MASK) | (MANTISSA_MASK + 1);
    int shift = 1075 - (int) (bits >>> 52);
    int exponent = exponent(size);
    int power = DIGITS - 1 - exponent;
    long low = mantissa * POWERS[Math.min(power, POWER_MAX)];
    long high = Math.unsignedMultiplyHigh(mantissa, POWERS[Math.min(power, POWER_MAX)]);
    if (power > POWER_MAX) {
      long more = POWERS[power - POWER_MAX];
      high = high * more + Math.unsignedMultiplyHigh(low, more);
      low *= more;
    }
    long digits = rounded(high, low, shift);
    if (digits == POWER_17) {
      digits = POWER_16;
      exponent++;
    }
    int count = DIGITS;
    while (digits % 10 == 0) {
      digits /= 10;
      count--;
    }
    return layOut(digits, count, exponent, to);
  }

  /** The power of ten of the first digit. The doubles compared with lie just above those powers. */
  private static int exponent(double size) {
    if (size >= 1) {
      return Decimal.length((long) size) - 1;
    }
    if (size >= 1e-1) {
      return -1;
    }
    if (size >= 1e-2) {
      return -2;
    }
    if (size >= 1e-3) {
      return -3;
    }
    return size >= 1e-4 ? -4 : -5;
  }

  /** The 128-bit number over 2^shift, rounded half to even. */
  private static long rounded(long high, long low, int shift) {
    long whole;
    int half;
    if (shift < 64) {
      whole = (high << (64 - shift)) | (low >>> shift);
      half = Long.compareUnsigned(low << (64 - shift), Long.MIN_VALUE);
    } else if (shift == 64) {
      whole = high;
      half = Long.compareUnsigned(low, Long.MIN_VALUE);
    } else {
      whole = high >>> (shift - 64);
      half = Long.compareUnsigned(high << (128 - shift), Long.MIN_VALUE);
      if (half == 0 && low != 0) {
        half = 1;
      }
    }
    return half > 0 || (half == 0 && (whole & 1) != 0) ? whole + 1 : whole;
  }

  /** Digits without trailing zeros, the first of which stands for 10^exponent, as %g shows them. */
  private static long layOut(long digits, int count, int exponent, long to) {
    if (exponent < -4 || exponent >= DIGITS) {
      return layOutScientific(digits, count, exponent, to);
    }
    if (exponent < 0) {
      Memory.putByte(to, (byte) '0');
      Memory.putByte(to + 1, (byte) '.');
      long at = to + 2;
      for (int i = -1; i > exponent; i--) {
        Memory.putByte(at++, (byte) '0');
      }
      return Decimal.write(at, digits);
    }
    int whole = exponent + 1;
    if (count <= whole) {
      return Decimal.write(to, digits * POWERS[whole - count]);
    }
    long end = Decimal.write(to + 1, digits);
    Memory.copy(to + 1, to, whole);
    Memory.putByte(to + whole, (byte) '.');
    return end;
  }

  private static long layOutScientific(long digits, int count, int exponent, long to) {
    long at;
    if (count == 1) {
      at = Decimal.write(to, digits);
    } else {
      at = Decimal.write(to + 1, digits);
      Memory.putByte(to, Memory.getByte(to + 1));
      Memory.putByte(to + 1, (byte) '.');
    }
    Memory.putByte(at++, (byte) 'e');
    Memory.putByte(at++, (byte) (exponent < 0 ? '-' : '+'));
    int size = Math.abs(exponent);
    if (size < 10) {
      Memory.putByte(at++, (byte) '0');
    }
    return Decimal.write(at, size);
  }
}
