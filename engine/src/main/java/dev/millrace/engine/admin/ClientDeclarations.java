package dev.millrace.engine.admin;

import static dev.millrace.engine.command.CommandFlag.ADMIN;
import static dev.millrace.engine.command.CommandFlag.LOADING;
import static dev.millrace.engine.command.CommandFlag.NOSCRIPT;
import static dev.millrace.engine.command.CommandFlag.STALE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Command;
import java.util.List;

/** What COMMAND says of CLIENT and its subcommands. */
final class ClientDeclarations {
  private ClientDeclarations() {}

  static Command.Builder client() {
    return Command.named("client")
        .group("connection")
        .since("2.4.0")
        .arity(-2)
        .summary("Groups the commands about client connections.")
        .complexity("It depends on the subcommand.");
  }

  static Command.Builder clientList() {
    return Command.named("list")
        .since("2.4.0")
        .arity(-2)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .categories("connection")
        .tips("nondeterministic_output")
        .summary("Lists the connections.")
        .complexity("O(N) in the number of connections.")
        .arguments(
            Argument.oneOf(
                    "normal_master_replica_pubsub",
                    Argument.token("normal", "NORMAL"),
                    Argument.token("master", "MASTER"),
                    Argument.token("replica", "REPLICA"),
                    Argument.token("pubsub", "PUBSUB"))
                .after("TYPE")
                .since("5.0.0")
                .optional(),
            Argument.block("id", Argument.of("client-id", "integer").multiple())
                .after("ID")
                .since("6.2.0")
                .optional());
  }

  static Command.Builder clientTracking() {
    return Command.named("tracking")
        .since("6.0.0")
        .arity(-3)
        .flags(NOSCRIPT, LOADING, STALE)
        .categories("connection")
        .summary("Switches key tracking on or off.")
        .complexity("O(1)")
        .arguments(
            Argument.oneOf("status", Argument.token("on", "ON"), Argument.token("off", "OFF")),
            Argument.of("client-id", "integer").after("REDIRECT").optional(),
            new Argument(
                "prefix",
                "string",
                "PREFIX",
                -1,
                "",
                List.of("optional", "multiple", "multiple_token"),
                List.of()),
            Argument.token("bcast", "BCAST").optional(),
            Argument.token("optin", "OPTIN").optional(),
            Argument.token("optout", "OPTOUT").optional(),
            Argument.token("noloop", "NOLOOP").optional());
  }

  static Command.Builder clientUnblock() {
    return Command.named("unblock")
        .since("5.0.0")
        .arity(-3)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .categories("connection")
        .summary("Ends the wait of a blocked client.")
        .complexity("O(1)")
        .arguments(
            Argument.of("client-id", "integer"),
            Argument.oneOf(
                    "timeout_error",
                    Argument.token("timeout", "TIMEOUT"),
                    Argument.token("error", "ERROR"))
                .optional());
  }

  static Command.Builder clientInfo() {
    return Command.named("info")
        .since("6.2.0")
        .arity(2)
        .flags(NOSCRIPT, LOADING, STALE)
        .categories("connection")
        .tips("nondeterministic_output")
        .summary("Describes this connection.")
        .complexity("O(1)");
  }

  static Command.Builder clientTrackinginfo() {
    return Command.named("trackinginfo")
        .since("6.2.0")
        .arity(2)
        .flags(NOSCRIPT, LOADING, STALE)
        .categories("connection")
        .summary("Answers how this connection tracks keys.")
        .complexity("O(1)");
  }

  static Command.Builder clientId() {
    return Command.named("id")
        .since("5.0.0")
        .arity(2)
        .flags(NOSCRIPT, LOADING, STALE)
        .categories("connection")
        .summary("Answers the number of this connection.")
        .complexity("O(1)");
  }

  static Command.Builder clientCaching() {
    return Command.named("caching")
        .since("6.0.0")
        .arity(3)
        .flags(NOSCRIPT, LOADING, STALE)
        .categories("connection")
        .summary("Says whether the keys of the next command are tracked.")
        .complexity("O(1)")
        .arguments(
            Argument.oneOf("mode", Argument.token("yes", "YES"), Argument.token("no", "NO")));
  }

  static Command.Builder clientKill() {
    return Command.named("kill")
        .since("2.4.0")
        .arity(-3)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .categories("connection")
        .summary("Closes connections.")
        .complexity("O(N) in the number of connections.")
        .arguments(
            Argument.oneOf(
                "filter",
                Argument.of("ip:port", "string"),
                Argument.oneOf(
                        "new-format",
                        Argument.of("client-id", "integer").after("ID").since("2.8.12").optional(),
                        Argument.oneOf(
                                "normal_master_slave_pubsub",
                                Argument.token("normal", "NORMAL"),
                                Argument.token("master", "MASTER").since("3.2.0"),
                                Argument.token("slave", "SLAVE"),
                                Argument.token("replica", "REPLICA").since("5.0.0"),
                                Argument.token("pubsub", "PUBSUB"))
                            .after("TYPE")
                            .since("2.8.12")
                            .optional(),
                        Argument.of("username", "string").after("USER").optional(),
                        Argument.of("ip:port", "string").after("ADDR").optional(),
                        Argument.of("ip:port", "string").after("LADDR").since("6.2.0").optional(),
                        Argument.of("yes/no", "string").after("SKIPME").optional())
                    .multiple()));
  }

  static Command.Builder clientPause() {
    return Command.named("pause")
        .since("2.9.50")
        .arity(-3)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .categories("connection")
        .summary("Holds back commands for a time.")
        .complexity("O(1)")
        .arguments(
            Argument.of("timeout", "integer"),
            Argument.oneOf("mode", Argument.token("write", "WRITE"), Argument.token("all", "ALL"))
                .since("6.2.0")
                .optional());
  }

  static Command.Builder clientHelp() {
    return Command.named("help")
        .since("5.0.0")
        .arity(2)
        .flags(LOADING, STALE)
        .categories("connection")
        .summary("Explains the subcommands.")
        .complexity("O(1)");
  }

  static Command.Builder clientUnpause() {
    return Command.named("unpause")
        .since("6.2.0")
        .arity(2)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .categories("connection")
        .summary("Ends a pause.")
        .complexity("O(N) in the number of clients that wait.");
  }

  static Command.Builder clientGetredir() {
    return Command.named("getredir")
        .since("6.0.0")
        .arity(2)
        .flags(NOSCRIPT, LOADING, STALE)
        .categories("connection")
        .summary("Answers where invalidations of this connection go.")
        .complexity("O(1)");
  }

  static Command.Builder clientGetname() {
    return Command.named("getname")
        .since("2.6.9")
        .arity(2)
        .flags(NOSCRIPT, LOADING, STALE)
        .categories("connection")
        .summary("Answers the name of this connection.")
        .complexity("O(1)");
  }

  static Command.Builder clientSetname() {
    return Command.named("setname")
        .since("2.6.9")
        .arity(3)
        .flags(NOSCRIPT, LOADING, STALE)
        .categories("connection")
        .summary("Names this connection.")
        .complexity("O(1)")
        .arguments(Argument.of("connection-name", "string"));
  }

  static Command.Builder clientReply() {
    return Command.named("reply")
        .since("3.2.0")
        .arity(3)
        .flags(NOSCRIPT, LOADING, STALE)
        .categories("connection")
        .summary("Switches replies on or off.")
        .complexity("O(1)")
        .arguments(
            Argument.oneOf(
                "on_off_skip",
                Argument.token("on", "ON"),
                Argument.token("off", "OFF"),
                Argument.token("skip", "SKIP")));
  }

  static Command.Builder clientNoEvict() {
    return Command.named("no-evict")
        .since("7.0.0")
        .arity(3)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .categories("connection")
        .summary("Spares this connection when clients are evicted.")
        .complexity("O(1)")
        .arguments(
            Argument.oneOf("enabled", Argument.token("on", "ON"), Argument.token("off", "OFF")));
  }
}
