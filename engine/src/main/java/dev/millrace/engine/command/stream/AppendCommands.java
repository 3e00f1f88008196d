package dev.millrace.engine.command.stream;

import static dev.millrace.engine.command.CommandFlag.DENYOOM;
import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.KeySpec;
import dev.millrace.engine.config.EncodingSettings;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.value.StreamFields;
import dev.millrace.engine.value.StreamHead;
import dev.millrace.engine.value.StreamId;
import dev.millrace.engine.value.StreamType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * XADD and XTRIM. An ID made here goes to the replication stream as it came out.
 *
 * <p>Owned by: executor thread.
 */
final class AppendCommands implements CommandGroup {
  private static final int KEY = 1;

  private static final CommandError WRONG_ARITY =
      new CommandError("ERR wrong number of arguments for 'xadd' command");
  private static final CommandError ID_ZERO =
      new CommandError("ERR The ID specified in XADD must be greater than 0-0");
  private static final CommandError EXHAUSTED =
      new CommandError(
          "ERR The stream has exhausted the last possible ID, unable to add more items");
  private static final CommandError ID_TOO_SMALL =
      new CommandError(
          "ERR The ID specified in XADD is equal or smaller than the target stream top item");
  private static final CommandError TOO_LONG =
      new CommandError("ERR Elements are too large to be stored");

  private final StreamType type;
  private final TrimOptions options;
  private final StreamId last = new StreamId();
  private final Fields fields = new Fields();

  /** The arguments of XADD behind the ID. */
  private static final class Fields implements StreamFields {
    private @Nullable Call call;
    private int first;

    void of(Call of, int firstArgument) {
      call = of;
      first = firstArgument;
    }

    private Call call() {
      assert call != null;
      return call;
    }

    @Override
    public int fields() {
      return (call().argc() - first) / 2;
    }

    @Override
    public long address(int part) {
      return call().address(first + part);
    }

    @Override
    public int length(int part) {
      return call().length(first + part);
    }
  }

  AppendCommands(StreamType type, EncodingSettings settings) {
    this.type = type;
    this.options = new TrimOptions(settings);
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        Command.named("xadd")
            .group("stream")
            .since("5.0.0")
            .arity(-5)
            .flags(WRITE, DENYOOM, FAST)
            .categories("stream")
            .tips("nondeterministic_output")
            .keys(
                new KeySpec(
                    1,
                    "",
                    0,
                    KeySpec.Find.RANGE,
                    0,
                    1,
                    0,
                    List.of("RW", "update"),
                    "UPDATE instead of INSERT because of the optional trimming feature"))
            .summary("Adds an entry to a stream, and trims the stream if told to.")
            .complexity("O(1) to add; O(N) to trim N entries.")
            .arguments(
                Argument.key("key"),
                Argument.token("nomkstream", "NOMKSTREAM").since("6.2.0").optional(),
                trimArgument().optional(),
                Argument.oneOf(
                    "id_or_auto", Argument.token("auto_id", "*"), Argument.of("id", "string")),
                Argument.block(
                        "field_value",
                        Argument.of("field", "string"),
                        Argument.of("value", "string"))
                    .multiple())
            .handledBy(this::add));
    table.add(
        Command.named("xtrim")
            .group("stream")
            .since("5.0.0")
            .arity(-4)
            .flags(WRITE)
            .categories("stream")
            .tips("nondeterministic_output")
            .keys(1, 1, 1, "RW", "delete")
            .summary("Deletes the oldest entries of a stream, to a length or up to an ID.")
            .complexity("O(N) in the number of entries deleted, of which whole nodes go at once.")
            .arguments(Argument.key("key"), trimArgument())
            .handledBy(this::trim));
  }

  private static Argument trimArgument() {
    return Argument.block(
        "trim",
        Argument.oneOf(
            "strategy",
            Argument.token("maxlen", "MAXLEN"),
            Argument.token("minid", "MINID").since("6.2.0")),
        Argument.oneOf(
                "operator", Argument.token("equal", "="), Argument.token("approximately", "~"))
            .optional(),
        Argument.of("threshold", "string"),
        Argument.of("count", "integer").after("LIMIT").since("6.2.0").optional());
  }

  private void add(Call call) {
    int idArgument = options.parseAdd(call);
    int parts = call.argc() - idArgument - 1;
    if (parts < 2 || parts % 2 != 0) {
      throw WRONG_ARITY;
    }
    StreamId id = options.id;
    if (options.isIdGiven() && id.isMin()) {
      throw ID_ZERO;
    }
    Database database = call.database();
    long hash = call.keyHash(KEY);
    long entry = StreamArguments.findForWrite(call, KEY);
    if (entry == 0 && options.needsStream()) {
      call.reply().nullBulk();
      return;
    }
    fields.of(call, idArgument + 1);
    if (entry == 0) {
      last.setMin();
    } else {
      StreamHead.last(StreamType.of(entry), last);
    }
    chooseId(call, id);
    if (StreamType.isTooLong(fields)) {
      throw TOO_LONG;
    }
    long stream =
        entry == 0
            ? type.create(database, call.address(KEY), call.length(KEY), hash)
            : type.forWriting(database, entry, hash);
    type.append(stream, id.millis, id.sequence, fields);
    call.changed();
    call.reply().bulkId(id.millis, id.sequence);
    call.notify(KeyspaceEvents.STREAM, "xadd", KEY);
    if (options.isGiven() && options.run(type, stream) > 0) {
      call.notify(KeyspaceEvents.STREAM, "xtrim", KEY);
    }
    if (!options.isIdGiven() || options.isApproximate()) {
      options.propagate(call, type, stream, options.isIdGiven() ? 0 : idArgument);
    }
    call.keyChanged(KEY);
  }

  /** Completes the new entry's ID, which must come after {@link #last}. */
  private void chooseId(Call call, StreamId id) {
    if (last.isMax()) {
      throw EXHAUSTED;
    }
    if (!options.isTimeGiven()) {
      if (Long.compareUnsigned(call.nowMillis(), last.millis) > 0) {
        id.set(call.nowMillis(), 0);
      } else {
        id.set(last);
        id.increment();
      }
    } else if (!options.isIdGiven() && id.millis == last.millis) {
      if (last.sequence == StreamId.MAX) {
        throw ID_TOO_SMALL;
      }
      id.sequence = last.sequence + 1;
    }
    if (id.compareTo(last) <= 0) {
      throw ID_TOO_SMALL;
    }
  }

  private void trim(Call call) {
    options.parseTrim(call);
    long entry = StreamArguments.findForWrite(call, KEY);
    if (entry == 0) {
      call.reply().integer(0);
      return;
    }
    long stream = type.forWriting(call.database(), entry, call.keyHash(KEY));
    long removed = options.run(type, stream);
    if (removed > 0) {
      call.notify(KeyspaceEvents.STREAM, "xtrim", KEY);
      call.changed(removed);
      if (options.isApproximate()) {
        options.propagate(call, type, stream, 0);
      }
      call.keyReduced(KEY);
    }
    call.reply().integer(removed);
  }
}
