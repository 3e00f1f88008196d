package dev.millrace.engine.protocol;

import dev.millrace.engine.memory.Memory;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Numbers as text: integers straight into memory, doubles as C's {@code %.17g} has them. */
public final class Decimal {
  /** Most bytes {@link #write} writes. */
  public static final int LENGTH_MAX = 20;

  private static final MathContext SEVENTEEN = new MathContext(17, RoundingMode.HALF_EVEN);

  private Decimal() {}

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

  /** A finite double as {@code printf("%.17g")} prints it. Allocates. */
  public static String percent17g(double value) {
    if (value == 0) {
      return 1 / value < 0 ? "-0" : "0";
    }
    BigDecimal rounded = new BigDecimal(value).round(SEVENTEEN).stripTrailingZeros();
    String digits = rounded.unscaledValue().abs().toString();
    int exponent = digits.length() - 1 - rounded.scale();
    StringBuilder text = new StringBuilder(28);
    if (value < 0) {
      text.append('-');
    }
    if (exponent < -4 || exponent >= 17) {
      text.append(digits.charAt(0));
      if (digits.length() > 1) {
        text.append('.').append(digits, 1, digits.length());
      }
      text.append('e').append(exponent < 0 ? '-' : '+');
      int size = Math.abs(exponent);
      if (size < 10) {
        text.append('0');
      }
      text.append(size);
    } else if (exponent < 0) {
      text.append("0.").append("0".repeat(-exponent - 1)).append(digits);
    } else if (digits.length() <= exponent + 1) {
      text.append(digits).append("0".repeat(exponent + 1 - digits.length()));
    } else {
      text.append(digits, 0, exponent + 1)
          .append('.')
          .append(digits, exponent + 1, digits.length());
    }
    return text.toString();
  }
}
