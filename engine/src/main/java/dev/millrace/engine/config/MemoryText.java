package dev.millrace.engine.config;

import java.util.Locale;

/** Amounts of memory as people write them: {@code 512}, {@code 64mb}, {@code 1g}. */
final class MemoryText {
  private static final long KILO = 1024L;
  private static final long MEGA = 1024L * 1024;
  private static final long GIGA = 1024L * 1024 * 1024;

  private MemoryText() {}

  /**
   * Bytes of {@code text}: digits and one of b, k, kb, m, mb, g, gb in any case, where k is 1000
   * and kb is 1024. An empty text is 0. The result is an unsigned 64-bit number.
   *
   * @throws NumberFormatException when it is none
   */
  static long parse(String text) {
    int digits = 0;
    while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
      digits++;
    }
    long factor =
        switch (text.substring(digits).toLowerCase(Locale.ROOT)) {
          case "", "b" -> 1;
          case "k" -> 1000;
          case "kb" -> KILO;
          case "m" -> 1000_000;
          case "mb" -> MEGA;
          case "g" -> 1000_000_000;
          case "gb" -> GIGA;
          default -> throw new NumberFormatException(text);
        };
    if (digits == 0) {
      if (!text.isEmpty()) {
        throw new NumberFormatException(text);
      }
      return 0;
    }
    long amount = Long.parseUnsignedLong(text.substring(0, digits));
    if (factor > 1 && Long.compareUnsigned(amount, Long.divideUnsigned(-1L, factor)) > 0) {
      throw new NumberFormatException(text);
    }
    return amount * factor;
  }

  /** The shortest exact form: whole gigabytes, megabytes or kilobytes, else bytes. */
  static String format(long bytes) {
    if (bytes > 0 && bytes % GIGA == 0) {
      return bytes / GIGA + "gb";
    }
    if (bytes > 0 && bytes % MEGA == 0) {
      return bytes / MEGA + "mb";
    }
    if (bytes > 0 && bytes % KILO == 0) {
      return bytes / KILO + "kb";
    }
    return Long.toUnsignedString(bytes);
  }
}
