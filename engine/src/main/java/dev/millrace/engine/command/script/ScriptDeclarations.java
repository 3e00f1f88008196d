package dev.millrace.engine.command.script;

import static dev.millrace.engine.command.CommandFlag.ALLOW_BUSY;
import static dev.millrace.engine.command.CommandFlag.DENYOOM;
import static dev.millrace.engine.command.CommandFlag.LOADING;
import static dev.millrace.engine.command.CommandFlag.MAY_REPLICATE;
import static dev.millrace.engine.command.CommandFlag.MOVABLEKEYS;
import static dev.millrace.engine.command.CommandFlag.NOSCRIPT;
import static dev.millrace.engine.command.CommandFlag.NO_MANDATORY_KEYS;
import static dev.millrace.engine.command.CommandFlag.READONLY;
import static dev.millrace.engine.command.CommandFlag.SKIP_MONITOR;
import static dev.millrace.engine.command.CommandFlag.STALE;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandFlag;
import dev.millrace.engine.command.KeySpec;

/** What COMMAND says of the commands about scripts and functions. */
final class ScriptDeclarations {
  private static final String ALL_NODES = "request_policy:all_nodes";
  private static final String ALL_SHARDS = "request_policy:all_shards";
  private static final String ALL_SUCCEEDED = "response_policy:all_succeeded";
  private static final String ONE_SUCCEEDED = "response_policy:one_succeeded";

  private ScriptDeclarations() {}

  private static Command.Builder scripting(String name, String since, String summary) {
    return Command.named(name)
        .group("scripting")
        .since(since)
        .categories("scripting")
        .summary(summary);
  }

  /** A command that runs a script: EVAL and its like. */
  static Command.Builder runner(
      String name, String since, String first, boolean onlyReads, boolean noted, String summary) {
    CommandFlag kind = onlyReads ? READONLY : MAY_REPLICATE;
    String notes =
        !noted
            ? ""
            : onlyReads
                ? "We cannot tell how the keys will be used so we assume the worst, RO and ACCESS"
                : "We cannot tell how the keys will be used so we assume the worst, RW and UPDATE";
    String[] flags =
        onlyReads ? new String[] {"RO", "access"} : new String[] {"RW", "access", "update"};
    return scripting(name, since, summary)
        .arity(-3)
        .flags(kind, NOSCRIPT, STALE, SKIP_MONITOR, NO_MANDATORY_KEYS, MOVABLEKEYS)
        .keys(KeySpec.counted(2, notes, flags))
        .complexity("That of what it runs.")
        .arguments(
            Argument.of(first, "string"),
            Argument.of("numkeys", "integer"),
            Argument.key("key").optional().multiple(),
            Argument.of("arg", "string").optional().multiple());
  }

  static Command.Builder script() {
    return Command.named("script")
        .group("scripting")
        .since("2.6.0")
        .arity(-2)
        .summary("Commands about the scripts that are kept.")
        .complexity("That of the subcommand.");
  }

  static Command.Builder scriptLoad() {
    return scripting("load", "2.6.0", "Keeps a script without running it.")
        .arity(3)
        .flags(NOSCRIPT, STALE)
        .tips(ALL_NODES, ALL_SUCCEEDED)
        .complexity("O(N) in the length of the script.")
        .arguments(Argument.of("script", "string"));
  }

  static Command.Builder scriptExists() {
    return scripting("exists", "2.6.0", "Says which scripts are kept.")
        .arity(-3)
        .flags(NOSCRIPT)
        .tips(ALL_SHARDS, "response_policy:agg_logical_and")
        .complexity("O(N) in the number of scripts asked about.")
        .arguments(Argument.of("sha1", "string").multiple());
  }

  static Command.Builder scriptFlush() {
    return scripting("flush", "2.6.0", "Forgets all scripts.")
        .arity(-2)
        .flags(NOSCRIPT)
        .tips(ALL_NODES, ALL_SUCCEEDED)
        .complexity("O(N) in the number of scripts.")
        .arguments(flushMode("6.2.0"));
  }

  private static Argument flushMode(String since) {
    Argument mode =
        Argument.oneOf("async", Argument.token("async", "ASYNC"), Argument.token("sync", "SYNC"))
            .optional();
    return since.isEmpty() ? mode : mode.since(since);
  }

  static Command.Builder scriptKill() {
    return scripting("kill", "2.6.0", "Stops the script that runs.")
        .arity(2)
        .flags(NOSCRIPT, ALLOW_BUSY)
        .tips(ALL_SHARDS, ONE_SUCCEEDED)
        .complexity("O(1)");
  }

  static Command.Builder scriptDebug() {
    return scripting("debug", "3.2.0", "Sets whether scripts are debugged.")
        .arity(3)
        .flags(NOSCRIPT)
        .complexity("O(1)")
        .arguments(
            Argument.oneOf(
                "mode",
                Argument.token("yes", "YES"),
                Argument.token("sync", "SYNC"),
                Argument.token("no", "NO")));
  }

  static Command.Builder help(String since) {
    return scripting("help", since, "Lists the subcommands.")
        .arity(2)
        .flags(LOADING, STALE)
        .complexity("O(1)");
  }

  static Command.Builder function() {
    return Command.named("function")
        .group("scripting")
        .since("7.0.0")
        .arity(-2)
        .summary("Commands about libraries of functions.")
        .complexity("That of the subcommand.");
  }

  static Command.Builder functionLoad() {
    return scripting("load", "7.0.0", "Adds a library.")
        .arity(-3)
        .flags(WRITE, DENYOOM, NOSCRIPT)
        .tips(ALL_SHARDS, ALL_SUCCEEDED)
        .complexity("O(1) but for compiling it.")
        .arguments(
            Argument.token("replace", "REPLACE").optional(),
            Argument.of("function-code", "string"));
  }

  static Command.Builder functionDelete() {
    return scripting("delete", "7.0.0", "Removes a library.")
        .arity(3)
        .flags(WRITE, NOSCRIPT)
        .tips(ALL_SHARDS, ALL_SUCCEEDED)
        .complexity("O(1)")
        .arguments(Argument.of("library-name", "string"));
  }

  static Command.Builder functionFlush() {
    return scripting("flush", "7.0.0", "Removes all libraries.")
        .arity(-2)
        .flags(WRITE, NOSCRIPT)
        .tips(ALL_SHARDS, ALL_SUCCEEDED)
        .complexity("O(N) in the number of functions.")
        .arguments(flushMode(""));
  }

  static Command.Builder functionList() {
    return scripting("list", "7.0.0", "Lists libraries and their functions.")
        .arity(-2)
        .flags(NOSCRIPT)
        .tips("nondeterministic_output_order")
        .complexity("O(N) in the number of functions.")
        .arguments(
            Argument.of("library-name-pattern", "string").after("LIBRARYNAME").optional(),
            Argument.token("withcode", "WITHCODE").optional());
  }

  static Command.Builder functionStats() {
    return scripting("stats", "7.0.0", "Tells of the function that runs, and how many there are.")
        .arity(2)
        .flags(NOSCRIPT, ALLOW_BUSY)
        .tips("nondeterministic_output", ALL_SHARDS, "response_policy:special")
        .complexity("O(1)");
  }

  static Command.Builder functionKill() {
    return scripting("kill", "7.0.0", "Stops the function that runs.")
        .arity(2)
        .flags(NOSCRIPT, ALLOW_BUSY)
        .tips(ALL_SHARDS, ONE_SUCCEEDED)
        .complexity("O(1)");
  }

  static Command.Builder functionDump() {
    return scripting("dump", "7.0.0", "Answers all libraries as one payload.")
        .arity(2)
        .flags(NOSCRIPT)
        .complexity("O(N) in the number of functions.");
  }

  static Command.Builder functionRestore() {
    return scripting("restore", "7.0.0", "Adds the libraries of a payload.")
        .arity(-3)
        .flags(WRITE, DENYOOM, NOSCRIPT)
        .tips(ALL_SHARDS, ALL_SUCCEEDED)
        .complexity("O(N) in the number of functions.")
        .arguments(
            Argument.of("serialized-value", "string"),
            Argument.oneOf(
                    "policy",
                    Argument.token("flush", "FLUSH"),
                    Argument.token("append", "APPEND"),
                    Argument.token("replace", "REPLACE"))
                .optional());
  }
}
