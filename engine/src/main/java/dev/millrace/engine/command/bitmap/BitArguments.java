package dev.millrace.engine.command.bitmap;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.keyspace.ExpiryMode;
import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;
import java.util.function.LongSupplier;

/**
 * Reads positions of bits from a command's arguments.
 *
 * <p>Owned by: executor thread.
 */
final class BitArguments {
  private static final CommandError BAD_OFFSET =
      new CommandError("ERR bit offset is not an integer or out of range");

  private final LongSupplier valueBytesMax;

  BitArguments(LongSupplier valueBytesMax) {
    this.valueBytesMax = valueBytesMax;
  }

  /**
   * The position of a bit.
   *
   * @throws CommandError when it is none, or lies beyond what a string may grow to
   */
  long offset(Call call, int argument) {
    return offset(call, call.address(argument), call.length(argument), 1);
  }

  /** As {@link #offset(Call, int)}; {@code #3} means the third field of so many bits. */
  long fieldOffset(Call call, int argument, int bits) {
    long address = call.address(argument);
    int length = call.length(argument);
    if (length > 0 && Memory.getByte(address) == '#') {
      return offset(call, address + 1, length - 1, bits);
    }
    return offset(call, address, length, 1);
  }

  private long offset(Call call, long address, int length, int factor) {
    if (!Decimal.isLong(address, length)) {
      throw BAD_OFFSET;
    }
    long offset = Decimal.parse(address, length) * factor;
    // What a master has accepted, its replica must accept too, whatever its own limit.
    boolean isLimited = call.keyspace().expiryMode() != ExpiryMode.IGNORE;
    if (offset < 0 || (isLimited && offset >>> 3 >= valueBytesMax.getAsLong())) {
      throw BAD_OFFSET;
    }
    return offset;
  }
}
