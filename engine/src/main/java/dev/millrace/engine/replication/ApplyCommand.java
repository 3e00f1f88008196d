package dev.millrace.engine.replication;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code MILLRACE APPLY UNTIL offset | UNTIL TIME milliseconds | CATCHUP | RESUME}.
 *
 * <p>Runs on: executor thread.
 */
final class ApplyCommand {
  private static final byte[] UNTIL = lower("until");
  private static final byte[] TIME = lower("time");
  private static final byte[] CATCHUP = lower("catchup");
  private static final byte[] RESUME = lower("resume");
  private static final CommandError BAD_OFFSET =
      new CommandError("ERR offset must be a non-negative integer");
  private static final CommandError BAD_TIME =
      new CommandError("ERR time must be a number of milliseconds since the epoch");
  private static final CommandError NOT_DELAYED =
      new CommandError(
          "ERR this server applies what it gets at once: it is no replica with repl-apply-delay");

  private final Supplier<@Nullable ApplyControl> control;

  ApplyCommand(Supplier<@Nullable ApplyControl> control) {
    this.control = control;
  }

  private static byte[] lower(String word) {
    return word.getBytes(StandardCharsets.US_ASCII);
  }

  void run(Call call) {
    int argc = call.argc();
    if (call.is(2, UNTIL) && argc == 4) {
      until(control(), call.longArgument(3, BAD_OFFSET));
    } else if (call.is(2, UNTIL) && argc == 5 && call.is(3, TIME)) {
      untilTime(control(), call.longArgument(4, BAD_TIME));
    } else if (call.is(2, CATCHUP) && argc == 3) {
      control().catchUp();
    } else if (call.is(2, RESUME) && argc == 3) {
      control().resume();
    } else {
      throw CommandError.SYNTAX;
    }
    call.reply().ok();
  }

  private ApplyControl control() {
    ApplyControl found = control.get();
    if (found == null) {
      throw NOT_DELAYED;
    }
    return found;
  }

  private static void until(ApplyControl control, long offset) {
    if (offset < 0) {
      throw BAD_OFFSET;
    }
    long applied = control.appliedOffset();
    if (offset < applied) {
      throw new CommandError(
          "ERR offset " + offset + " has passed, the dataset stands at " + applied);
    }
    control.until(offset);
  }

  private static void untilTime(ApplyControl control, long millis) {
    if (millis < 0) {
      throw BAD_TIME;
    }
    if (!control.untilTime(millis)) {
      throw new CommandError(
          "ERR what came after that time has been applied, the dataset stands at "
              + control.appliedOffset());
    }
  }
}
