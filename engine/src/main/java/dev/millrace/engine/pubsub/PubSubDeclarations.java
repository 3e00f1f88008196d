package dev.millrace.engine.pubsub;

import static dev.millrace.engine.command.CommandFlag.ADMIN;
import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.LOADING;
import static dev.millrace.engine.command.CommandFlag.MAY_REPLICATE;
import static dev.millrace.engine.command.CommandFlag.NOSCRIPT;
import static dev.millrace.engine.command.CommandFlag.PUBSUB;
import static dev.millrace.engine.command.CommandFlag.STALE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Command;

/** What COMMAND says of publish/subscribe and MONITOR. */
final class PubSubDeclarations {
  private PubSubDeclarations() {}

  static Command.Builder subscribe() {
    return Command.named("subscribe")
        .group("pubsub")
        .since("2.0.0")
        .arity(-2)
        .flags(PUBSUB, NOSCRIPT, LOADING, STALE)
        .summary("Listens to channels.")
        .complexity("O(N) in the number of channels.")
        .arguments(Argument.of("channel", "string").multiple());
  }

  static Command.Builder unsubscribe() {
    return Command.named("unsubscribe")
        .group("pubsub")
        .since("2.0.0")
        .arity(-1)
        .flags(PUBSUB, NOSCRIPT, LOADING, STALE)
        .summary("Stops listening to channels.")
        .complexity("O(N) in the number of channels.")
        .arguments(Argument.of("channel", "string").optional().multiple());
  }

  static Command.Builder psubscribe() {
    return Command.named("psubscribe")
        .group("pubsub")
        .since("2.0.0")
        .arity(-2)
        .flags(PUBSUB, NOSCRIPT, LOADING, STALE)
        .summary("Listens to the channels that fit patterns.")
        .complexity("O(N) in the number of patterns.")
        .arguments(Argument.block("pattern", Argument.of("pattern", "pattern")).multiple());
  }

  static Command.Builder punsubscribe() {
    return Command.named("punsubscribe")
        .group("pubsub")
        .since("2.0.0")
        .arity(-1)
        .flags(PUBSUB, NOSCRIPT, LOADING, STALE)
        .summary("Stops listening to patterns.")
        .complexity("O(N) in the number of patterns.")
        .arguments(Argument.of("pattern", "pattern").optional().multiple());
  }

  static Command.Builder ssubscribe() {
    return Command.named("ssubscribe")
        .group("pubsub")
        .since("7.0.0")
        .arity(-2)
        .flags(PUBSUB, NOSCRIPT, LOADING, STALE)
        .keys(1, -1, 1, "not_key")
        .summary("Listens to shard channels.")
        .complexity("O(N) in the number of channels.")
        .arguments(Argument.of("shardchannel", "string").multiple());
  }

  static Command.Builder sunsubscribe() {
    return Command.named("sunsubscribe")
        .group("pubsub")
        .since("7.0.0")
        .arity(-1)
        .flags(PUBSUB, NOSCRIPT, LOADING, STALE)
        .keys(1, -1, 1, "not_key")
        .summary("Stops listening to shard channels.")
        .complexity("O(N) in the number of channels.")
        .arguments(Argument.of("shardchannel", "string").optional().multiple());
  }

  static Command.Builder publish() {
    return Command.named("publish")
        .group("pubsub")
        .since("2.0.0")
        .arity(3)
        .flags(PUBSUB, LOADING, STALE, FAST, MAY_REPLICATE)
        .summary("Sends a message to a channel.")
        .complexity("O(N+M) with N listeners and M patterns.")
        .arguments(Argument.of("channel", "string"), Argument.of("message", "string"));
  }

  static Command.Builder spublish() {
    return Command.named("spublish")
        .group("pubsub")
        .since("7.0.0")
        .arity(3)
        .flags(PUBSUB, LOADING, STALE, FAST, MAY_REPLICATE)
        .keys(1, 1, 1, "not_key")
        .summary("Sends a message to a shard channel.")
        .complexity("O(N) in the number of listeners.")
        .arguments(Argument.of("shardchannel", "string"), Argument.of("message", "string"));
  }

  static Command.Builder pubsub() {
    return Command.named("pubsub")
        .group("pubsub")
        .since("2.8.0")
        .arity(-2)
        .summary("Groups the commands that tell who listens.")
        .complexity("It depends on the subcommand.");
  }

  static Command.Builder channels() {
    return Command.named("channels")
        .since("2.8.0")
        .arity(-2)
        .flags(PUBSUB, LOADING, STALE)
        .summary("Lists the channels somebody listens to.")
        .complexity("O(N) in the number of channels.")
        .arguments(Argument.of("pattern", "pattern").optional());
  }

  static Command.Builder numsub() {
    return Command.named("numsub")
        .since("2.8.0")
        .arity(-2)
        .flags(PUBSUB, LOADING, STALE)
        .summary("Counts the listeners of channels.")
        .complexity("O(N) in the number of channels asked for.")
        .arguments(Argument.of("channel", "string").optional().multiple());
  }

  static Command.Builder numpat() {
    return Command.named("numpat")
        .since("2.8.0")
        .arity(2)
        .flags(PUBSUB, LOADING, STALE)
        .summary("Counts the patterns somebody listens to.")
        .complexity("O(1)");
  }

  static Command.Builder shardchannels() {
    return Command.named("shardchannels")
        .since("7.0.0")
        .arity(-2)
        .flags(PUBSUB, LOADING, STALE)
        .summary("Lists the shard channels somebody listens to.")
        .complexity("O(N) in the number of channels.")
        .arguments(Argument.of("pattern", "pattern").optional());
  }

  static Command.Builder shardnumsub() {
    return Command.named("shardnumsub")
        .since("7.0.0")
        .arity(-2)
        .flags(PUBSUB, LOADING, STALE)
        .summary("Counts the listeners of shard channels.")
        .complexity("O(N) in the number of channels asked for.")
        .arguments(Argument.of("shardchannel", "string").optional().multiple());
  }

  static Command.Builder help() {
    return Command.named("help")
        .since("6.2.0")
        .arity(2)
        .flags(LOADING, STALE)
        .summary("Explains the subcommands.")
        .complexity("O(1)");
  }

  static Command.Builder monitor() {
    return Command.named("monitor")
        .group("server")
        .since("1.0.0")
        .arity(1)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .summary("Shows every command the server runs, as it runs.");
  }
}
