package dev.millrace.engine.command.hash;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.memory.Decimal;
import java.nio.charset.StandardCharsets;

/** The part {@code FIELDS numfields field...} at the end of a command. Stateless. */
final class NamedFields {
  static final CommandError COUNT_NOT_POSITIVE =
      new CommandError("ERR Number of fields must be a positive integer");
  private static final byte[] FIELDS = "fields".getBytes(StandardCharsets.US_ASCII);
  private static final CommandError MISSING =
      new CommandError("ERR Mandatory argument FIELDS is missing or not at the right position");
  private static final CommandError COUNT_DIFFERS =
      new CommandError("ERR The `numfields` parameter must match the number of arguments");

  private NamedFields() {}

  static Argument argument() {
    return Argument.block(
            "fields",
            Argument.of("numfields", "integer"),
            Argument.of("field", "string").multiple())
        .after("FIELDS");
  }

  /**
   * The argument that is the first field.
   *
   * @param at where FIELDS must stand
   * @param noCount what is said when no number above 0 follows
   * @throws CommandError as Redis refuses it
   */
  static int first(Call call, int at, CommandError noCount) {
    if (at >= call.argc() || !call.is(at, FIELDS)) {
      throw MISSING;
    }
    if (at + 1 == call.argc()) {
      throw noCount;
    }
    long address = call.address(at + 1);
    int length = call.length(at + 1);
    long count = Decimal.isLong(address, length) ? Decimal.parse(address, length) : 0;
    if (count < 1) {
      throw noCount;
    }
    if (count != call.argc() - at - 2) {
      throw COUNT_DIFFERS;
    }
    return at + 2;
  }

  /** Replies the same for each field. */
  static void replyEach(Call call, int first, long value) {
    call.reply().array(call.argc() - first);
    for (int i = first; i < call.argc(); i++) {
      call.reply().integer(value);
    }
  }
}
