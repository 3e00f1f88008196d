package dev.millrace.engine.admin;

import static dev.millrace.engine.command.CommandFlag.ADMIN;
import static dev.millrace.engine.command.CommandFlag.ALLOW_BUSY;
import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.LOADING;
import static dev.millrace.engine.command.CommandFlag.NOSCRIPT;
import static dev.millrace.engine.command.CommandFlag.NO_ASYNC_LOADING;
import static dev.millrace.engine.command.CommandFlag.NO_MULTI;
import static dev.millrace.engine.command.CommandFlag.READONLY;
import static dev.millrace.engine.command.CommandFlag.STALE;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Command;

/** What COMMAND says of the commands about the server as a whole. */
final class ServerDeclarations {
  private ServerDeclarations() {}

  static Command.Builder time() {
    return Command.named("time")
        .group("server")
        .since("2.6.0")
        .arity(1)
        .flags(LOADING, STALE, FAST)
        .tips("nondeterministic_output")
        .summary("Answers the server's time in seconds and microseconds.")
        .complexity("O(1)");
  }

  static Command.Builder lastsave() {
    return Command.named("lastsave")
        .group("server")
        .since("1.0.0")
        .arity(1)
        .flags(LOADING, STALE, FAST)
        .categories("admin", "dangerous")
        .tips("nondeterministic_output")
        .summary("Answers when the dataset was last saved.")
        .complexity("O(1)");
  }

  static Command.Builder save() {
    return Command.named("save")
        .group("server")
        .since("1.0.0")
        .arity(1)
        .flags(ADMIN, NOSCRIPT, NO_ASYNC_LOADING, NO_MULTI)
        .summary("Saves the dataset and answers when that is done.")
        .complexity("O(N) in the number of keys.");
  }

  static Command.Builder bgsave() {
    return Command.named("bgsave")
        .group("server")
        .since("1.0.0")
        .arity(-1)
        .flags(ADMIN, NOSCRIPT, NO_ASYNC_LOADING)
        .summary("Starts to save the dataset.")
        .complexity("O(1)")
        .arguments(Argument.token("schedule", "SCHEDULE").since("3.2.2").optional());
  }

  static Command.Builder bgrewriteaof() {
    return Command.named("bgrewriteaof")
        .group("server")
        .since("1.0.0")
        .arity(1)
        .flags(ADMIN, NOSCRIPT, NO_ASYNC_LOADING)
        .summary("Takes a new base for the log.")
        .complexity("O(1)");
  }

  static Command.Builder shutdown() {
    return Command.named("shutdown")
        .group("server")
        .since("1.0.0")
        .arity(-1)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE, NO_MULTI, ALLOW_BUSY)
        .summary("Ends the server.")
        .complexity("O(N) in the number of keys when it saves, else O(1).")
        .arguments(
            Argument.oneOf(
                    "nosave_save",
                    Argument.token("nosave", "NOSAVE"),
                    Argument.token("save", "SAVE"))
                .optional(),
            Argument.token("now", "NOW").since("7.0.0").optional(),
            Argument.token("force", "FORCE").since("7.0.0").optional(),
            Argument.token("abort", "ABORT").since("7.0.0").optional());
  }

  static Command.Builder lolwut() {
    return Command.named("lolwut")
        .group("server")
        .since("5.0.0")
        .arity(-1)
        .flags(READONLY, FAST)
        .summary("Draws something and names the version.")
        .complexity("O(1)")
        .arguments(Argument.of("version", "integer").after("VERSION").optional());
  }

  static Command.Builder swapdb() {
    return Command.named("swapdb")
        .group("server")
        .since("4.0.0")
        .arity(3)
        .flags(WRITE, FAST)
        .categories("keyspace", "dangerous")
        .summary("Exchanges two databases.")
        .complexity("O(N) in the clients that watch keys of the two.")
        .arguments(Argument.of("index1", "integer"), Argument.of("index2", "integer"));
  }

  static Command.Builder info() {
    return Command.named("info")
        .group("server")
        .since("1.0.0")
        .arity(-1)
        .flags(LOADING, STALE)
        .categories("dangerous")
        .tips("nondeterministic_output", "request_policy:all_shards", "response_policy:special")
        .summary("Describes the server, section by section.")
        .complexity("O(1)")
        .arguments(Argument.of("section", "string").optional().multiple());
  }

  static Command.Builder debug() {
    return Command.named("debug")
        .group("server")
        .since("1.0.0")
        .arity(-2)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .summary("Groups the commands for tests and for looking inside.")
        .complexity("It depends on the subcommand.");
  }
}
