package dev.millrace.engine.admin;

import static dev.millrace.engine.command.CommandFlag.ALLOW_BUSY;
import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.LOADING;
import static dev.millrace.engine.command.CommandFlag.NOSCRIPT;
import static dev.millrace.engine.command.CommandFlag.NO_AUTH;
import static dev.millrace.engine.command.CommandFlag.STALE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Command;

/** What COMMAND says of the connection commands. */
final class ConnectionDeclarations {
  private ConnectionDeclarations() {}

  static Command.Builder ping() {
    return Command.named("ping")
        .group("connection")
        .since("1.0.0")
        .arity(-1)
        .flags(FAST)
        .categories("connection")
        .tips("request_policy:all_shards", "response_policy:all_succeeded")
        .summary("Answers PONG, or the argument.")
        .complexity("O(1)")
        .arguments(Argument.of("message", "string").optional());
  }

  static Command.Builder echo() {
    return Command.named("echo")
        .group("connection")
        .since("1.0.0")
        .arity(2)
        .flags(LOADING, STALE, FAST)
        .categories("connection")
        .summary("Answers its argument.")
        .complexity("O(1)")
        .arguments(Argument.of("message", "string"));
  }

  static Command.Builder hello() {
    return Command.named("hello")
        .group("connection")
        .since("6.0.0")
        .arity(-1)
        .flags(NOSCRIPT, LOADING, STALE, FAST, NO_AUTH, ALLOW_BUSY)
        .categories("connection")
        .summary("Chooses the protocol version, and may authenticate and name the connection.")
        .complexity("O(1)")
        .arguments(
            Argument.block(
                    "arguments",
                    Argument.of("protover", "integer"),
                    Argument.block(
                            "username_password",
                            Argument.of("username", "string"),
                            Argument.of("password", "string"))
                        .after("AUTH")
                        .optional(),
                    Argument.of("clientname", "string").after("SETNAME").optional())
                .optional());
  }

  static Command.Builder auth() {
    return Command.named("auth")
        .group("connection")
        .since("1.0.0")
        .arity(-2)
        .flags(NOSCRIPT, LOADING, STALE, FAST, NO_AUTH, ALLOW_BUSY)
        .categories("connection")
        .summary("Authenticates the connection.")
        .complexity("O(1)")
        .arguments(
            Argument.of("username", "string").since("6.0.0").optional(),
            Argument.of("password", "string"));
  }

  static Command.Builder select() {
    return Command.named("select")
        .group("connection")
        .since("1.0.0")
        .arity(2)
        .flags(LOADING, STALE, FAST)
        .categories("connection")
        .summary("Chooses the database of the connection.")
        .complexity("O(1)")
        .arguments(Argument.of("index", "integer"));
  }

  static Command.Builder quit() {
    return Command.named("quit")
        .group("connection")
        .since("1.0.0")
        .arity(-1)
        .flags(NOSCRIPT, LOADING, STALE, FAST, NO_AUTH, ALLOW_BUSY)
        .categories("connection")
        .summary("Closes the connection after the reply.")
        .complexity("O(1)");
  }

  static Command.Builder reset() {
    return Command.named("reset")
        .group("connection")
        .since("6.2.0")
        .arity(1)
        .flags(NOSCRIPT, LOADING, STALE, FAST, NO_AUTH, ALLOW_BUSY)
        .categories("connection")
        .summary("Brings the connection to the state of a new one.")
        .complexity("O(1)");
  }
}
