package dev.millrace.engine.command.stream;

import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.READONLY;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.value.StreamConsumer;
import dev.millrace.engine.value.StreamGroup;
import dev.millrace.engine.value.StreamGroups;
import dev.millrace.engine.value.StreamId;
import dev.millrace.engine.value.StreamPending;
import dev.millrace.engine.value.StreamType;

/**
 * XACK and XPENDING: entries delivered to consumers and not acknowledged.
 *
 * <p>Owned by: executor thread.
 */
final class PendingCommands implements CommandGroup {
  private static final int KEY = 1;
  private static final int GROUP = 2;
  private static final int RANGE = 3;
  private static final byte[] IDLE = StreamArguments.word("idle");

  private final StreamType type;
  private final StreamGroups groups;
  private final StreamId start = new StreamId();
  private final StreamId end = new StreamId();

  PendingCommands(StreamType type) {
    this.type = type;
    this.groups = type.groups();
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        Command.named("xack")
            .group("stream")
            .since("5.0.0")
            .arity(-4)
            .flags(WRITE, FAST)
            .categories("stream")
            .keys(1, 1, 1, "RW", "update")
            .summary("Acknowledges entries that were delivered to consumers of a group.")
            .complexity("O(1) for each ID.")
            .arguments(
                Argument.key("key"),
                Argument.of("group", "string"),
                Argument.of("id", "string").multiple())
            .handledBy(this::acknowledge));
    table.add(
        Command.named("xpending")
            .group("stream")
            .since("5.0.0")
            .arity(-3)
            .flags(READONLY)
            .categories("stream")
            .tips("nondeterministic_output")
            .keys(1, 1, 1, "RO", "access")
            .summary("Tells what was delivered to consumers of a group and not acknowledged.")
            .complexity("O(N) in the number of entries looked at, or of consumers in a summary.")
            .arguments(
                Argument.key("key"),
                Argument.of("group", "string"),
                Argument.block(
                        "filters",
                        Argument.of("min-idle-time", "integer")
                            .after("IDLE")
                            .since("6.2.0")
                            .optional(),
                        Argument.of("start", "string"),
                        Argument.of("end", "string"),
                        Argument.of("count", "integer"),
                        Argument.of("consumer", "string").optional())
                    .optional())
            .handledBy(this::pending));
  }

  private void acknowledge(Call call) {
    long entry = StreamArguments.find(call, KEY);
    long group =
        entry == 0 ? 0 : groups.find(StreamType.of(entry), call.address(GROUP), call.length(GROUP));
    if (group == 0) {
      call.reply().integer(0);
      return;
    }
    for (int i = 3; i < call.argc(); i++) {
      StreamArguments.id(call, i, start);
    }
    long stream = type.forWriting(call.database(), entry, call.keyHash(KEY));
    long acknowledged = 0;
    for (int i = 3; i < call.argc(); i++) {
      StreamArguments.id(call, i, start);
      long pending = groups.findPending(stream, group, start.millis, start.sequence);
      if (pending != 0) {
        groups.deletePending(stream, group, pending);
        acknowledged++;
      }
    }
    call.changed(acknowledged);
    call.reply().integer(acknowledged);
  }

  private void pending(Call call) {
    if (call.argc() != RANGE && (call.argc() < RANGE + 3 || call.argc() > RANGE + 6)) {
      throw CommandError.SYNTAX;
    }
    long minIdle = 0;
    long count = 0;
    int consumerArgument = 0;
    if (call.argc() > RANGE) {
      int range = RANGE;
      if (call.is(RANGE, IDLE)) {
        minIdle = call.longArgument(RANGE + 1);
        if (call.argc() < RANGE + 5) {
          throw CommandError.SYNTAX;
        }
        range += 2;
      }
      count = Math.max(0, call.longArgument(range + 2));
      StreamArguments.start(call, range, start);
      StreamArguments.end(call, range + 1, end);
      consumerArgument = range + 3 < call.argc() ? range + 3 : 0;
    }
    long entry = StreamArguments.find(call, KEY);
    long stream = entry == 0 ? 0 : StreamType.of(entry);
    long group = requireGroup(call, groups, stream);
    if (call.argc() == RANGE) {
      summary(call.reply(), stream, group);
    } else {
      range(call, stream, group, consumerArgument, count, minIdle);
    }
  }

  /** The group that argument 2 names, for a command whose key is argument 1. */
  static long requireGroup(Call call, StreamGroups groups, long stream) {
    long group = stream == 0 ? 0 : groups.find(stream, call.address(GROUP), call.length(GROUP));
    if (group == 0) {
      throw new CommandError(
          "NOGROUP No such key '"
              + StreamArguments.shown(call, KEY)
              + "' or consumer group '"
              + StreamArguments.shown(call, GROUP)
              + "'");
    }
    return group;
  }

  private void summary(ReplyWriter reply, long stream, long group) {
    reply.array(4);
    reply.integer(StreamGroup.pending(group));
    long first = groups.pendingFrom(stream, group, 0, 0);
    if (first == 0) {
      reply.nullBulk();
      reply.nullBulk();
      reply.nullArray();
      return;
    }
    long last = groups.lastPending(stream, group);
    reply.bulkId(StreamPending.millis(first), StreamPending.sequence(first));
    reply.bulkId(StreamPending.millis(last), StreamPending.sequence(last));
    reply.begin();
    long written = 0;
    for (long consumer = groups.firstConsumer(stream, group);
        consumer != 0;
        consumer = groups.consumerAfter(stream, group, consumer)) {
      if (StreamConsumer.pending(consumer) > 0) {
        reply.array(2);
        reply.bulk(StreamConsumer.nameAddress(consumer), StreamConsumer.nameLength(consumer));
        reply.bulkInteger(StreamConsumer.pending(consumer));
        written++;
      }
    }
    reply.endArray(written);
  }

  private void range(
      Call call, long stream, long group, int consumerArgument, long count, long minIdle) {
    ReplyWriter reply = call.reply();
    long consumer = 0;
    if (consumerArgument > 0) {
      consumer =
          groups.findConsumer(
              stream, group, call.address(consumerArgument), call.length(consumerArgument));
      if (consumer == 0) {
        reply.array(0);
        return;
      }
    }
    reply.begin();
    long written = 0;
    long pending =
        consumer == 0
            ? groups.pendingFrom(stream, group, start.millis, start.sequence)
            : groups.consumersPendingFrom(stream, consumer, start.millis, start.sequence);
    while (pending != 0
        && written < count
        && end.compareTo(StreamPending.millis(pending), StreamPending.sequence(pending)) >= 0) {
      long idle = call.nowMillis() - StreamPending.deliveredMillis(pending);
      if (minIdle == 0 || idle >= minIdle) {
        written++;
        long holder = StreamPending.consumer(pending);
        reply.array(4);
        reply.bulkId(StreamPending.millis(pending), StreamPending.sequence(pending));
        reply.bulk(StreamConsumer.nameAddress(holder), StreamConsumer.nameLength(holder));
        reply.integer(Math.max(0, idle));
        reply.integer(StreamPending.deliveries(pending));
      }
      pending = groups.nextPending();
    }
    reply.endArray(written);
  }
}
