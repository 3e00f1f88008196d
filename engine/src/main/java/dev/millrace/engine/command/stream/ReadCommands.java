package dev.millrace.engine.command.stream;

import static dev.millrace.engine.command.CommandFlag.BLOCKING;
import static dev.millrace.engine.command.CommandFlag.MOVABLEKEYS;
import static dev.millrace.engine.command.CommandFlag.READONLY;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.KeySpec;
import dev.millrace.engine.command.KeyWait;
import dev.millrace.engine.command.KeyWaiters;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.value.StreamGroup;
import dev.millrace.engine.value.StreamHead;
import dev.millrace.engine.value.StreamId;
import dev.millrace.engine.value.StreamType;
import java.util.Arrays;
import java.util.List;

/**
 * XREAD and XREADGROUP: what several streams have behind given IDs, or behind what a consumer group
 * has read; and the wait for it.
 *
 * <p>Owned by: executor thread.
 */
final class ReadCommands implements CommandGroup {
  private static final CommandError NEW_WITHOUT_GROUP =
      new CommandError(
          "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group>"
              + " <consumer> option.");
  private static final CommandError LAST_WITH_GROUP =
      new CommandError(
          "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history"
              + " of this consumer by specifying a proper ID, or use the > ID to get new messages."
              + " The $ ID would just return an empty result set.");

  private final StreamType type;
  private final ReadOptions options = new ReadOptions();
  private final GroupReader reader;
  private final StreamReplies replies;
  private final StreamId id = new StreamId();
  private final StreamId top = new StreamId();

  // What each stream named is to be read behind, and its group.
  private long[] millis = new long[8];
  private long[] sequence = new long[8];
  private long[] group = new long[8];

  ReadCommands(StreamType type) {
    this.type = type;
    this.replies = new StreamReplies(type.newCursor());
    this.reader = new GroupReader(type);
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        Command.named("xread")
            .group("stream")
            .since("5.0.0")
            .arity(-4)
            .flags(BLOCKING, READONLY, MOVABLEKEYS)
            .categories("stream")
            .keys(keys(1))
            .summary("Reads the entries of streams behind given IDs, and may wait for some.")
            .complexity("O(N) in the number of entries returned, for each stream.")
            .arguments(count(), block(), streams())
            .handledBy(call -> read(call, false)));
    table.add(
        Command.named("xreadgroup")
            .group("stream")
            .since("5.0.0")
            .arity(-7)
            .flags(BLOCKING, WRITE, MOVABLEKEYS)
            .categories("stream")
            .keys(keys(4))
            .summary("Reads entries of streams as a consumer of a group, and may wait for some.")
            .complexity("O(N) in the number of entries returned, for each stream.")
            .arguments(
                Argument.block(
                        "group_consumer",
                        Argument.of("group", "string"),
                        Argument.of("consumer", "string"))
                    .after("GROUP"),
                count(),
                block(),
                Argument.token("noack", "NOACK").optional(),
                streams())
            .handledBy(call -> read(call, true)));
  }

  private static KeySpec keys(int from) {
    return new KeySpec(
        -1, "STREAMS", from, KeySpec.Find.RANGE, -1, 1, 2, List.of("RO", "access"), "");
  }

  private static Argument count() {
    return Argument.of("count", "integer").after("COUNT").optional();
  }

  private static Argument block() {
    return Argument.of("milliseconds", "integer").after("BLOCK").optional();
  }

  private static Argument streams() {
    return Argument.block(
            "streams", Argument.key("key").multiple(), Argument.of("id", "string").multiple())
        .after("STREAMS");
  }

  private void read(Call call, boolean inGroup) {
    options.parse(call, inGroup);
    int streams = options.streams();
    if (streams > millis.length) {
      millis = Arrays.copyOf(millis, 2 * streams);
      sequence = Arrays.copyOf(sequence, 2 * streams);
      group = Arrays.copyOf(group, 2 * streams);
    }
    for (int i = 0; i < streams; i++) {
      resolve(call, i);
    }
    if (readNow(call) > 0) {
      return;
    }
    if (!options.waits() || call.client().mayNotBlock()) {
      call.reply().nullArray();
      return;
    }
    call.waiters()
        .await(
            call,
            options.firstKey(),
            streams,
            inGroup ? KeyWaiters.ANYTHING : KeyWaiters.holding(Entry.STREAM),
            options.untilMillis(),
            inGroup
                ? new GroupWait(options, reader)
                : new ReadWait(
                    options,
                    type,
                    Arrays.copyOf(millis, streams),
                    Arrays.copyOf(sequence, streams)),
            KeyWait.NULL_ARRAY);
  }

  /** Finds out from where on stream {@code i} is to be read. */
  private void resolve(Call call, int i) {
    int key = options.firstKey() + i;
    int idArgument = key + options.streams();
    long entry = StreamArguments.find(call, key);
    long stream = entry == 0 ? 0 : StreamType.of(entry);
    if (options.inGroup()) {
      group[i] = reader.requireGroup(call, options, key, stream);
    }
    if (StreamArguments.is(call, idArgument, '$')) {
      if (options.inGroup()) {
        throw LAST_WITH_GROUP;
      }
      millis[i] = stream == 0 ? 0 : StreamHead.lastMillis(stream);
      sequence[i] = stream == 0 ? 0 : StreamHead.lastSequence(stream);
      return;
    }
    if (StreamArguments.is(call, idArgument, '>')) {
      if (!options.inGroup()) {
        throw NEW_WITHOUT_GROUP;
      }
      id.setMax();
    } else {
      StreamArguments.id(call, idArgument, id);
    }
    millis[i] = id.millis;
    sequence[i] = id.sequence;
  }

  /** Answers from what is there; returns from how many streams. */
  private int readNow(Call call) {
    ReplyWriter reply = call.reply();
    int served = 0;
    if (options.inGroup()) {
      // It goes to the replication stream as the claims it amounts to.
      call.withoutPropagation();
    }
    for (int i = 0; i < options.streams(); i++) {
      int key = options.firstKey() + i;
      long entry = StreamArguments.find(call, key);
      if (entry == 0) {
        continue;
      }
      long stream = StreamType.of(entry);
      id.set(millis[i], sequence[i]);
      boolean history = options.inGroup() && !id.isMax();
      if (options.inGroup() && id.isMax()) {
        id.set(StreamGroup.lastMillis(group[i]), StreamGroup.lastSequence(group[i]));
      }
      if (!history && !hasBehind(stream)) {
        continue;
      }
      if (served == 0) {
        reply.begin();
      }
      served++;
      if (reply.protocol() == 2) {
        reply.array(2);
      }
      reply.bulk(call.address(key), call.length(key));
      id.increment();
      if (options.inGroup()) {
        type.forWriting(call.database(), entry, call.keyHash(key));
        reader.read(call, options, key, stream, group[i], id, options.count(), history);
      } else {
        replies.cursor().forward(stream, id.millis, id.sequence, StreamId.MAX, StreamId.MAX);
        replies.entries(reply, options.count());
      }
    }
    if (served > 0) {
      if (reply.protocol() == 2) {
        reply.endArray(served);
      } else {
        reply.endMap(served);
      }
    }
    return served;
  }

  private boolean hasBehind(long stream) {
    if (StreamHead.length(stream) == 0) {
      return false;
    }
    type.lastEntry(stream, top);
    return top.compareTo(id) > 0;
  }
}
