package dev.millrace.engine.admin;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandFlag;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.HelpText;
import dev.millrace.engine.command.KeyFinder;
import dev.millrace.engine.config.GlobPattern;
import dev.millrace.engine.protocol.ReplyWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * COMMAND: what the declarations say, in Redis's shapes.
 *
 * <p>Owned by: executor thread.
 */
public final class CommandCommands implements CommandGroup {
  private static final CommandError INVALID_COMMAND =
      new CommandError("ERR Invalid command specified");
  private static final CommandError NO_KEYS =
      new CommandError("ERR The command has no key arguments");
  private static final CommandError BAD_COUNT =
      new CommandError("ERR Invalid number of arguments specified for command");

  private final CommandTable table;

  /** The commands, about everything in {@code table}. */
  public CommandCommands(CommandTable table) {
    this.table = table;
  }

  @Override
  public void declare(CommandTable into) {
    into.add(
        CommandDeclarations.command()
            .handledBy(call -> CommandReplies.details(call.reply(), table.all()))
            .subcommand(CommandDeclarations.commandGetkeys().handledBy(call -> keys(call, false)))
            .subcommand(
                CommandDeclarations.commandGetkeysandflags().handledBy(call -> keys(call, true)))
            .subcommand(CommandDeclarations.commandList().handledBy(this::list))
            .subcommand(CommandDeclarations.commandDocs().handledBy(this::docs))
            .subcommand(CommandDeclarations.commandInfo().handledBy(this::info))
            .subcommand(
                CommandDeclarations.commandHelp()
                    .handledBy(
                        HelpText.of(
                            "COMMAND",
                            "(no subcommand)",
                            "    Describes every command to programs.",
                            "COUNT",
                            "    The number of commands.",
                            "DOCS [<command> ...]",
                            "    Describes commands to people.",
                            "GETKEYS <command line>",
                            "    The keys of a command line.",
                            "GETKEYSANDFLAGS <command line>",
                            "    The keys of a command line and what is done with each.",
                            "INFO [<command> ...]",
                            "    Describes commands to programs.",
                            "LIST [FILTERBY (MODULE <name>|ACLCAT <category>|PATTERN <glob>)]",
                            "    The names of commands.")))
            .subcommand(
                CommandDeclarations.commandCount()
                    .handledBy(call -> call.reply().integer(table.all().size()))));
  }

  private void info(Call call) {
    if (call.argc() == 2) {
      CommandReplies.details(call.reply(), table.all());
      return;
    }
    call.reply().array(call.argc() - 2L);
    for (int i = 2; i < call.argc(); i++) {
      Command command = table.find(call.text(i));
      if (command == null) {
        call.reply().nullBulk();
      } else {
        CommandReplies.details(call.reply(), command);
      }
    }
  }

  private void docs(Call call) {
    Collection<Command> shown = new ArrayList<>();
    if (call.argc() == 2) {
      shown = table.all();
    } else {
      for (int i = 2; i < call.argc(); i++) {
        Command command = table.find(call.text(i));
        if (command != null) {
          shown.add(command);
        }
      }
    }
    call.reply().map(shown.size());
    for (Command command : shown) {
      call.reply().bulk(command.fullName());
      CommandReplies.documentation(call.reply(), command);
    }
  }

  /** Commands and subcommands alike. */
  private void list(Call call) {
    Filter filter = command -> true;
    if (call.argc() == 5 && call.text(2).equalsIgnoreCase("filterby")) {
      filter = filter(call.text(3).toLowerCase(Locale.ROOT), call.text(4));
    } else if (call.argc() != 2) {
      throw CommandError.SYNTAX;
    }
    List<String> names = new ArrayList<>();
    for (Command command : table.all()) {
      addIf(filter, command, names);
      for (Command child : command.subcommands().values()) {
        addIf(filter, child, names);
      }
    }
    call.reply().array(names.size());
    names.forEach(call.reply()::bulk);
  }

  private static void addIf(Filter filter, Command command, List<String> names) {
    if (filter.accepts(command)) {
      names.add(command.fullName());
    }
  }

  @FunctionalInterface
  private interface Filter {
    boolean accepts(Command command);
  }

  private static Filter filter(String kind, String value) {
    return switch (kind) {
      case "module" -> command -> false;
      case "aclcat" -> {
        String category = value.toLowerCase(Locale.ROOT);
        yield command -> command.categories().contains(category);
      }
      case "pattern" -> {
        GlobPattern glob = GlobPattern.ignoringCase(value);
        yield command -> glob.matches(command.fullName());
      }
      default -> throw CommandError.SYNTAX;
    };
  }

  private void keys(Call call, boolean withFlags) {
    Command command = named(call);
    if (command == null) {
      throw INVALID_COMMAND;
    }
    if (command.keySpecs().stream().allMatch(spec -> spec.flags().contains("not_key"))) {
      throw NO_KEYS;
    }
    if (!command.accepts(call.argc() - 2)) {
      throw BAD_COUNT;
    }
    List<KeyFinder.Key> keys = keysOf(command, call);
    ReplyWriter reply = call.reply();
    reply.array(keys.size());
    for (KeyFinder.Key key : keys) {
      if (withFlags) {
        reply.array(2);
      }
      reply.bulk(call.address(key.argument()), call.length(key.argument()));
      if (withFlags) {
        reply.set(key.flags().size());
        key.flags().forEach(reply::simple);
      }
    }
  }

  private static List<KeyFinder.Key> keysOf(Command command, Call call) {
    // Only a script may be called with no key at all, or with a number that makes no sense.
    boolean mayHaveNone = command.has(CommandFlag.NO_MANDATORY_KEYS);
    try {
      List<KeyFinder.Key> keys = KeyFinder.find(command, call.request(), 2);
      if (!keys.isEmpty() || mayHaveNone) {
        return keys;
      }
    } catch (CommandError unclear) {
      if (mayHaveNone) {
        return List.of();
      }
      throw unclear;
    }
    throw KeyFinder.INVALID_ARGUMENTS;
  }

  private @Nullable Command named(Call call) {
    Command command = table.find(call.text(2));
    if (command == null || command.subcommands().isEmpty() || call.argc() == 3) {
      return command;
    }
    return command.subcommands().get(call.text(3).toLowerCase(Locale.ROOT));
  }
}
