package dev.millrace.engine.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A directive that is a whole number: a count, a time, an amount of memory. */
public final class NumberDirective extends Directive {
  /** How the number is written. */
  enum Form {
    INTEGER,
    OCTAL,
    MEMORY,
    /** Memory up to 2^64-1. */
    UNSIGNED_MEMORY,
    /** Memory, or a percentage of {@code maxmemory}, which is stored as a negative number. */
    MEMORY_OR_PERCENT
  }

  private final Form form;
  private final long initial;
  private final long min;
  private final long max;
  private long clampMin = Long.MIN_VALUE;
  private long clampMax = Long.MAX_VALUE;
  private volatile long value;

  NumberDirective(
      String name, @Nullable String alias, Form form, long initial, long min, long max) {
    super(name, alias);
    this.form = form;
    this.initial = initial;
    this.min = min;
    this.max = max;
    this.value = initial;
  }

  /**
   * The present value; an amount of memory is in bytes. One beyond a signed 64-bit number reads as
   * the largest of these. A percentage is negative.
   */
  public long value() {
    long now = value;
    return now < 0 && form == Form.UNSIGNED_MEMORY ? Long.MAX_VALUE : now;
  }

  /** The present value of a directive whose range fits an int. */
  public int intValue() {
    return (int) value;
  }

  /** Sets it from within the server, for instance to what the system allows. */
  public void value(long number) {
    this.value = number;
  }

  /**
   * The bytes it stands for when it may be a percentage.
   *
   * @param of what a percentage is taken of
   */
  public long bytesOf(long of) {
    long now = value;
    return now >= 0 ? now : (long) (of / 100.0 * -now);
  }

  /** Brings values of the range beyond these bounds silently back to them. */
  NumberDirective clampedTo(long least, long most) {
    clampMin = least;
    clampMax = most;
    return this;
  }

  @Override
  void parse(List<String> arguments) throws ConfigException {
    long number = parseNumber(arguments.get(0));
    value = form == Form.UNSIGNED_MEMORY ? number : Math.clamp(number, clampMin, clampMax);
  }

  private long parseNumber(String text) throws ConfigException {
    return switch (form) {
      case INTEGER -> inRange(decimal(text));
      case OCTAL -> inRange(octal(text));
      case MEMORY, UNSIGNED_MEMORY -> inRange(memory(text, "argument must be a memory value"));
      case MEMORY_OR_PERCENT -> memoryOrPercent(text);
    };
  }

  private long inRange(long number) throws ConfigException {
    boolean inside;
    if (form == Form.UNSIGNED_MEMORY) {
      inside = Long.compareUnsigned(number, min) >= 0 && Long.compareUnsigned(number, max) <= 0;
    } else {
      inside = number >= min && number <= max;
    }
    if (inside) {
      return number;
    }
    if (form == Form.OCTAL) {
      throw new ConfigException(
          "argument must be between "
              + Long.toOctalString(min)
              + " and "
              + Long.toOctalString(max)
              + " inclusive");
    }
    throw new ConfigException("argument must be between " + min + " and " + max + " inclusive");
  }

  /** Digits with an optional minus, no leading zero, as the protocol writes numbers. */
  private static long decimal(String text) throws ConfigException {
    int first = text.startsWith("-") ? 1 : 0;
    boolean plain = text.length() > first && text.length() <= 20;
    for (int i = first; plain && i < text.length(); i++) {
      plain = text.charAt(i) >= '0' && text.charAt(i) <= '9';
    }
    plain = plain && (text.charAt(first) != '0' || text.length() == 1);
    if (plain) {
      try {
        return Long.parseLong(text);
      } catch (NumberFormatException beyondLong) {
        // Falls through to the error below.
      }
    }
    throw new ConfigException("argument couldn't be parsed into an integer");
  }

  private static long octal(String text) throws ConfigException {
    try {
      long number = Long.parseLong(text, 8);
      if (number >= 0 && number <= 0777) {
        return number;
      }
    } catch (NumberFormatException notOctal) {
      // Falls through to the error below.
    }
    throw new ConfigException("argument couldn't be parsed as an octal number");
  }

  private static long memory(String text, String error) throws ConfigException {
    try {
      return MemoryText.parse(text);
    } catch (NumberFormatException notMemory) {
      throw new ConfigException(error);
    }
  }

  private long memoryOrPercent(String text) throws ConfigException {
    String error = "argument must be a memory or percent value";
    if (!text.endsWith("%")) {
      return inRange(memory(text, error));
    }
    String digits = text.substring(0, text.length() - 1);
    if (digits.isEmpty() || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw new ConfigException(error);
    }
    if (digits.length() > 9 || Long.parseLong(digits) > 100) {
      throw new ConfigException("percentage argument must be less or equal to 100");
    }
    return -Long.parseLong(digits);
  }

  @Override
  public String text() {
    long now = value;
    return switch (form) {
      case INTEGER, MEMORY -> Long.toString(now);
      case OCTAL -> Long.toOctalString(now);
      case UNSIGNED_MEMORY -> Long.toUnsignedString(now);
      case MEMORY_OR_PERCENT -> now < 0 ? -now + "%" : Long.toString(now);
    };
  }

  @Override
  String fileText() {
    long now = value;
    return switch (form) {
      case MEMORY, UNSIGNED_MEMORY -> MemoryText.format(now);
      case MEMORY_OR_PERCENT -> now < 0 ? text() : MemoryText.format(now);
      case INTEGER, OCTAL -> text();
    };
  }

  @Override
  Object snapshot() {
    return value;
  }

  @Override
  void restore(Object snapshot) {
    value = (Long) snapshot;
  }

  @Override
  Object defaultSnapshot() {
    return initial;
  }
}
