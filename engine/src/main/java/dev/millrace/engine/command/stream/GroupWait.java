package dev.millrace.engine.command.stream;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.KeyAttempt;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.value.StreamGroup;
import dev.millrace.engine.value.StreamHead;
import dev.millrace.engine.value.StreamId;
import dev.millrace.engine.value.StreamType;

/**
 * A client's wait in XREADGROUP for new entries. It ends with an error when the stream or the group
 * is gone.
 *
 * <p>Owned by: executor thread.
 */
final class GroupWait implements KeyAttempt {
  private static final CommandError NO_STREAM =
      new CommandError("UNBLOCKED the stream key no longer exists");
  private static final CommandError NO_GROUP =
      new CommandError("NOGROUP the consumer group this client was blocked on no longer exists");

  private final ReadOptions options;
  private final GroupReader reader;

  GroupWait(ReadOptions options, GroupReader reader) {
    this.options = new ReadOptions(options);
    this.reader = reader;
  }

  @Override
  public boolean attempt(Call call, int key) {
    long hash = call.keyHash(key);
    long entry = call.database().glance(call.address(key), call.length(key), hash);
    if (entry == 0 || Entry.type(entry) != Entry.STREAM) {
      throw NO_STREAM;
    }
    long stream = StreamType.of(entry);
    long group = reader.findGroup(call, options, stream);
    if (group == 0) {
      throw NO_GROUP;
    }
    StreamId from = new StreamId();
    StreamHead.last(stream, from);
    if (from.compareTo(StreamGroup.lastMillis(group), StreamGroup.lastSequence(group)) <= 0) {
      return false;
    }
    from.set(StreamGroup.lastMillis(group), StreamGroup.lastSequence(group));
    from.increment();
    call.withoutPropagation();
    call.database().aboutToChange(hash);
    ReadWait.begin(call, key);
    long count = options.count() == 0 ? ReadWait.COUNT : options.count();
    reader.read(call, options, key, stream, group, from, count, false);
    return true;
  }
}
