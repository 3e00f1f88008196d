package dev.millrace.engine.script;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;

/**
 * Numbers as C reads and writes them: {@code strtod(3)} takes the longest beginning of a text that
 * is one, {@code printf("%g")} rounds to so many digits.
 */
final class CNumbers {
  private CNumbers() {}

  /** A finite number as {@code printf("%.<precision>g")} writes it. */
  static String text(double value, int precision) {
    if (value == 0) {
      return 1 / value < 0 ? "-0" : "0";
    }
    MathContext kept = new MathContext(precision, RoundingMode.HALF_EVEN);
    BigDecimal rounded = new BigDecimal(value).round(kept).stripTrailingZeros();
    String digits = rounded.unscaledValue().abs().toString();
    int exponent = digits.length() - 1 - rounded.scale();
    StringBuilder text = new StringBuilder(28);
    if (value < 0) {
      text.append('-');
    }
    if (exponent < -4 || exponent >= precision) {
      text.append(digits.charAt(0));
      if (digits.length() > 1) {
        text.append('.').append(digits, 1, digits.length());
      }
      int size = Math.abs(exponent);
      text.append('e').append(exponent < 0 ? '-' : '+').append(size < 10 ? "0" : "").append(size);
    } else if (exponent < 0) {
      text.append("0.").append("0".repeat(-exponent - 1)).append(digits);
    } else if (digits.length() <= exponent + 1) {
      text.append(digits).append("0".repeat(exponent + 1 - digits.length()));
    } else {
      text.append(digits, 0, exponent + 1).append('.').append(digits.substring(exponent + 1));
    }
    return text.toString();
  }

  private static int at(byte[] text, int i) {
    return i < text.length ? text[i] & 0xff : 0;
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isHex(int c) {
    return Character.digit(c, 16) >= 0 && c < 128;
  }

  /** Whether a word in lower case stands there, in any mixture of cases. */
  static boolean isWord(byte[] text, int from, String word) {
    for (int i = 0; i < word.length(); i++) {
      if ((at(text, from + i) | 0x20) != word.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** Where the number that begins at {@code from} ends; {@code from} when there is none. */
  static int end(byte[] text, int from) {
    int p = from;
    if (at(text, p) == '-' || at(text, p) == '+') {
      p++;
    }
    if (isWord(text, p, "infinity")) {
      return p + 8;
    }
    if (isWord(text, p, "inf") || isWord(text, p, "nan")) {
      return p + 3;
    }
    boolean hex =
        at(text, p) == '0'
            && (at(text, p + 1) | 0x20) == 'x'
            && (isHex(at(text, p + 2)) || (at(text, p + 2) == '.' && isHex(at(text, p + 3))));
    if (hex) {
      p += 2;
    }
    int digits = 0;
    while (hex ? isHex(at(text, p)) : isDigit(at(text, p))) {
      p++;
      digits++;
    }
    if (at(text, p) == '.') {
      int fraction = p + 1;
      while (hex ? isHex(at(text, fraction)) : isDigit(at(text, fraction))) {
        fraction++;
        digits++;
      }
      if (digits > 0) {
        p = fraction;
      }
    }
    if (digits == 0) {
      return from;
    }
    if ((at(text, p) | 0x20) == (hex ? 'p' : 'e')) {
      int exponent = p + 1;
      if (at(text, exponent) == '-' || at(text, exponent) == '+') {
        exponent++;
      }
      if (isDigit(at(text, exponent))) {
        while (isDigit(at(text, exponent))) {
          exponent++;
        }
        p = exponent;
      }
    }
    return p;
  }

  /** The number between two positions that {@link #end} gave. */
  static double parse(byte[] text, int from, int end) {
    boolean minus = at(text, from) == '-';
    int p = minus || at(text, from) == '+' ? from + 1 : from;
    double value;
    if (isWord(text, p, "inf")) {
      value = Double.POSITIVE_INFINITY;
    } else if (isWord(text, p, "nan")) {
      value = Double.NaN;
    } else {
      String digits = new String(text, p, end - p, StandardCharsets.ISO_8859_1);
      boolean hex = isWord(text, p, "0x");
      boolean scaled = digits.indexOf('p') >= 0 || digits.indexOf('P') >= 0;
      value = Double.parseDouble(hex && !scaled ? digits + "p0" : digits);
    }
    return minus ? -value : value;
  }
}
