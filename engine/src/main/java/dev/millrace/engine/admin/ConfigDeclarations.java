package dev.millrace.engine.admin;

import static dev.millrace.engine.command.CommandFlag.ADMIN;
import static dev.millrace.engine.command.CommandFlag.LOADING;
import static dev.millrace.engine.command.CommandFlag.NOSCRIPT;
import static dev.millrace.engine.command.CommandFlag.STALE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Command;

/** What COMMAND says of CONFIG and its subcommands. */
final class ConfigDeclarations {
  private ConfigDeclarations() {}

  static Command.Builder config() {
    return Command.named("config")
        .group("server")
        .since("2.0.0")
        .arity(-2)
        .summary("Groups the commands about configuration.")
        .complexity("It depends on the subcommand.");
  }

  static Command.Builder configRewrite() {
    return Command.named("rewrite")
        .since("2.8.0")
        .arity(2)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .summary("Writes the present values to the configuration file.")
        .complexity("O(1)");
  }

  static Command.Builder configHelp() {
    return Command.named("help")
        .since("5.0.0")
        .arity(2)
        .flags(LOADING, STALE)
        .summary("Explains the subcommands.")
        .complexity("O(1)");
  }

  static Command.Builder configGet() {
    return Command.named("get")
        .since("2.0.0")
        .arity(-3)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .summary("Answers directives and their values.")
        .complexity("O(N) in the number of directives.")
        .arguments(Argument.block("parameter", Argument.of("parameter", "string")).multiple());
  }

  static Command.Builder configResetstat() {
    return Command.named("resetstat")
        .since("2.0.0")
        .arity(2)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .summary("Sets the counters of INFO back.")
        .complexity("O(1)");
  }

  static Command.Builder configSet() {
    return Command.named("set")
        .since("2.0.0")
        .arity(-4)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .tips("request_policy:all_nodes", "response_policy:all_succeeded")
        .summary("Sets directives, all or none.")
        .complexity("O(N) in the number of directives given.")
        .arguments(
            Argument.block(
                    "parameter_value",
                    Argument.of("parameter", "string"),
                    Argument.of("value", "string"))
                .multiple());
  }
}
