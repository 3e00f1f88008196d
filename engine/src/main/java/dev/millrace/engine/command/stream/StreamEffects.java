package dev.millrace.engine.command.stream;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Effects;
import dev.millrace.engine.value.StreamConsumer;
import dev.millrace.engine.value.StreamGroup;
import dev.millrace.engine.value.StreamPending;
import java.nio.charset.StandardCharsets;

/** What reading and claiming in consumer groups sends to the replication stream. */
final class StreamEffects {
  private static final byte[] XCLAIM = bytes("XCLAIM");
  private static final byte[] XGROUP = bytes("XGROUP");
  private static final byte[] SETID = bytes("SETID");
  private static final byte[] CREATECONSUMER = bytes("CREATECONSUMER");
  private static final byte[] ENTRIESREAD = bytes("ENTRIESREAD");
  private static final byte[] ZERO = bytes("0");
  private static final byte[] TIME = bytes("TIME");
  private static final byte[] RETRYCOUNT = bytes("RETRYCOUNT");
  private static final byte[] FORCE = bytes("FORCE");
  private static final byte[] JUSTID = bytes("JUSTID");
  private static final byte[] LASTID = bytes("LASTID");

  private StreamEffects() {}

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Who has a pending entry now, since when and how often: with the group's last ID. */
  static void claimed(Call call, int key, long group, long pending) {
    claimed(call, key, group, pending, 0);
  }

  /**
   * The same for XCLAIM, which passes the ID on as it was given.
   *
   * @param idArgument index of the ID among the arguments, or 0
   */
  static void claimed(Call call, int key, long group, long pending, int idArgument) {
    long consumer = StreamPending.consumer(pending);
    Effects effect =
        begin(call, 14, XCLAIM, key, group)
            .argument(StreamConsumer.nameAddress(consumer), StreamConsumer.nameLength(consumer))
            .argument(ZERO);
    if (idArgument > 0) {
      effect.argument(call.address(idArgument), call.length(idArgument));
    } else {
      effect.argumentId(StreamPending.millis(pending), StreamPending.sequence(pending));
    }
    effect
        .argument(TIME)
        .argument(StreamPending.deliveredMillis(pending))
        .argument(RETRYCOUNT)
        .argument(StreamPending.deliveries(pending))
        .argument(FORCE)
        .argument(JUSTID)
        .argument(LASTID)
        .argumentId(StreamGroup.lastMillis(group), StreamGroup.lastSequence(group));
  }

  /**
   * How far a group has read. A count that has wrapped, as XSETID can make it, is told as unknown:
   * whoever follows would refuse it, and how far the group has read with it.
   */
  static void advanced(Call call, int key, long group) {
    call.effect(7)
        .argument(XGROUP)
        .argument(SETID)
        .argument(call.address(key), call.length(key))
        .argument(StreamGroup.nameAddress(group), StreamGroup.nameLength(group))
        .argumentId(StreamGroup.lastMillis(group), StreamGroup.lastSequence(group))
        .argument(ENTRIESREAD)
        .argument(Math.max(StreamGroup.UNKNOWN, StreamGroup.entriesRead(group)));
  }

  /** A consumer that a command made by naming it. */
  static void consumerCreated(Call call, int key, long group, long consumer) {
    call.effect(5)
        .argument(XGROUP)
        .argument(CREATECONSUMER)
        .argument(call.address(key), call.length(key))
        .argument(StreamGroup.nameAddress(group), StreamGroup.nameLength(group))
        .argument(StreamConsumer.nameAddress(consumer), StreamConsumer.nameLength(consumer));
  }

  private static Effects begin(Call call, int argc, byte[] name, int key, long group) {
    return call.effect(argc)
        .argument(name)
        .argument(call.address(key), call.length(key))
        .argument(StreamGroup.nameAddress(group), StreamGroup.nameLength(group));
  }
}
