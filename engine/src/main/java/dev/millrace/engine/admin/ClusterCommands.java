package dev.millrace.engine.admin;

import static dev.millrace.engine.command.CommandFlag.ADMIN;
import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.LOADING;
import static dev.millrace.engine.command.CommandFlag.NOSCRIPT;
import static dev.millrace.engine.command.CommandFlag.NO_ASYNC_LOADING;
import static dev.millrace.engine.command.CommandFlag.STALE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandFlag;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;

/**
 * CLUSTER, READONLY, READWRITE and ASKING of a server that is no part of a cluster: known, so that
 * a client that looks finds them as in Redis, and refused in Redis's words.
 *
 * <p>Owned by: executor thread.
 */
public final class ClusterCommands implements CommandGroup {
  private static final CommandError DISABLED =
      new CommandError("ERR This instance has cluster support disabled");
  private static final String NONDETERMINISTIC = "nondeterministic_output";

  @Override
  public void declare(CommandTable table) {
    Command.Builder cluster =
        Command.named("cluster")
            .group("cluster")
            .since("3.0.0")
            .arity(-2)
            .summary("Groups the commands of a cluster's nodes.")
            .complexity("It depends on the subcommand.");
    declareQuestions(cluster);
    declareQuestionsOfAdministrators(cluster);
    declareSlots(cluster);
    declareNodes(cluster);
    table.add(cluster);
    table.add(
        connection("readonly", LOADING, STALE, FAST)
            .summary("Lets a connection read from a replica of a cluster."));
    table.add(
        connection("readwrite", LOADING, STALE, FAST).summary("Takes back what READONLY allowed."));
    table.add(
        connection("asking", FAST)
            .summary("Allows the next command on a slot that is being imported."));
  }

  private static Command.Builder connection(String name, CommandFlag... flags) {
    return Command.named(name)
        .group("cluster")
        .since("3.0.0")
        .arity(1)
        .flags(flags)
        .categories("connection")
        .complexity("O(1)")
        .handledBy(ClusterCommands::refuse);
  }

  private static void declareQuestions(Command.Builder to) {
    to.subcommand(
        question("info", "3.0.0", 2).tips(NONDETERMINISTIC).summary("Describes the cluster."));
    to.subcommand(question("nodes", "3.0.0", 2).tips(NONDETERMINISTIC).summary("Lists the nodes."));
    to.subcommand(
        question("shards", "7.0.0", 2)
            .tips(NONDETERMINISTIC)
            .summary("Lists the shards with their slots and nodes."));
    to.subcommand(
        question("slots", "3.0.0", 2)
            .tips(NONDETERMINISTIC)
            .summary("Lists which node serves which slots."));
    to.subcommand(
        question("links", "7.0.0", 2)
            .tips(NONDETERMINISTIC)
            .summary("Lists the connections between nodes."));
    to.subcommand(question("myid", "3.0.0", 2).summary("Answers this node's ID."));
    to.subcommand(
        question("keyslot", "3.0.0", 3)
            .summary("Answers the slot of a key.")
            .arguments(Argument.of("key", "string")));
    to.subcommand(
        question("getkeysinslot", "3.0.0", 4)
            .tips(NONDETERMINISTIC)
            .summary("Answers keys of a slot.")
            .arguments(Argument.of("slot", "integer"), Argument.of("count", "integer")));
    to.subcommand(
        question("countkeysinslot", "3.0.0", 3)
            .summary("Counts the keys of a slot.")
            .arguments(Argument.of("slot", "integer")));
    to.subcommand(
        child("help", "5.0.0", 2).flags(LOADING, STALE).summary("Explains the subcommands."));
  }

  private static void declareQuestionsOfAdministrators(Command.Builder to) {
    for (String name : new String[] {"replicas", "slaves"}) {
      to.subcommand(
          child(name, name.equals("slaves") ? "3.0.0" : "5.0.0", 3)
              .flags(ADMIN, STALE)
              .tips(NONDETERMINISTIC)
              .summary("Lists the replicas of a master.")
              .arguments(Argument.of("node-id", "string")));
    }
    to.subcommand(
        child("count-failure-reports", "3.0.0", 3)
            .flags(ADMIN, STALE)
            .tips(NONDETERMINISTIC)
            .summary("Counts who says that a node has failed.")
            .arguments(Argument.of("node-id", "string")));
  }

  private static void declareSlots(Command.Builder to) {
    Argument slots = Argument.of("slot", "integer").multiple();
    Argument ranges =
        Argument.block(
                "start-slot_end-slot",
                Argument.of("start-slot", "integer"),
                Argument.of("end-slot", "integer"))
            .multiple();
    to.subcommand(change("addslots", "3.0.0", -3).summary("Takes slots.").arguments(slots));
    to.subcommand(
        change("addslotsrange", "7.0.0", -4).summary("Takes ranges of slots.").arguments(ranges));
    to.subcommand(change("delslots", "3.0.0", -3).summary("Gives slots up.").arguments(slots));
    to.subcommand(
        change("delslotsrange", "7.0.0", -4)
            .summary("Gives ranges of slots up.")
            .arguments(ranges));
    to.subcommand(change("flushslots", "3.0.0", 2).summary("Gives all slots up."));
    to.subcommand(
        change("setslot", "3.0.0", -4)
            .summary("Moves a slot between nodes, step by step.")
            .arguments(
                Argument.of("slot", "integer"),
                Argument.oneOf(
                    "subcommand",
                    Argument.of("node-id", "string").after("IMPORTING"),
                    Argument.of("node-id", "string").after("MIGRATING"),
                    Argument.of("node-id", "string").after("NODE"),
                    Argument.token("stable", "STABLE"))));
  }

  private static void declareNodes(Command.Builder to) {
    Argument node = Argument.of("node-id", "string");
    to.subcommand(change("forget", "3.0.0", 3).summary("Forgets a node.").arguments(node));
    to.subcommand(
        change("replicate", "3.0.0", 3)
            .summary("Makes this node a replica of another.")
            .arguments(node));
    to.subcommand(
        change("meet", "3.0.0", -4)
            .summary("Meets another node.")
            .arguments(
                Argument.of("ip", "string"),
                Argument.of("port", "integer"),
                Argument.of("cluster_bus_port", "integer").since("4.0.0").optional()));
    to.subcommand(
        change("failover", "3.0.0", -2)
            .summary("Makes this replica the master.")
            .arguments(
                Argument.oneOf(
                        "options",
                        Argument.token("force", "FORCE"),
                        Argument.token("takeover", "TAKEOVER"))
                    .optional()));
    to.subcommand(
        child("reset", "3.0.0", -2)
            .flags(ADMIN, NOSCRIPT, STALE)
            .summary("Forgets the cluster.")
            .arguments(
                Argument.oneOf(
                        "hard_soft", Argument.token("hard", "HARD"), Argument.token("soft", "SOFT"))
                    .optional()));
    to.subcommand(change("saveconfig", "3.0.0", 2).summary("Writes the node's state to disk."));
    to.subcommand(
        change("bumpepoch", "3.0.0", 2)
            .tips(NONDETERMINISTIC)
            .summary("Goes on to the next configuration epoch."));
    to.subcommand(
        change("set-config-epoch", "3.0.0", 3)
            .summary("Sets a new node's configuration epoch.")
            .arguments(Argument.of("config-epoch", "integer")));
  }

  private static Command.Builder question(String name, String since, int arity) {
    return child(name, since, arity).flags(STALE);
  }

  private static Command.Builder change(String name, String since, int arity) {
    return child(name, since, arity).flags(ADMIN, STALE, NO_ASYNC_LOADING);
  }

  private static Command.Builder child(String name, String since, int arity) {
    return Command.named(name)
        .since(since)
        .arity(arity)
        .complexity("O(1), for it is refused.")
        .handledBy(ClusterCommands::refuse);
  }

  private static void refuse(Call call) {
    throw DISABLED;
  }
}
