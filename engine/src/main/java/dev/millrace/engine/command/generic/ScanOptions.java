package dev.millrace.engine.command.generic;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.struct.Element;
import java.nio.charset.StandardCharsets;

/**
 * What SCAN, HSCAN, SSCAN and ZSCAN are asked: where to go on, how much to do, which elements to
 * show. Filled by {@link #cursor} and {@link #read}, in this order, with the look-up of the key
 * between them where there is one.
 *
 * <p>Owned by: executor thread.
 */
public final class ScanOptions {
  private static final byte[] MATCH = "match".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] COUNT = "count".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] TYPE = "type".getBytes(StandardCharsets.US_ASCII);
  private static final CommandError INVALID_CURSOR = new CommandError("ERR invalid cursor");

  private static final long COUNT_DEFAULT = 10;

  /** An empty stretch of a table ends a call after so many steps for each element asked for. */
  private static final long STEPS_PER_ELEMENT = 10;

  private long count;
  private boolean everything;
  private long pattern;
  private int patternLength;
  private int typeArgument;

  /**
   * The cursor at an argument, as strtoul reads it: a sign is let pass, and nothing at all is zero.
   *
   * @throws CommandError "ERR invalid cursor"
   */
  public static long cursor(Call call, int argument) {
    long address = call.address(argument);
    int length = call.length(argument);
    int at = 0;
    boolean negative = false;
    if (length > 0) {
      byte first = Memory.getByte(address);
      negative = first == '-';
      at = negative || first == '+' ? 1 : 0;
    }
    if (at == length && length > 0) {
      throw INVALID_CURSOR;
    }
    long value = 0;
    for (; at < length; at++) {
      int digit = Memory.getByte(address + at) - '0';
      boolean overflows =
          Long.compareUnsigned(value, Long.divideUnsigned(-1L - Math.max(0, digit), 10)) > 0;
      if (digit < 0 || digit > 9 || overflows) {
        throw INVALID_CURSOR;
      }
      value = value * 10 + digit;
    }
    return negative ? -value : value;
  }

  /**
   * Reads the options from an argument to the end.
   *
   * @param withType whether TYPE is one of them
   * @throws CommandError as Redis refuses them
   */
  public void read(Call call, int from, boolean withType) {
    count = COUNT_DEFAULT;
    everything = true;
    typeArgument = 0;
    for (int i = from; i < call.argc(); i += 2) {
      boolean hasValue = i + 1 < call.argc();
      if (hasValue && call.is(i, COUNT)) {
        count = call.longArgument(i + 1);
        if (count < 1) {
          throw CommandError.SYNTAX;
        }
      } else if (hasValue && call.is(i, MATCH)) {
        pattern = call.address(i + 1);
        patternLength = call.length(i + 1);
        everything = GlobPattern.isEverything(pattern, patternLength);
      } else if (hasValue && withType && call.is(i, TYPE)) {
        typeArgument = i + 1;
      } else {
        throw CommandError.SYNTAX;
      }
    }
  }

  /** How many elements to go over, at least 1. */
  public long count() {
    return count;
  }

  /** How many steps of the table to take at most, whatever they bring. */
  public long steps() {
    return count > Long.MAX_VALUE / STEPS_PER_ELEMENT ? Long.MAX_VALUE : count * STEPS_PER_ELEMENT;
  }

  /** The argument that names a type, or 0. */
  public int typeArgument() {
    return typeArgument;
  }

  /** Whether an element is to be shown. */
  public boolean matches(long address, int length) {
    return everything || GlobPattern.matches(pattern, patternLength, address, length);
  }

  /** Whether an element is to be shown. */
  public boolean matches(Element element) {
    if (everything || !element.isInteger()) {
      return everything || matches(element.address(), element.length());
    }
    return GlobPattern.matches(pattern, patternLength, Decimal.bytes(element.integer()));
  }
}
