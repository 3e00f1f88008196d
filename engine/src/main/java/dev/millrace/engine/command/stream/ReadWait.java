package dev.millrace.engine.command.stream;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.KeyAttempt;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.value.StreamHead;
import dev.millrace.engine.value.StreamId;
import dev.millrace.engine.value.StreamType;

/**
 * A client's wait in XREAD: remembers what {@code $} was when it began, and answers from the first
 * stream that has something behind its ID.
 *
 * <p>Owned by: executor thread.
 */
final class ReadWait implements KeyAttempt {
  /** Entries a waiting client gets at most when it gave no COUNT. */
  static final long COUNT = 1000;

  private final ReadOptions options;
  private final StreamReplies replies;
  private final long[] millis;
  private final long[] sequence;

  ReadWait(ReadOptions options, StreamType type, long[] millis, long[] sequence) {
    this.options = new ReadOptions(options);
    this.replies = new StreamReplies(type.newCursor());
    this.millis = millis;
    this.sequence = sequence;
  }

  @Override
  public boolean attempt(Call call, int key) {
    long entry =
        StreamArguments.require(
            call.database().glance(call.address(key), call.length(key), call.keyHash(key)));
    if (entry == 0) {
      return false;
    }
    long stream = StreamType.of(entry);
    int i = key - options.firstKey();
    StreamId from = new StreamId();
    // As in Redis the last ID given counts, though the entry may be deleted again already.
    StreamHead.last(stream, from);
    if (from.compareTo(millis[i], sequence[i]) <= 0) {
      return false;
    }
    from.set(millis[i], sequence[i]);
    from.increment();
    begin(call, key);
    replies.cursor().forward(stream, from.millis, from.sequence, StreamId.MAX, StreamId.MAX);
    replies.entries(call.reply(), options.count() == 0 ? COUNT : options.count());
    return true;
  }

  /** Writes what comes before the entries of the one stream. */
  static void begin(Call call, int key) {
    ReplyWriter reply = call.reply();
    if (reply.protocol() == 2) {
      reply.array(1);
      reply.array(2);
    } else {
      reply.map(1);
    }
    reply.bulk(call.address(key), call.length(key));
  }
}
