package dev.millrace.engine.command.blocking;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.string.LongDouble;
import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.protocol.Request;

/**
 * Reads how long a command may wait: seconds with a fraction (BLPOP and its like), or whole
 * milliseconds (XREAD). As in Redis 7.0, seconds beyond what a number of milliseconds can hold
 * count as negative.
 */
public final class BlockTimeout {
  private static final CommandError NOT_A_FLOAT =
      new CommandError("ERR timeout is not a float or out of range");
  private static final CommandError NOT_AN_INTEGER =
      new CommandError("ERR timeout is not an integer or out of range");
  private static final CommandError NEGATIVE = new CommandError("ERR timeout is negative");
  private static final int MILLIS_PER_SECOND = 1000;
  private static final int WHOLE_DIGITS_MAX = 12;

  private BlockTimeout() {}

  /**
   * The moment at which a wait of so many seconds, rounded up to milliseconds, is over.
   *
   * @return Unix milliseconds, or 0 for never
   */
  public static long seconds(Call call, int argument) {
    Request request = call.request();
    long address = request.address(argument);
    int length = request.length(argument);
    if (length <= WHOLE_DIGITS_MAX && Decimal.isLong(address, length)) {
      // The usual case, without allocation.
      return until(call, Decimal.parse(address, length) * MILLIS_PER_SECOND);
    }
    LongDouble seconds =
        length >= LongDouble.TEXT_BYTES_MAX
            ? null
            : LongDouble.parse(Memory.bytes(address, length));
    if (seconds == null) {
      throw NOT_A_FLOAT;
    }
    return until(call, seconds.times(MILLIS_PER_SECOND).ceiling());
  }

  /** The moment at which a wait of so many milliseconds is over, or 0 for never. */
  public static long millis(Call call, int argument) {
    return until(call, call.longArgument(argument, NOT_AN_INTEGER));
  }

  private static long until(Call call, long millis) {
    if (millis < 0) {
      throw NEGATIVE;
    }
    if (millis == 0) {
      return 0;
    }
    long until = call.nowMillis() + millis;
    return until < 0 ? Long.MAX_VALUE : until;
  }
}
