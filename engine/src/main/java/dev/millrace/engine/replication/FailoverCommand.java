package dev.millrace.engine.replication;

import static dev.millrace.engine.command.CommandFlag.ADMIN;
import static dev.millrace.engine.command.CommandFlag.NOSCRIPT;
import static dev.millrace.engine.command.CommandFlag.STALE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.config.ReplicaOf;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/** FAILOVER: reads its arguments; {@link Failover} does the rest. */
final class FailoverCommand {
  private static final byte[] TIMEOUT = "timeout".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ABORT = "abort".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] TO = "to".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] FORCE = "force".getBytes(StandardCharsets.US_ASCII);
  private static final CommandError BAD_TIMEOUT =
      new CommandError("ERR FAILOVER timeout must be greater than 0");

  private FailoverCommand() {}

  static Command.Builder declaration(Supplier<Failover> failover) {
    return Command.named("failover")
        .group("server")
        .since("6.2.0")
        .arity(-1)
        .flags(ADMIN, NOSCRIPT, STALE)
        .summary("Hands the master's part over to a replica.")
        .complexity("O(1)")
        .arguments(
            Argument.block(
                    "target",
                    Argument.of("host", "string"),
                    Argument.of("port", "integer"),
                    Argument.token("force", "FORCE").optional())
                .after("TO")
                .optional(),
            Argument.token("abort", "ABORT").optional(),
            Argument.of("milliseconds", "integer").after("TIMEOUT").optional())
        .handledBy(call -> run(call, failover.get()));
  }

  private static void run(Call call, Failover failover) {
    if (call.argc() == 2 && call.is(1, ABORT)) {
      failover.abort();
      call.reply().ok();
      return;
    }
    long timeoutMillis = 0;
    boolean forces = false;
    ReplicaOf target = null;
    for (int i = 1; i < call.argc(); i++) {
      if (call.is(i, TIMEOUT) && i + 1 < call.argc() && timeoutMillis == 0) {
        timeoutMillis = call.longArgument(++i);
        if (timeoutMillis <= 0) {
          throw BAD_TIMEOUT;
        }
      } else if (call.is(i, TO) && i + 2 < call.argc() && target == null) {
        long port = call.longArgument(i + 2);
        target = new ReplicaOf(call.text(i + 1), (int) port);
        i += 2;
      } else if (call.is(i, FORCE) && !forces) {
        forces = true;
      } else {
        throw CommandError.SYNTAX;
      }
    }
    failover.request(target, timeoutMillis, forces);
    call.reply().ok();
  }
}
