package dev.millrace.engine.admin;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandFlag;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.Effects;
import org.jspecify.annotations.Nullable;

/**
 * {@code DEBUG REPLICATE command [argument …]}: replicas get a command that is not run here.
 *
 * <p>Here the log is the stream, so a start runs the command too. What a start could not read, or
 * what would act on the server instead of its data, is therefore refused; Redis sends anything.
 *
 * <p>Owned by: executor thread.
 */
final class DebugReplicate {
  private static final CommandError NOT_IN_THE_LOG =
      new CommandError("ERR only a command that writes or is published can be in the stream");

  private @Nullable CommandTable commands;

  /** Says which commands there are. */
  void commands(CommandTable all) {
    commands = all;
  }

  void run(Call call) {
    Command command = commands == null ? null : commands.find(call.address(2), call.length(2));
    if (command == null || !(command.isWrite() || command.has(CommandFlag.MAY_REPLICATE))) {
      throw NOT_IN_THE_LOG;
    }
    Effects effect = call.effect(call.argc() - 2);
    for (int i = 2; i < call.argc(); i++) {
      effect.argument(call.address(i), call.length(i));
    }
    call.reply().ok();
  }
}
