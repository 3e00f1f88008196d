package dev.millrace.engine.command.stream;

import static dev.millrace.engine.command.CommandFlag.LOADING;
import static dev.millrace.engine.command.CommandFlag.READONLY;
import static dev.millrace.engine.command.CommandFlag.STALE;

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
import dev.millrace.engine.value.StreamHead;
import dev.millrace.engine.value.StreamId;
import dev.millrace.engine.value.StreamPending;
import dev.millrace.engine.value.StreamType;
import java.util.List;

/**
 * XINFO: what there is to know of a stream, its groups, and their consumers.
 *
 * <p>Owned by: executor thread.
 */
final class XinfoCommands implements CommandGroup {
  private static final int KEY = 2;
  private static final int GROUP = 3;
  private static final long FULL_COUNT = 10;
  private static final byte[] FULL = StreamArguments.word("full");

  private static final List<String> HELP =
      List.of(
          "XINFO <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
          "CONSUMERS <key> <groupname>",
          "    Show consumers of <groupname>.",
          "GROUPS <key>",
          "    Show the stream consumer groups.",
          "STREAM <key> [FULL [COUNT <count>]",
          "    Show information about the stream.",
          "HELP",
          "    Prints this help.");

  private final StreamGroups groups;
  private final StreamReplies replies;

  XinfoCommands(StreamType type) {
    this.groups = type.groups();
    this.replies = new StreamReplies(type.newCursor());
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        Command.named("xinfo")
            .group("stream")
            .since("5.0.0")
            .arity(-2)
            .summary("Tells about a stream and its consumer groups.")
            .complexity("Depends on the subcommand.")
            .subcommand(
                sub("stream", "Tells about a stream.")
                    .arity(-3)
                    .arguments(
                        Argument.key("key"),
                        Argument.block(
                                "full", Argument.of("count", "integer").after("COUNT").optional())
                            .after("FULL")
                            .optional())
                    .handledBy(this::stream))
            .subcommand(
                sub("groups", "Tells about the consumer groups of a stream.")
                    .arity(3)
                    .arguments(Argument.key("key"))
                    .handledBy(this::groups))
            .subcommand(
                sub("consumers", "Tells about the consumers of a group.")
                    .arity(4)
                    .tips("nondeterministic_output")
                    .arguments(Argument.key("key"), Argument.of("groupname", "string"))
                    .handledBy(this::consumers))
            .subcommand(
                Command.named("help")
                    .since("5.0.0")
                    .arity(2)
                    .flags(LOADING, STALE)
                    .categories("stream")
                    .summary("Tells the subcommands.")
                    .complexity("O(1)")
                    .handledBy(call -> GroupCommands.help(call, HELP))));
  }

  private static Command.Builder sub(String name, String summary) {
    return Command.named(name)
        .since("5.0.0")
        .flags(READONLY)
        .categories("stream")
        .keys(2, 2, 1, "RO", "access")
        .summary(summary)
        .complexity("O(1)");
  }

  private static long require(Call call) {
    long entry = StreamArguments.find(call, KEY);
    if (entry == 0) {
      throw CommandError.NO_SUCH_KEY;
    }
    return StreamType.of(entry);
  }

  private void stream(Call call) {
    long stream = require(call);
    boolean full = call.argc() > 3;
    long count = FULL_COUNT;
    if (full) {
      boolean known =
          (call.argc() == 4 || call.argc() == 6)
              && call.is(3, FULL)
              && (call.argc() == 4 || call.is(4, StreamArguments.COUNT));
      if (!known) {
        throw GroupCommands.unknownOption(call, "XINFO");
      }
      if (call.argc() == 6) {
        count = call.longArgument(5);
        count = count < 0 ? FULL_COUNT : count;
      }
    }
    ReplyWriter reply = call.reply();
    reply.map(full ? 9 : 10);
    reply.bulk("length");
    reply.integer(StreamHead.length(stream));
    reply.bulk("radix-tree-keys");
    reply.integer(StreamHead.nodes(stream));
    reply.bulk("radix-tree-nodes");
    reply.integer(StreamHead.radixNodes(stream));
    reply.bulk("last-generated-id");
    reply.bulkId(StreamHead.lastMillis(stream), StreamHead.lastSequence(stream));
    reply.bulk("max-deleted-entry-id");
    reply.bulkId(StreamHead.deletedMillis(stream), StreamHead.deletedSequence(stream));
    reply.bulk("entries-added");
    reply.integer(StreamHead.added(stream));
    reply.bulk("recorded-first-entry-id");
    reply.bulkId(StreamHead.firstMillis(stream), StreamHead.firstSequence(stream));
    if (full) {
      fullStream(reply, stream, count);
    } else {
      reply.bulk("groups");
      reply.integer(StreamHead.groups(stream));
      reply.bulk("first-entry");
      replies.cursor().forward(stream, 0, 0, StreamId.MAX, StreamId.MAX);
      entryOrNull(reply);
      reply.bulk("last-entry");
      replies.cursor().backward(stream, 0, 0, StreamId.MAX, StreamId.MAX);
      entryOrNull(reply);
    }
  }

  private void entryOrNull(ReplyWriter reply) {
    if (replies.cursor().next()) {
      replies.entry(reply);
    } else {
      reply.nullBulk();
    }
  }

  private void fullStream(ReplyWriter reply, long stream, long count) {
    reply.bulk("entries");
    replies.cursor().forward(stream, 0, 0, StreamId.MAX, StreamId.MAX);
    replies.entries(reply, count);
    reply.bulk("groups");
    reply.array(StreamHead.groups(stream));
    for (long group = groups.first(stream); group != 0; group = groups.after(stream, group)) {
      reply.map(7);
      reply.bulk("name");
      reply.bulk(StreamGroup.nameAddress(group), StreamGroup.nameLength(group));
      progress(reply, stream, group);
      reply.bulk("pel-count");
      reply.integer(StreamGroup.pending(group));
      reply.bulk("pending");
      groupPending(reply, stream, group, count);
      reply.bulk("consumers");
      reply.array(StreamGroup.consumers(group));
      for (long consumer = groups.firstConsumer(stream, group);
          consumer != 0;
          consumer = groups.consumerAfter(stream, group, consumer)) {
        fullConsumer(reply, stream, consumer, count);
      }
    }
  }

  private static void progress(ReplyWriter reply, long stream, long group) {
    reply.bulk("last-delivered-id");
    reply.bulkId(StreamGroup.lastMillis(group), StreamGroup.lastSequence(group));
    reply.bulk("entries-read");
    if (StreamGroup.entriesRead(group) == StreamGroup.UNKNOWN) {
      reply.nullBulk();
    } else {
      reply.integer(StreamGroup.entriesRead(group));
    }
    reply.bulk("lag");
    long lag = StreamGroup.lag(stream, group);
    if (lag == StreamGroup.NO_LAG) {
      reply.nullBulk();
    } else {
      reply.integer(lag);
    }
  }

  private void groupPending(ReplyWriter reply, long stream, long group, long count) {
    reply.begin();
    long written = 0;
    for (long pending = groups.pendingFrom(stream, group, 0, 0);
        pending != 0 && (count == 0 || written < count);
        pending = groups.nextPending()) {
      long holder = StreamPending.consumer(pending);
      reply.array(4);
      reply.bulkId(StreamPending.millis(pending), StreamPending.sequence(pending));
      reply.bulk(StreamConsumer.nameAddress(holder), StreamConsumer.nameLength(holder));
      reply.integer(StreamPending.deliveredMillis(pending));
      reply.integer(StreamPending.deliveries(pending));
      written++;
    }
    reply.endArray(written);
  }

  private void fullConsumer(ReplyWriter reply, long stream, long consumer, long count) {
    reply.map(4);
    reply.bulk("name");
    reply.bulk(StreamConsumer.nameAddress(consumer), StreamConsumer.nameLength(consumer));
    reply.bulk("seen-time");
    reply.integer(StreamConsumer.seenMillis(consumer));
    reply.bulk("pel-count");
    reply.integer(StreamConsumer.pending(consumer));
    reply.bulk("pending");
    reply.begin();
    long written = 0;
    for (long pending = groups.consumersPendingFrom(stream, consumer, 0, 0);
        pending != 0 && (count == 0 || written < count);
        pending = groups.nextPending()) {
      reply.array(3);
      reply.bulkId(StreamPending.millis(pending), StreamPending.sequence(pending));
      reply.integer(StreamPending.deliveredMillis(pending));
      reply.integer(StreamPending.deliveries(pending));
      written++;
    }
    reply.endArray(written);
  }

  private void groups(Call call) {
    long stream = require(call);
    ReplyWriter reply = call.reply();
    reply.array(StreamHead.groups(stream));
    for (long group = groups.first(stream); group != 0; group = groups.after(stream, group)) {
      reply.map(6);
      reply.bulk("name");
      reply.bulk(StreamGroup.nameAddress(group), StreamGroup.nameLength(group));
      reply.bulk("consumers");
      reply.integer(StreamGroup.consumers(group));
      reply.bulk("pending");
      reply.integer(StreamGroup.pending(group));
      progress(reply, stream, group);
    }
  }

  private void consumers(Call call) {
    long stream = require(call);
    long group = groups.find(stream, call.address(GROUP), call.length(GROUP));
    if (group == 0) {
      throw GroupCommands.noGroup(call, KEY, GROUP);
    }
    ReplyWriter reply = call.reply();
    reply.array(StreamGroup.consumers(group));
    for (long consumer = groups.firstConsumer(stream, group);
        consumer != 0;
        consumer = groups.consumerAfter(stream, group, consumer)) {
      reply.map(3);
      reply.bulk("name");
      reply.bulk(StreamConsumer.nameAddress(consumer), StreamConsumer.nameLength(consumer));
      reply.bulk("pending");
      reply.integer(StreamConsumer.pending(consumer));
      reply.bulk("idle");
      reply.integer(Math.max(0, call.nowMillis() - StreamConsumer.seenMillis(consumer)));
    }
  }
}
