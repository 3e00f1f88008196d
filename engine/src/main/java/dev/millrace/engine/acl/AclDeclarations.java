package dev.millrace.engine.acl;

import static dev.millrace.engine.command.CommandFlag.ADMIN;
import static dev.millrace.engine.command.CommandFlag.LOADING;
import static dev.millrace.engine.command.CommandFlag.NOSCRIPT;
import static dev.millrace.engine.command.CommandFlag.STALE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Command;

/** What COMMAND says of ACL and its subcommands. */
final class AclDeclarations {
  private AclDeclarations() {}

  static Command.Builder acl() {
    return Command.named("acl")
        .group("server")
        .since("6.0.0")
        .arity(-2)
        .summary("Groups the commands about users and their permissions.")
        .complexity("It depends on the subcommand.");
  }

  static Command.Builder cat() {
    return Command.named("cat")
        .since("6.0.0")
        .arity(-2)
        .flags(NOSCRIPT, LOADING, STALE)
        .summary("Lists the categories, or the commands of one.")
        .complexity("O(N) in the number of commands.")
        .arguments(Argument.of("categoryname", "string").optional());
  }

  static Command.Builder deluser() {
    return Command.named("deluser")
        .since("6.0.0")
        .arity(-3)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .summary("Deletes users.")
        .complexity("O(N) in the number of connections.")
        .arguments(Argument.of("username", "string").multiple());
  }

  static Command.Builder dryrun() {
    return Command.named("dryrun")
        .since("7.0.0")
        .arity(-4)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .summary("Tells whether a user may run a command.")
        .complexity("O(N) in the number of arguments.")
        .arguments(
            Argument.of("username", "string"),
            Argument.of("command", "string"),
            Argument.of("arg", "string").optional().multiple());
  }

  static Command.Builder genpass() {
    return Command.named("genpass")
        .since("6.0.0")
        .arity(-2)
        .flags(NOSCRIPT, LOADING, STALE)
        .summary("Makes a password.")
        .complexity("O(1)")
        .arguments(Argument.of("bits", "integer").optional());
  }

  static Command.Builder getuser() {
    return Command.named("getuser")
        .since("6.0.0")
        .arity(3)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .summary("Describes a user.")
        .complexity("O(N) in the number of its rules.")
        .arguments(Argument.of("username", "string"));
  }

  static Command.Builder help() {
    return Command.named("help")
        .since("6.0.0")
        .arity(2)
        .flags(LOADING, STALE)
        .summary("Explains the subcommands.")
        .complexity("O(1)");
  }

  static Command.Builder list() {
    return Command.named("list")
        .since("6.0.0")
        .arity(2)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .summary("Lists users with their rules.")
        .complexity("O(N) in the number of users.");
  }

  static Command.Builder load() {
    return Command.named("load")
        .since("6.0.0")
        .arity(2)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .summary("Reads the users from the ACL file.")
        .complexity("O(N) in the number of users.");
  }

  static Command.Builder log() {
    return Command.named("log")
        .since("6.0.0")
        .arity(-2)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .summary("Lists what was denied lately.")
        .complexity("O(N) in the number of entries shown.")
        .arguments(
            Argument.oneOf(
                    "operation", Argument.of("count", "integer"), Argument.token("reset", "RESET"))
                .optional());
  }

  static Command.Builder save() {
    return Command.named("save")
        .since("6.0.0")
        .arity(2)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .summary("Writes the users to the ACL file.")
        .complexity("O(N) in the number of users.");
  }

  static Command.Builder setuser() {
    return Command.named("setuser")
        .since("6.0.0")
        .arity(-3)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .summary("Makes a user, or changes one.")
        .complexity("O(N) in the number of rules.")
        .arguments(
            Argument.of("username", "string"), Argument.of("rule", "string").optional().multiple());
  }

  static Command.Builder users() {
    return Command.named("users")
        .since("6.0.0")
        .arity(2)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .summary("Lists the names of users.")
        .complexity("O(N) in the number of users.");
  }

  static Command.Builder whoami() {
    return Command.named("whoami")
        .since("6.0.0")
        .arity(2)
        .flags(NOSCRIPT, LOADING, STALE)
        .summary("Names the user of the connection.")
        .complexity("O(1)");
  }
}
