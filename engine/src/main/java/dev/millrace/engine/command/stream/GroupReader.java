package dev.millrace.engine.command.stream;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.value.StreamConsumer;
import dev.millrace.engine.value.StreamCursor;
import dev.millrace.engine.value.StreamGroup;
import dev.millrace.engine.value.StreamGroups;
import dev.millrace.engine.value.StreamId;
import dev.millrace.engine.value.StreamPending;
import dev.millrace.engine.value.StreamType;

/**
 * Reads a stream as a consumer of a group: new entries, which are pending with it from then on, or
 * those that are pending with it already.
 *
 * <p>Owned by: executor thread.
 */
final class GroupReader {
  private final StreamGroups groups;
  private final StreamReplies replies;

  /** Whether this read made its consumer, and the replication stream is still to hear of it. */
  private boolean unknownConsumer;

  GroupReader(StreamType type) {
    this.groups = type.groups();
    this.replies = new StreamReplies(type.newCursor());
  }

  /** The group that the options name. */
  long requireGroup(Call call, ReadOptions options, int key, long stream) {
    int name = options.group();
    long group = stream == 0 ? 0 : groups.find(stream, call.address(name), call.length(name));
    if (group == 0) {
      throw new CommandError(
          "NOGROUP No such key '"
              + StreamArguments.shown(call, key)
              + "' or consumer group '"
              + StreamArguments.shown(call, name)
              + "' in XREADGROUP with GROUP option");
    }
    return group;
  }

  /** The group that a waiting client's options name, or 0. */
  long findGroup(Call call, ReadOptions options, long stream) {
    return groups.find(stream, call.address(options.group()), call.length(options.group()));
  }

  /**
   * Writes the array of a stream's entries, and notes their delivery.
   *
   * @param from the first ID
   * @param count the most entries, or 0
   * @param history whether to read what is pending with the consumer
   */
  void read(
      Call call,
      ReadOptions options,
      int key,
      long stream,
      long group,
      StreamId from,
      long count,
      boolean history) {
    long consumer = consumer(call, options, key, stream, group, history);
    call.changed();
    if (history) {
      history(call, stream, consumer, from, count);
    } else {
      deliver(call, options, key, stream, group, consumer, from, count);
    }
  }

  private long consumer(
      Call call, ReadOptions options, int key, long stream, long group, boolean history) {
    long address = call.address(options.consumer());
    int length = call.length(options.consumer());
    long consumer = groups.findConsumer(stream, group, address, length);
    unknownConsumer = false;
    if (consumer != 0) {
      StreamConsumer.seen(consumer, call.nowMillis());
      return consumer;
    }
    consumer = groups.createConsumer(stream, group, address, length, call.nowMillis());
    call.notify(KeyspaceEvents.STREAM, "xgroup-createconsumer", key);
    if (history || options.noAck()) {
      StreamEffects.consumerCreated(call, key, group, consumer);
    } else {
      unknownConsumer = true; // the claims make it
    }
    return consumer;
  }

  private void deliver(
      Call call,
      ReadOptions options,
      int key,
      long stream,
      long group,
      long consumer,
      StreamId from,
      long count) {
    ReplyWriter reply = call.reply();
    StreamCursor cursor = replies.cursor();
    cursor.forward(stream, from.millis, from.sequence, StreamId.MAX, StreamId.MAX);
    long written = 0;
    boolean advanced = false;
    reply.begin();
    while ((count == 0 || written < count) && cursor.next()) {
      long millis = cursor.millis();
      long sequence = cursor.sequence();
      int toLast =
          StreamId.compare(
              millis, sequence, StreamGroup.lastMillis(group), StreamGroup.lastSequence(group));
      if (toLast > 0) {
        StreamGroup.delivered(stream, group, millis, sequence);
        advanced = true;
      }
      replies.entry(reply);
      written++;
      if (!options.noAck()) {
        // It may be pending already: the group's last ID can be set back.
        long pending = groups.findPending(stream, group, millis, sequence);
        if (pending == 0) {
          pending = groups.createPending(stream, group, millis, sequence);
        }
        StreamPending.delivered(pending, call.nowMillis(), 1);
        groups.assign(stream, pending, consumer);
        StreamEffects.claimed(call, key, group, pending);
      }
    }
    reply.endArray(written);
    if (written == 0 && unknownConsumer) {
      StreamEffects.consumerCreated(call, key, group, consumer);
    }
    if (advanced) {
      // The claims tell the last ID, but not how many entries the group has read.
      StreamEffects.advanced(call, key, group);
    }
  }

  private void history(Call call, long stream, long consumer, StreamId from, long count) {
    ReplyWriter reply = call.reply();
    long written = 0;
    reply.begin();
    long pending = groups.consumersPendingFrom(stream, consumer, from.millis, from.sequence);
    while (pending != 0 && (count == 0 || written < count)) {
      long millis = StreamPending.millis(pending);
      long sequence = StreamPending.sequence(pending);
      if (replies.exactly(reply, stream, millis, sequence)) {
        StreamPending.delivered(pending, call.nowMillis(), StreamPending.deliveries(pending) + 1);
      } else {
        reply.array(2);
        reply.bulkId(millis, sequence);
        reply.nullArray();
      }
      written++;
      pending = groups.nextPending();
    }
    reply.endArray(written);
  }
}
