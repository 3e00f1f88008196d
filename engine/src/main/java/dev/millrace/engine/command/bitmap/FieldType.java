package dev.millrace.engine.command.bitmap;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;

/**
 * Whole numbers of 1 to 64 bits, signed ({@code i8}) or not ({@code u8}, up to 63 bits). A type is
 * written as one int, the number of bits, negative when signed. Stateless; any thread.
 */
final class FieldType {
  /** What becomes of a number that does not fit. */
  enum Overflow {
    WRAP,
    SATURATE,
    FAIL
  }

  private static final CommandError BAD_TYPE =
      new CommandError(
          "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but"
              + " i64 is.");

  private FieldType() {}

  /**
   * The type an argument names.
   *
   * @throws CommandError when it names none
   */
  static int parse(Call call, int argument) {
    long address = call.address(argument);
    int length = call.length(argument);
    byte kind = length == 0 ? 0 : Memory.getByte(address);
    if (kind != 'i' && kind != 'u') {
      throw BAD_TYPE;
    }
    int digits = 0;
    // As C reads it: up to its first zero byte.
    while (digits < length - 1 && Memory.getByte(address + 1 + digits) != 0) {
      digits++;
    }
    if (!Decimal.isLong(address + 1, digits)) {
      throw BAD_TYPE;
    }
    long bits = Decimal.parse(address + 1, digits);
    if (bits < 1 || bits > (kind == 'i' ? 64 : 63)) {
      throw BAD_TYPE;
    }
    return kind == 'i' ? (int) -bits : (int) bits;
  }

  static int bits(int type) {
    return Math.abs(type);
  }

  /** The number that the low bits of {@code raw} are in this type. */
  static long number(int type, long raw) {
    int unused = 64 - bits(type);
    return type < 0 ? raw << unused >> unused : raw << unused >>> unused;
  }

  /**
   * Whether {@code value + increment} lies outside the type.
   *
   * @param value in the type, or for an increment of 0 any
   * @return -1 below, 1 above, 0 inside
   */
  static int side(int type, long value, long increment) {
    long sum = value + increment;
    if (((value ^ sum) & (increment ^ sum)) < 0 && (type < 0 || increment > 0)) {
      return increment > 0 ? 1 : -1;
    }
    if (type < 0) {
      // Redis takes a number so low that the way up from it overflows for one too high.
      if (increment == 0 && sum < 0 && max(type) - sum < 0) {
        return bits(type) < Long.SIZE ? 1 : 0;
      }
      return sum > max(type) ? 1 : sum < min(type) ? -1 : 0;
    }
    // A negative number that is set, not counted down to, is a great unsigned one.
    boolean isAbove = increment == 0 ? Long.compareUnsigned(sum, max(type)) > 0 : sum > max(type);
    return isAbove ? 1 : sum < 0 ? -1 : 0;
  }

  /** What a number outside the type becomes, unless that is a failure. */
  static long bounded(int type, Overflow overflow, long value, long increment, int side) {
    if (overflow == Overflow.SATURATE) {
      return side > 0 ? max(type) : min(type);
    }
    return number(type, value + increment);
  }

  private static long max(int type) {
    return type < 0 ? Long.MAX_VALUE >> (64 - bits(type)) : -1L >>> (64 - bits(type));
  }

  private static long min(int type) {
    return type < 0 ? -1L << (bits(type) - 1) : 0;
  }
}
