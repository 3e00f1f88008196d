package dev.millrace.engine.replication;

import static dev.millrace.engine.command.CommandFlag.ADMIN;
import static dev.millrace.engine.command.CommandFlag.NOSCRIPT;
import static dev.millrace.engine.command.CommandFlag.STALE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/** FAILOVER: its arguments are read, and it is refused, for nothing here coordinates one. */
final class FailoverCommand {
  private static final byte[] TIMEOUT = "timeout".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ABORT = "abort".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] TO = "to".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] FORCE = "force".getBytes(StandardCharsets.US_ASCII);
  private static final CommandError BAD_TIMEOUT =
      new CommandError("ERR FAILOVER timeout must be greater than 0");
  private static final CommandError NONE = new CommandError("ERR No failover in progress.");
  private static final CommandError NO_REPLICA =
      new CommandError("ERR FAILOVER requires connected replicas.");
  private static final CommandError NOT_POSSIBLE =
      new CommandError("ERR FAILOVER is not supported: use REPLICAOF on each server");

  private FailoverCommand() {}

  static Command.Builder declaration(Supplier<Replication> replication) {
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
        .handledBy(call -> run(call, replication.get()));
  }

  private static void run(Call call, Replication replication) {
    boolean hasTimeout = false;
    boolean aborts = false;
    boolean hasTarget = false;
    boolean forces = false;
    for (int i = 1; i < call.argc(); i++) {
      if (call.is(i, TIMEOUT) && i + 1 < call.argc() && !hasTimeout) {
        if (call.longArgument(++i) <= 0) {
          throw BAD_TIMEOUT;
        }
        hasTimeout = true;
      } else if (call.is(i, ABORT) && !aborts) {
        aborts = true;
      } else if (call.is(i, TO) && i + 2 < call.argc() && !hasTarget) {
        call.longArgument(i + 2);
        hasTarget = true;
        i += 2;
      } else if (call.is(i, FORCE) && !forces) {
        forces = true;
      } else {
        throw CommandError.SYNTAX;
      }
    }
    if (aborts) {
      throw NONE;
    }
    throw replication.replicas().attached().isEmpty() ? NO_REPLICA : NOT_POSSIBLE;
  }
}
