package dev.millrace.engine.admin;

import static dev.millrace.engine.command.CommandFlag.ADMIN;
import static dev.millrace.engine.command.CommandFlag.LOADING;
import static dev.millrace.engine.command.CommandFlag.NOSCRIPT;
import static dev.millrace.engine.command.CommandFlag.READONLY;
import static dev.millrace.engine.command.CommandFlag.STALE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Command;

/** What COMMAND says of SLOWLOG, LATENCY and MEMORY. */
final class MonitorDeclarations {
  private MonitorDeclarations() {}

  static Command.Builder slowlog() {
    return Command.named("slowlog")
        .group("server")
        .since("2.2.12")
        .arity(-2)
        .summary("Groups the commands about slow commands.")
        .complexity("It depends on the subcommand.");
  }

  static Command.Builder slowlogReset() {
    return Command.named("reset")
        .since("2.2.12")
        .arity(2)
        .flags(ADMIN, LOADING, STALE)
        .tips("request_policy:all_nodes", "response_policy:all_succeeded")
        .summary("Empties the slow log.")
        .complexity("O(N) in the number of entries.");
  }

  static Command.Builder slowlogLen() {
    return Command.named("len")
        .since("2.2.12")
        .arity(2)
        .flags(ADMIN, LOADING, STALE)
        .tips("request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output")
        .summary("Counts the entries of the slow log.")
        .complexity("O(1)");
  }

  static Command.Builder slowlogHelp() {
    return Command.named("help")
        .since("6.2.0")
        .arity(2)
        .flags(LOADING, STALE)
        .summary("Explains the subcommands.")
        .complexity("O(1)");
  }

  static Command.Builder slowlogGet() {
    return Command.named("get")
        .since("2.2.12")
        .arity(-2)
        .flags(ADMIN, LOADING, STALE)
        .tips("request_policy:all_nodes", "nondeterministic_output")
        .summary("Answers the newest entries of the slow log.")
        .complexity("O(N) in the number of entries answered.")
        .arguments(Argument.of("count", "integer").optional());
  }

  static Command.Builder latency() {
    return Command.named("latency")
        .group("server")
        .since("2.8.13")
        .arity(-2)
        .summary("Groups the commands about latency.")
        .complexity("It depends on the subcommand.");
  }

  static Command.Builder latencyReset() {
    return Command.named("reset")
        .since("2.8.13")
        .arity(-2)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .tips("request_policy:all_nodes", "response_policy:all_succeeded")
        .summary("Forgets the samples of events.")
        .complexity("O(1)")
        .arguments(Argument.of("event", "string").optional().multiple());
  }

  static Command.Builder latencyGraph() {
    return Command.named("graph")
        .since("2.8.13")
        .arity(3)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .tips("nondeterministic_output", "request_policy:all_nodes", "response_policy:special")
        .summary("Draws the samples of an event.")
        .complexity("O(1)")
        .arguments(Argument.of("event", "string"));
  }

  static Command.Builder latencyHistory() {
    return Command.named("history")
        .since("2.8.13")
        .arity(3)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .tips("nondeterministic_output", "request_policy:all_nodes", "response_policy:special")
        .summary("Answers the samples of an event.")
        .complexity("O(1)")
        .arguments(Argument.of("event", "string"));
  }

  static Command.Builder latencyDoctor() {
    return Command.named("doctor")
        .since("2.8.13")
        .arity(2)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .tips("nondeterministic_output", "request_policy:all_nodes", "response_policy:special")
        .summary("Reports on latency in words.")
        .complexity("O(1)");
  }

  static Command.Builder latencyHelp() {
    return Command.named("help")
        .since("2.8.13")
        .arity(2)
        .flags(LOADING, STALE)
        .summary("Explains the subcommands.")
        .complexity("O(1)");
  }

  static Command.Builder latencyHistogram() {
    return Command.named("histogram")
        .since("7.0.0")
        .arity(-2)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .tips("nondeterministic_output", "request_policy:all_nodes", "response_policy:special")
        .summary("Answers how long commands took, as cumulative counts.")
        .complexity("O(N) in the number of commands asked for.")
        .arguments(Argument.of("command", "string").optional().multiple());
  }

  static Command.Builder latencyLatest() {
    return Command.named("latest")
        .since("2.8.13")
        .arity(2)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .tips("nondeterministic_output", "request_policy:all_nodes", "response_policy:special")
        .summary("Answers the last sample of each event.")
        .complexity("O(1)");
  }

  static Command.Builder memory() {
    return Command.named("memory")
        .group("server")
        .since("4.0.0")
        .arity(-2)
        .summary("Groups the commands about memory.")
        .complexity("It depends on the subcommand.");
  }

  static Command.Builder memoryMallocStats() {
    return Command.named("malloc-stats")
        .since("4.0.0")
        .arity(2)
        .tips("nondeterministic_output", "request_policy:all_shards", "response_policy:special")
        .summary("Answers the allocator's figures.")
        .complexity("O(1)");
  }

  static Command.Builder memoryDoctor() {
    return Command.named("doctor")
        .since("4.0.0")
        .arity(2)
        .tips("nondeterministic_output", "request_policy:all_shards", "response_policy:special")
        .summary("Reports on memory in words.")
        .complexity("O(1)");
  }

  static Command.Builder memoryHelp() {
    return Command.named("help")
        .since("4.0.0")
        .arity(2)
        .flags(LOADING, STALE)
        .summary("Explains the subcommands.")
        .complexity("O(1)");
  }

  static Command.Builder memoryStats() {
    return Command.named("stats")
        .since("4.0.0")
        .arity(2)
        .tips("nondeterministic_output", "request_policy:all_shards", "response_policy:special")
        .summary("Answers what memory is used for.")
        .complexity("O(1)");
  }

  static Command.Builder memoryPurge() {
    return Command.named("purge")
        .since("4.0.0")
        .arity(2)
        .tips("request_policy:all_shards", "response_policy:all_succeeded")
        .summary("Gives free memory back to the system.")
        .complexity("O(N) in the free memory held.");
  }

  static Command.Builder memoryUsage() {
    return Command.named("usage")
        .since("4.0.0")
        .arity(-3)
        .flags(READONLY)
        .keys(2, 2, 1, "RO")
        .summary("Answers the bytes that a key takes.")
        .complexity("O(N) in the number of samples.")
        .arguments(
            Argument.key("key"), Argument.of("count", "integer").after("SAMPLES").optional());
  }
}
