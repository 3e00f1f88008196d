package dev.millrace.engine.command.string;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A number of the x87 extended format (64-bit significand, 15-bit exponent), which is what {@code
 * long double} means to the Redis builds people run: INCRBYFLOAT and HINCRBYFLOAT compute in it,
 * and its rounding shows in their replies. Parsing, addition and printing round to nearest, ties to
 * even, exactly as the hardware and the C library do.
 *
 * <p>A finite number is {@code ±significand · 2^exponent} with a significand below 2^64.
 *
 * <p>Immutable.
 */
public final class LongDouble {
  /** Digits after the point in the text form, before zeros at its end are dropped. */
  public static final int FRACTION_DIGITS = 17;

  /** A text of this length or more is no number to Redis. */
  public static final int TEXT_BYTES_MAX = 5 * 1024;

  private static final int SIGNIFICAND_BITS = 64;

  /** Exponent of the lowest bit of the smallest subnormal number. */
  private static final int EXPONENT_MIN = -16445;

  /** Exponent of the lowest bit of the largest finite number. */
  private static final int EXPONENT_MAX = 16383 - 63;

  /** Decimal exponents beyond it are zero or infinity for any digits a text can hold. */
  private static final int DECIMAL_EXPONENT_MAX = 2 * TEXT_BYTES_MAX;

  private static final int EXPONENT_DIGITS_MAX = 8;
  private static final BigInteger SCALE = BigInteger.TEN.pow(FRACTION_DIGITS);

  private final boolean negative;
  private final boolean infinite;
  private final BigInteger significand;
  private final int exponent;

  private LongDouble(boolean negative, boolean infinite, BigInteger significand, int exponent) {
    this.negative = negative;
    this.infinite = infinite;
    this.significand = significand;
    this.exponent = exponent;
  }

  /** The number equal to {@code value}, which the format always holds exactly. */
  public static LongDouble of(long value) {
    return new LongDouble(value < 0, false, BigInteger.valueOf(value).abs(), 0);
  }

  /**
   * Reads what strtold reads (decimal, hexadecimal, infinity) when it is the whole text.
   *
   * @return the number, or null when the text is none, is not-a-number, or is out of range
   */
  public static @Nullable LongDouble parse(byte[] text) {
    if (text.length == 0 || text.length >= TEXT_BYTES_MAX) {
      return null;
    }
    return new Text(new String(text, StandardCharsets.ISO_8859_1)).number();
  }

  /** The sum, or null when it is no number (infinities of both signs). */
  public @Nullable LongDouble plus(LongDouble other) {
    if (infinite || other.infinite) {
      boolean opposed = infinite && other.infinite && negative != other.negative;
      return opposed ? null : infinite ? this : other;
    }
    int lowest = Math.min(exponent, other.exponent);
    BigInteger sum = signed(lowest).add(other.signed(lowest));
    if (sum.signum() == 0) {
      return new LongDouble(negative && other.negative, false, BigInteger.ZERO, 0);
    }
    return rounded(sum.signum() < 0, sum.abs(), lowest, false);
  }

  /** The product with a positive number. */
  public LongDouble times(long factor) {
    return infinite
        ? this
        : rounded(negative, significand.multiply(BigInteger.valueOf(factor)), exponent, false);
  }

  /**
   * The smallest whole number not below this one; {@link Long#MIN_VALUE} when a long cannot hold
   * it, as the processor's conversion has it.
   */
  public long ceiling() {
    if (infinite || significand.bitLength() + exponent > Long.SIZE) {
      return Long.MIN_VALUE;
    }
    BigInteger whole;
    if (exponent >= 0) {
      whole = signed(0);
    } else {
      // Shifting a negative number right rounds down, so the ceiling is the floor turned around.
      BigInteger opposite = negative ? significand : significand.negate();
      whole = opposite.shiftRight(-exponent).negate();
    }
    return whole.bitLength() < Long.SIZE ? whole.longValue() : Long.MIN_VALUE;
  }

  public boolean isInfinite() {
    return infinite;
  }

  /**
   * The number in decimal with up to 17 digits after the point and no zeros at its end; zero has no
   * sign. Only for a finite number.
   */
  @Override
  public String toString() {
    if (infinite) {
      return negative ? "-inf" : "inf";
    }
    BigInteger scaled = significand.multiply(SCALE);
    scaled =
        exponent >= 0 ? scaled.shiftLeft(exponent) : shiftRightRounded(scaled, -exponent, false);
    BigInteger[] parts = scaled.divideAndRemainder(SCALE);
    StringBuilder text = new StringBuilder();
    if (negative && scaled.signum() != 0) {
      text.append('-');
    }
    text.append(parts[0]);
    if (parts[1].signum() != 0) {
      String fraction = parts[1].toString();
      text.append('.').append("0".repeat(FRACTION_DIGITS - fraction.length())).append(fraction);
      int end = text.length();
      while (text.charAt(end - 1) == '0') {
        end--;
      }
      text.setLength(end);
    }
    return text.toString();
  }

  private BigInteger signed(int atExponent) {
    BigInteger value = significand.shiftLeft(exponent - atExponent);
    return negative ? value.negate() : value;
  }

  /**
   * Rounds a positive number to the format.
   *
   * @param inexact the true value is a little more than given, by less than its lowest bit
   */
  private static LongDouble rounded(
      boolean negative, BigInteger magnitude, int exponent, boolean inexact) {
    int excess = magnitude.bitLength() - SIGNIFICAND_BITS;
    int shift = Math.max(excess, EXPONENT_MIN - exponent);
    BigInteger bits = magnitude;
    int scale = exponent;
    if (shift > 0) {
      bits = shiftRightRounded(magnitude, shift, inexact);
      scale += shift;
      if (bits.bitLength() > SIGNIFICAND_BITS) {
        bits = bits.shiftRight(1);
        scale++;
      }
    }
    if (bits.bitLength() - SIGNIFICAND_BITS + scale > EXPONENT_MAX) {
      return new LongDouble(negative, true, BigInteger.ZERO, 0);
    }
    return new LongDouble(negative, false, bits, scale);
  }

  private static BigInteger shiftRightRounded(BigInteger value, int shift, boolean inexact) {
    BigInteger down = value.shiftRight(shift);
    if (!value.testBit(shift - 1)) {
      return down;
    }
    boolean aboveHalf = inexact || value.getLowestSetBit() < shift - 1;
    return aboveHalf || down.testBit(0) ? down.add(BigInteger.ONE) : down;
  }

  /** A text being read. */
  private static final class Text {
    private final String text;
    private int at;
    private boolean negative;

    Text(String text) {
      this.text = text;
    }

    @Nullable LongDouble number() {
      if (text.charAt(0) == '-' || text.charAt(0) == '+') {
        negative = text.charAt(0) == '-';
        at = 1;
      }
      String rest = text.substring(at);
      if (rest.equalsIgnoreCase("inf") || rest.equalsIgnoreCase("infinity")) {
        return new LongDouble(negative, true, BigInteger.ZERO, 0);
      }
      if (rest.startsWith("0x") || rest.startsWith("0X")) {
        at += 2;
        return digits(16, 'p');
      }
      return digits(10, 'e');
    }

    private @Nullable LongDouble digits(int radix, char exponentMark) {
      StringBuilder digits = new StringBuilder();
      int afterPoint = -1;
      for (; at < text.length(); at++) {
        char c = text.charAt(at);
        if (c == '.' && afterPoint < 0) {
          afterPoint = 0;
        } else if (c < 128 && Character.digit(c, radix) >= 0) {
          digits.append(c);
          afterPoint += afterPoint < 0 ? 0 : 1;
        } else {
          break;
        }
      }
      if (digits.isEmpty()) {
        return null;
      }
      int power = 0;
      if (at < text.length()) {
        if (Character.toLowerCase(text.charAt(at)) != exponentMark || !exponentFollows()) {
          return null;
        }
        power = power();
      }
      BigInteger value = new BigInteger(digits.toString(), radix);
      if (value.signum() == 0) {
        return new LongDouble(negative, false, BigInteger.ZERO, 0);
      }
      int places = Math.max(0, afterPoint);
      LongDouble result =
          radix == 16 ? binary(value, power - 4 * places) : decimal(value, power - places);
      boolean lost = result.infinite || result.significand.signum() == 0;
      return lost ? null : result;
    }

    /** Whether all that is left is a mark, perhaps a sign, and digits. */
    private boolean exponentFollows() {
      int i = at + 1;
      if (i < text.length() && (text.charAt(i) == '-' || text.charAt(i) == '+')) {
        i++;
      }
      if (i == text.length()) {
        return false;
      }
      for (; i < text.length(); i++) {
        if (text.charAt(i) < '0' || text.charAt(i) > '9') {
          return false;
        }
      }
      return true;
    }

    private int power() {
      int i = at + 1;
      boolean below = text.charAt(i) == '-';
      if (below || text.charAt(i) == '+') {
        i++;
      }
      while (i < text.length() - 1 && text.charAt(i) == '0') {
        i++;
      }
      String digits = text.substring(i);
      int power =
          digits.length() > EXPONENT_DIGITS_MAX ? Integer.MAX_VALUE / 4 : Integer.parseInt(digits);
      return below ? -power : power;
    }

    private LongDouble binary(BigInteger value, int power) {
      // Clamped so that shifts stay small; any digits a text holds are out of range either way.
      int bound = 2 * -EXPONENT_MIN + 4 * TEXT_BYTES_MAX;
      return rounded(negative, value, Math.max(-bound, Math.min(bound, power)), false);
    }

    private LongDouble decimal(BigInteger value, int power) {
      if (power >= 0) {
        if (power > DECIMAL_EXPONENT_MAX) {
          return new LongDouble(negative, true, BigInteger.ZERO, 0);
        }
        return rounded(negative, value.multiply(BigInteger.TEN.pow(power)), 0, false);
      }
      if (power < -2 * DECIMAL_EXPONENT_MAX) {
        return new LongDouble(negative, false, BigInteger.ZERO, 0);
      }
      BigInteger divisor = BigInteger.TEN.pow(-power);
      // Two bits more than the format holds, and the remainder tells what lies below them.
      int shift = Math.max(0, SIGNIFICAND_BITS + 2 + divisor.bitLength() - value.bitLength());
      BigInteger[] parts = value.shiftLeft(shift).divideAndRemainder(divisor);
      return rounded(negative, parts[0], -shift, parts[1].signum() != 0);
    }
  }
}
