package dev.millrace.engine.command.stream;

import static dev.millrace.engine.command.CommandFlag.DENYOOM;
import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.READONLY;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.value.StreamHead;
import dev.millrace.engine.value.StreamId;
import dev.millrace.engine.value.StreamType;

/**
 * Commands on the entries of one stream: XLEN, XRANGE, XREVRANGE, XDEL, XSETID.
 *
 * <p>Owned by: executor thread.
 */
final class EntryCommands implements CommandGroup {
  private static final int KEY = 1;
  private static final byte[] ENTRIESADDED = StreamArguments.word("entriesadded");
  private static final byte[] MAXDELETEDID = StreamArguments.word("maxdeletedid");

  private static final CommandError NEGATIVE_ADDED =
      new CommandError("ERR entries_added must be positive");
  private static final CommandError BELOW_GIVEN_DELETED =
      new CommandError(
          "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id");
  private static final CommandError BELOW_TOP =
      new CommandError("ERR The ID specified in XSETID is smaller than the target stream top item");
  private static final CommandError ADDED_BELOW_LENGTH =
      new CommandError(
          "ERR The entries_added specified in XSETID is smaller than the target stream length");

  private final StreamType type;
  private final StreamReplies replies;
  private final StreamId start = new StreamId();
  private final StreamId end = new StreamId();
  private final StreamId id = new StreamId();

  EntryCommands(StreamType type) {
    this.type = type;
    this.replies = new StreamReplies(type.newCursor());
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        stream("xlen", "Counts the entries of a stream.")
            .arity(2)
            .flags(READONLY, FAST)
            .keys(1, 1, 1, "RO")
            .complexity("O(1)")
            .arguments(Argument.key("key"))
            .handledBy(this::length));
    table.add(
        range("xrange", "Reads the entries of a stream between two IDs.")
            .arguments(
                Argument.key("key"),
                Argument.of("start", "string"),
                Argument.of("end", "string"),
                Argument.of("count", "integer").after("COUNT").optional())
            .handledBy(call -> range(call, false)));
    table.add(
        range("xrevrange", "Reads the entries of a stream between two IDs, the last first.")
            .arguments(
                Argument.key("key"),
                Argument.of("end", "string"),
                Argument.of("start", "string"),
                Argument.of("count", "integer").after("COUNT").optional())
            .handledBy(call -> range(call, true)));
    table.add(
        stream("xdel", "Deletes entries of a stream.")
            .arity(-3)
            .flags(WRITE, FAST)
            .keys(1, 1, 1, "RW", "delete")
            .complexity("O(1) for each entry, however long the stream is.")
            .arguments(Argument.key("key"), Argument.of("id", "string").multiple())
            .handledBy(this::delete));
    table.add(
        stream("xsetid", "Sets the last ID of a stream; meant for replication.")
            .arity(-3)
            .flags(WRITE, DENYOOM, FAST)
            .keys(1, 1, 1, "RW", "update")
            .complexity("O(1)")
            .arguments(
                Argument.key("key"),
                Argument.of("last-id", "string"),
                Argument.of("entries_added", "integer")
                    .after("ENTRIESADDED")
                    .since("7.0.0")
                    .optional(),
                Argument.of("max_deleted_entry_id", "string")
                    .after("MAXDELETEDID")
                    .since("7.0.0")
                    .optional())
            .handledBy(this::setId));
  }

  private static Command.Builder stream(String name, String summary) {
    return Command.named(name).group("stream").since("5.0.0").categories("stream").summary(summary);
  }

  private static Command.Builder range(String name, String summary) {
    return stream(name, summary)
        .arity(-4)
        .flags(READONLY)
        .keys(1, 1, 1, "RO", "access")
        .complexity("O(N) in the number of entries returned, wherever they are.");
  }

  private void length(Call call) {
    long entry = StreamArguments.find(call, KEY);
    call.reply().integer(entry == 0 ? 0 : StreamHead.length(StreamType.of(entry)));
  }

  private void range(Call call, boolean backward) {
    StreamArguments.start(call, backward ? 3 : 2, start);
    StreamArguments.end(call, backward ? 2 : 3, end);
    long count = -1;
    for (int i = 4; i < call.argc(); i += 2) {
      if (!call.is(i, StreamArguments.COUNT) || i + 1 == call.argc()) {
        throw CommandError.SYNTAX;
      }
      count = Math.max(0, call.longArgument(i + 1));
    }
    long entry = StreamArguments.find(call, KEY);
    if (entry == 0) {
      call.reply().array(0);
      return;
    }
    if (count == 0) {
      call.reply().nullArray();
      return;
    }
    long stream = StreamType.of(entry);
    if (backward) {
      replies.cursor().backward(stream, start.millis, start.sequence, end.millis, end.sequence);
    } else {
      replies.cursor().forward(stream, start.millis, start.sequence, end.millis, end.sequence);
    }
    replies.entries(call.reply(), Math.max(0, count));
  }

  private void delete(Call call) {
    long entry = StreamArguments.findForWrite(call, KEY);
    if (entry == 0) {
      call.reply().integer(0);
      return;
    }
    for (int i = 2; i < call.argc(); i++) {
      StreamArguments.id(call, i, id);
    }
    long stream = type.forWriting(call.database(), entry, call.keyHash(KEY));
    long deleted = 0;
    for (int i = 2; i < call.argc(); i++) {
      StreamArguments.id(call, i, id);
      if (type.delete(stream, id.millis, id.sequence)) {
        deleted++;
      }
    }
    if (deleted > 0) {
      type.entriesDeleted(stream);
      call.changed(deleted);
      call.keyReduced(KEY);
      call.notify(KeyspaceEvents.STREAM, "xdel", KEY);
    }
    call.reply().integer(deleted);
  }

  private void setId(Call call) {
    StreamArguments.id(call, 2, id);
    long added = -1;
    start.setMin();
    for (int i = 3; i < call.argc(); i += 2) {
      boolean hasValue = i + 1 < call.argc();
      if (call.is(i, ENTRIESADDED) && hasValue) {
        added = call.longArgument(i + 1);
        if (added < 0) {
          throw NEGATIVE_ADDED;
        }
      } else if (call.is(i, MAXDELETEDID) && hasValue) {
        StreamArguments.id(call, i + 1, start);
        if (id.compareTo(start) < 0) {
          throw BELOW_GIVEN_DELETED;
        }
      } else {
        throw CommandError.SYNTAX;
      }
    }
    long entry = StreamArguments.findForWrite(call, KEY);
    if (entry == 0) {
      throw CommandError.NO_SUCH_KEY;
    }
    requireAbove(StreamType.of(entry), added);
    long stream = type.forWriting(call.database(), entry, call.keyHash(KEY));
    StreamHead.last(stream, id.millis, id.sequence);
    if (added >= 0) {
      StreamHead.added(stream, added);
    }
    if (!start.isMin()) {
      StreamHead.deleted(stream, start.millis, start.sequence);
    }
    call.changed();
    call.reply().ok();
    call.notify(KeyspaceEvents.STREAM, "xsetid", KEY);
  }

  private void requireAbove(long stream, long added) {
    if (StreamHead.length(stream) > 0) {
      type.lastEntry(stream, end);
      if (id.compareTo(end) < 0) {
        throw BELOW_TOP;
      }
      if (added != -1 && StreamHead.length(stream) > added) {
        throw ADDED_BELOW_LENGTH;
      }
    }
  }
}
