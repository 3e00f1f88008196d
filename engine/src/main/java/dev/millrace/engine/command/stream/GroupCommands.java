package dev.millrace.engine.command.stream;

import static dev.millrace.engine.command.CommandFlag.DENYOOM;
import static dev.millrace.engine.command.CommandFlag.LOADING;
import static dev.millrace.engine.command.CommandFlag.STALE;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.value.StreamConsumer;
import dev.millrace.engine.value.StreamGroup;
import dev.millrace.engine.value.StreamGroups;
import dev.millrace.engine.value.StreamHead;
import dev.millrace.engine.value.StreamId;
import dev.millrace.engine.value.StreamType;
import java.util.List;

/**
 * XGROUP: makes, moves and destroys consumer groups, and their consumers.
 *
 * <p>Owned by: executor thread.
 */
final class GroupCommands implements CommandGroup {
  private static final int KEY = 2;
  private static final int GROUP = 3;
  private static final int ID = 4;
  private static final int CONSUMER = 4;
  private static final int OPTIONS = 5;

  private static final byte[] MKSTREAM = StreamArguments.word("mkstream");
  private static final byte[] ENTRIESREAD = StreamArguments.word("entriesread");

  private static final CommandError BAD_ENTRIES_READ =
      new CommandError("ERR value for ENTRIESREAD must be positive or -1");
  private static final CommandError NO_KEY =
      new CommandError(
          "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want"
              + " to use the MKSTREAM option to create an empty stream automatically.");
  private static final CommandError GROUP_EXISTS =
      new CommandError("BUSYGROUP Consumer Group name already exists");

  private static final List<String> HELP =
      List.of(
          "XGROUP <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
          "CREATE <key> <groupname> <id|$> [option]",
          "    Create a new consumer group. Options are:",
          "    * MKSTREAM",
          "      Create the empty stream if it does not exist.",
          "    * ENTRIESREAD entries_read",
          "      Set the group's entries_read counter (internal use).",
          "CREATECONSUMER <key> <groupname> <consumer>",
          "    Create a new consumer in the specified group.",
          "DELCONSUMER <key> <groupname> <consumer>",
          "    Remove the specified consumer.",
          "DESTROY <key> <groupname>",
          "    Remove the specified group.",
          "SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
          "    Set the current group ID and entries_read counter.",
          "HELP",
          "    Prints this help.");

  private final StreamType type;
  private final StreamGroups groups;
  private final StreamId id = new StreamId();
  private boolean makesStream;
  private long entriesRead;

  GroupCommands(StreamType type) {
    this.type = type;
    this.groups = type.groups();
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        Command.named("xgroup")
            .group("stream")
            .since("5.0.0")
            .arity(-2)
            .summary("Works on the consumer groups of a stream.")
            .complexity("Depends on the subcommand.")
            .subcommand(
                sub("create", "Makes a consumer group.", "insert")
                    .arity(-5)
                    .flags(DENYOOM)
                    .arguments(
                        Argument.key("key"),
                        Argument.of("groupname", "string"),
                        idArgument(),
                        Argument.token("mkstream", "MKSTREAM").optional(),
                        entriesReadArgument())
                    .handledBy(this::create))
            .subcommand(
                sub("setid", "Sets how far a consumer group has read.", "update")
                    .arity(-5)
                    .arguments(
                        Argument.key("key"),
                        Argument.of("groupname", "string"),
                        idArgument(),
                        entriesReadArgument())
                    .handledBy(this::setId))
            .subcommand(
                sub("destroy", "Destroys a consumer group.", "delete")
                    .arity(4)
                    .complexity("O(N) in the number of entries pending, freed in slices.")
                    .arguments(Argument.key("key"), Argument.of("groupname", "string"))
                    .handledBy(this::destroy))
            .subcommand(
                ofConsumer("createconsumer", "Makes a consumer of a group.", "insert")
                    .since("6.2.0")
                    .flags(DENYOOM)
                    .handledBy(this::createConsumer))
            .subcommand(
                ofConsumer("delconsumer", "Deletes a consumer of a group.", "delete")
                    .handledBy(this::deleteConsumer))
            .subcommand(
                Command.named("help")
                    .since("5.0.0")
                    .arity(2)
                    .flags(LOADING, STALE)
                    .categories("stream")
                    .summary("Tells the subcommands.")
                    .complexity("O(1)")
                    .handledBy(call -> help(call, HELP))));
  }

  private static Command.Builder sub(String name, String summary, String keyFlag) {
    return Command.named(name)
        .since("5.0.0")
        .flags(WRITE)
        .categories("stream")
        .keys(2, 2, 1, "RW", keyFlag)
        .summary(summary)
        .complexity("O(1)");
  }

  private static Command.Builder ofConsumer(String name, String summary, String keyFlag) {
    return sub(name, summary, keyFlag)
        .arity(5)
        .arguments(
            Argument.key("key"),
            Argument.of("groupname", "string"),
            Argument.of("consumername", "string"));
  }

  private static Argument idArgument() {
    return Argument.oneOf("id", Argument.of("id", "string"), Argument.token("new_id", "$"));
  }

  private static Argument entriesReadArgument() {
    return Argument.of("entries_read", "integer").after("ENTRIESREAD").optional();
  }

  /** Writes a container's help. */
  static void help(Call call, List<String> lines) {
    call.reply().array(lines.size());
    for (String line : lines) {
      call.reply().simple(line);
    }
  }

  private void parseOptions(Call call, boolean creates) {
    makesStream = false;
    entriesRead = StreamGroup.UNKNOWN;
    for (int i = OPTIONS; i < call.argc(); i++) {
      if (creates && call.is(i, MKSTREAM)) {
        makesStream = true;
      } else if (call.is(i, ENTRIESREAD) && i + 1 < call.argc()) {
        i++;
        entriesRead = call.longArgument(i);
        if (entriesRead < 0 && entriesRead != StreamGroup.UNKNOWN) {
          throw BAD_ENTRIES_READ;
        }
      } else {
        throw unknownOption(call, "XGROUP");
      }
    }
  }

  /** The error for arguments a subcommand does not understand. */
  static CommandError unknownOption(Call call, String container) {
    String word = StreamArguments.shown(call, 1);
    return new CommandError(
        "ERR unknown subcommand or wrong number of arguments for '"
            + word.substring(0, Math.min(word.length(), 128))
            + "'. Try "
            + container
            + " HELP.");
  }

  private long requireStream(Call call) {
    long entry = StreamArguments.findForWrite(call, KEY);
    if (entry == 0) {
      throw NO_KEY;
    }
    return entry;
  }

  private long findGroup(Call call, long stream) {
    return groups.find(stream, call.address(GROUP), call.length(GROUP));
  }

  private long requireGroup(Call call, long entry) {
    long group = findGroup(call, StreamType.of(entry));
    if (group == 0) {
      throw noGroup(call, KEY, GROUP);
    }
    return group;
  }

  /** The error for a group that is not there. */
  static CommandError noGroup(Call call, int key, int group) {
    return new CommandError(
        "NOGROUP No such consumer group '"
            + StreamArguments.shown(call, group)
            + "' for key name '"
            + StreamArguments.shown(call, key)
            + "'");
  }

  private void readId(Call call, long entry, boolean allowsMarks) {
    if (StreamArguments.is(call, ID, '$')) {
      if (entry == 0) {
        id.setMin();
      } else {
        StreamHead.last(StreamType.of(entry), id);
      }
    } else if (allowsMarks) {
      StreamArguments.idOrMark(call, ID, id);
    } else {
      StreamArguments.id(call, ID, id);
    }
  }

  private void create(Call call) {
    parseOptions(call, true);
    long entry = makesStream ? StreamArguments.findForWrite(call, KEY) : requireStream(call);
    readId(call, entry, false);
    long hash = call.keyHash(KEY);
    long stream;
    if (entry == 0) {
      stream = type.create(call.database(), call.address(KEY), call.length(KEY), hash);
    } else if (findGroup(call, StreamType.of(entry)) != 0) {
      throw GROUP_EXISTS;
    } else {
      stream = type.forWriting(call.database(), entry, hash);
    }
    groups.create(
        stream, call.address(GROUP), call.length(GROUP), id.millis, id.sequence, entriesRead);
    call.changed();
    call.reply().ok();
    call.notify(KeyspaceEvents.STREAM, "xgroup-create", KEY);
    if (entry == 0) {
      call.keyChanged(KEY);
    }
  }

  private void setId(Call call) {
    parseOptions(call, false);
    long entry = requireStream(call);
    long group = requireGroup(call, entry);
    readId(call, entry, true);
    type.forWriting(call.database(), entry, call.keyHash(KEY));
    StreamGroup.last(group, id.millis, id.sequence);
    StreamGroup.entriesRead(group, entriesRead);
    call.changed();
    call.reply().ok();
    call.notify(KeyspaceEvents.STREAM, "xgroup-setid", KEY);
  }

  private void destroy(Call call) {
    long entry = requireStream(call);
    long group = findGroup(call, StreamType.of(entry));
    if (group == 0) {
      call.reply().integer(0);
      return;
    }
    long stream = type.forWriting(call.database(), entry, call.keyHash(KEY));
    type.destroyGroup(stream, group);
    call.changed();
    call.reply().integer(1);
    call.notify(KeyspaceEvents.STREAM, "xgroup-destroy", KEY);
    // Who waits in the group is told; for WATCH the value is the same.
    call.waiters().touched(call.database(), call.address(KEY), call.length(KEY), call.keyHash(KEY));
  }

  private void createConsumer(Call call) {
    long entry = requireStream(call);
    long group = requireGroup(call, entry);
    long stream = StreamType.of(entry);
    if (groups.findConsumer(stream, group, call.address(CONSUMER), call.length(CONSUMER)) != 0) {
      call.reply().integer(0);
      return;
    }
    type.forWriting(call.database(), entry, call.keyHash(KEY));
    groups.createConsumer(
        stream, group, call.address(CONSUMER), call.length(CONSUMER), call.nowMillis());
    call.notify(KeyspaceEvents.STREAM, "xgroup-createconsumer", KEY);
    call.changed();
    call.reply().integer(1);
  }

  private void deleteConsumer(Call call) {
    long entry = requireStream(call);
    long group = requireGroup(call, entry);
    long stream = StreamType.of(entry);
    long consumer =
        groups.findConsumer(stream, group, call.address(CONSUMER), call.length(CONSUMER));
    if (consumer == 0) {
      call.reply().integer(0);
      return;
    }
    long pending = StreamConsumer.pending(consumer);
    type.forWriting(call.database(), entry, call.keyHash(KEY));
    groups.deleteConsumer(stream, group, consumer);
    call.notify(KeyspaceEvents.STREAM, "xgroup-delconsumer", KEY);
    call.changed();
    call.reply().integer(pending);
  }
}
