package dev.millrace.engine.admin;

import static dev.millrace.engine.command.CommandFlag.LOADING;
import static dev.millrace.engine.command.CommandFlag.STALE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Command;

/** What COMMAND says of itself and its subcommands. */
final class CommandDeclarations {
  private CommandDeclarations() {}

  static Command.Builder command() {
    return Command.named("command")
        .group("server")
        .since("2.8.13")
        .arity(-1)
        .flags(LOADING, STALE)
        .categories("connection")
        .tips("nondeterministic_output_order")
        .summary("Describes every command.")
        .complexity("O(N) in the number of commands.");
  }

  static Command.Builder commandGetkeys() {
    return Command.named("getkeys")
        .since("2.8.13")
        .arity(-4)
        .flags(LOADING, STALE)
        .categories("connection")
        .summary("Finds the keys in a command line.")
        .complexity("O(N) in the number of arguments.");
  }

  static Command.Builder commandGetkeysandflags() {
    return Command.named("getkeysandflags")
        .since("7.0.0")
        .arity(-4)
        .flags(LOADING, STALE)
        .categories("connection")
        .summary("Finds the keys in a command line and what is done with them.")
        .complexity("O(N) in the number of arguments.");
  }

  static Command.Builder commandList() {
    return Command.named("list")
        .since("7.0.0")
        .arity(-2)
        .flags(LOADING, STALE)
        .categories("connection")
        .tips("nondeterministic_output_order")
        .summary("Lists the names of commands.")
        .complexity("O(N) in the number of commands.")
        .arguments(
            Argument.oneOf(
                    "filterby",
                    Argument.of("module-name", "string").after("MODULE"),
                    Argument.of("category", "string").after("ACLCAT"),
                    Argument.of("pattern", "pattern").after("PATTERN"))
                .after("FILTERBY")
                .optional());
  }

  static Command.Builder commandDocs() {
    return Command.named("docs")
        .since("7.0.0")
        .arity(-2)
        .flags(LOADING, STALE)
        .categories("connection")
        .tips("nondeterministic_output_order")
        .summary("Describes commands to people.")
        .complexity("O(N) in the number of commands asked for.")
        .arguments(Argument.of("command-name", "string").optional().multiple());
  }

  static Command.Builder commandInfo() {
    return Command.named("info")
        .since("2.8.13")
        .arity(-2)
        .flags(LOADING, STALE)
        .categories("connection")
        .tips("nondeterministic_output_order")
        .summary("Describes commands to programs.")
        .complexity("O(N) in the number of commands asked for.")
        .arguments(Argument.of("command-name", "string").optional().multiple());
  }

  static Command.Builder commandHelp() {
    return Command.named("help")
        .since("5.0.0")
        .arity(2)
        .flags(LOADING, STALE)
        .categories("connection")
        .summary("Explains the subcommands.")
        .complexity("O(1)");
  }

  static Command.Builder commandCount() {
    return Command.named("count")
        .since("2.8.13")
        .arity(2)
        .flags(LOADING, STALE)
        .categories("connection")
        .summary("Counts the commands.")
        .complexity("O(1)");
  }
}
