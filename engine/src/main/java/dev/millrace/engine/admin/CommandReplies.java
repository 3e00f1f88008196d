package dev.millrace.engine.admin;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandFlag;
import dev.millrace.engine.command.KeySpec;
import dev.millrace.engine.protocol.ReplyWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Writes a command's declaration in the shapes of COMMAND INFO and COMMAND DOCS. */
final class CommandReplies {
  /** Every ACL category, in the order Redis lists those of a command. */
  private static final List<String> CATEGORIES =
      List.of(
          "keyspace",
          "read",
          "write",
          "set",
          "sortedset",
          "list",
          "hash",
          "string",
          "bitmap",
          "hyperloglog",
          "geo",
          "stream",
          "pubsub",
          "admin",
          "fast",
          "slow",
          "blocking",
          "dangerous",
          "connection",
          "transaction",
          "scripting");

  private CommandReplies() {}

  /** COMMAND INFO of several commands. */
  static void details(ReplyWriter reply, Collection<Command> commands) {
    reply.array(commands.size());
    commands.forEach(command -> details(reply, command));
  }

  /** COMMAND INFO of one command: ten elements, the last its subcommands. */
  static void details(ReplyWriter reply, Command command) {
    reply.array(10);
    reply.bulk(command.fullName());
    reply.integer(command.arity());
    List<String> flags = new ArrayList<>();
    for (CommandFlag flag : CommandFlag.values()) {
      // What may replicate without writing is known to the server only.
      if (command.has(flag) && flag != CommandFlag.MAY_REPLICATE) {
        flags.add(flag.word());
      }
    }
    reply.set(flags.size());
    flags.forEach(reply::simple);
    KeyRange range = KeyRange.of(command.keySpecs());
    reply.integer(range.first());
    reply.integer(range.last());
    reply.integer(range.step());
    reply.set(command.categories().size());
    CATEGORIES.stream()
        .filter(command.categories()::contains)
        .forEach(category -> reply.simple("@" + category));
    reply.set(command.tips().size());
    command.tips().forEach(reply::bulk);
    reply.set(command.keySpecs().size());
    command.keySpecs().forEach(spec -> keySpec(reply, spec));
    subcommands(reply, command.subcommands().values());
  }

  // Where there is nothing to list, Redis says so with an empty set rather than an empty array.
  private static void subcommands(ReplyWriter reply, Collection<Command> children) {
    if (children.isEmpty()) {
      reply.set(0);
    } else {
      details(reply, children);
    }
  }

  private static void keySpec(ReplyWriter reply, KeySpec spec) {
    boolean hasNotes = !spec.notes().isEmpty();
    reply.map(hasNotes ? 4 : 3);
    if (hasNotes) {
      reply.bulk("notes");
      reply.bulk(spec.notes());
    }
    reply.bulk("flags");
    reply.set(spec.flags().size());
    spec.flags().forEach(reply::simple);
    reply.bulk("begin_search");
    reply.map(2);
    reply.bulk("type");
    if (spec.find() == KeySpec.Find.UNKNOWN) {
      reply.bulk("unknown");
      reply.bulk("spec");
      reply.map(0);
    } else if (spec.keyword().isEmpty()) {
      reply.bulk("index");
      reply.bulk("spec");
      reply.map(1);
      reply.bulk("index");
      reply.integer(spec.beginIndex());
    } else {
      reply.bulk("keyword");
      reply.bulk("spec");
      reply.map(2);
      reply.bulk("keyword");
      reply.bulk(spec.keyword());
      reply.bulk("startfrom");
      reply.integer(spec.keywordFrom());
    }
    reply.bulk("find_keys");
    reply.map(2);
    reply.bulk("type");
    findKeys(reply, spec);
  }

  private static void findKeys(ReplyWriter reply, KeySpec spec) {
    switch (spec.find()) {
      case RANGE -> {
        reply.bulk("range");
        reply.bulk("spec");
        numbers(reply, "lastkey", spec.lastKey(), "keystep", spec.step(), "limit", spec.limit());
      }
      case KEYNUM -> {
        reply.bulk("keynum");
        reply.bulk("spec");
        numbers(reply, "keynumidx", 0, "firstkey", 1, "keystep", spec.step());
      }
      case UNKNOWN -> {
        reply.bulk("unknown");
        reply.bulk("spec");
        reply.map(0);
      }
    }
  }

  private static void numbers(
      ReplyWriter reply,
      String one,
      long first,
      String two,
      long second,
      String three,
      long third) {
    reply.map(3);
    reply.bulk(one);
    reply.integer(first);
    reply.bulk(two);
    reply.integer(second);
    reply.bulk(three);
    reply.integer(third);
  }

  /** COMMAND DOCS of one command. */
  static void documentation(ReplyWriter reply, Command command) {
    reply.begin();
    int entries = 3;
    text(reply, "summary", command.summary());
    text(reply, "since", command.since());
    text(reply, "group", command.group());
    if (!command.complexity().isEmpty()) {
      text(reply, "complexity", command.complexity());
      entries++;
    }
    entries += status(reply, command.fullName());
    if (!command.arguments().isEmpty()) {
      reply.bulk("arguments");
      arguments(reply, command.arguments());
      entries++;
    }
    if (!command.subcommands().isEmpty()) {
      reply.bulk("subcommands");
      reply.map(command.subcommands().size());
      for (Command child : command.subcommands().values()) {
        reply.bulk(child.fullName());
        documentation(reply, child);
      }
      entries++;
    }
    reply.endMap(entries);
  }

  /** Whether the command is out of date or the system's own; returns how many entries that took. */
  private static int status(ReplyWriter reply, String fullName) {
    Deprecations.Deprecation deprecation = Deprecations.of(fullName);
    if (deprecation != null) {
      reply.bulk("doc_flags");
      reply.set(1);
      reply.simple("deprecated");
      text(reply, "deprecated_since", deprecation.since());
      text(reply, "replaced_by", deprecation.replacedBy());
      return 3;
    }
    if (Deprecations.isSystemCommand(fullName)) {
      reply.bulk("doc_flags");
      reply.set(1);
      reply.simple("syscmd");
      return 1;
    }
    return 0;
  }

  private static void arguments(ReplyWriter reply, List<Argument> arguments) {
    reply.array(arguments.size());
    arguments.forEach(argument -> argument(reply, argument));
  }

  private static void argument(ReplyWriter reply, Argument argument) {
    reply.begin();
    int entries = 2;
    text(reply, "name", argument.name());
    text(reply, "type", argument.type());
    if (argument.keySpecIndex() >= 0) {
      reply.bulk("key_spec_index");
      reply.integer(argument.keySpecIndex());
      entries++;
    }
    if (!argument.token().isEmpty() || argument.type().equals("pure-token")) {
      text(reply, "token", argument.token());
      entries++;
    }
    if (!argument.since().isEmpty()) {
      text(reply, "since", argument.since());
      entries++;
    }
    if (!argument.flags().isEmpty()) {
      reply.bulk("flags");
      reply.set(argument.flags().size());
      argument.flags().forEach(reply::simple);
      entries++;
    }
    if (!argument.parts().isEmpty()) {
      reply.bulk("arguments");
      arguments(reply, argument.parts());
      entries++;
    }
    reply.endMap(entries);
  }

  private static void text(ReplyWriter reply, String name, String value) {
    reply.bulk(name);
    reply.bulk(value);
  }
}
