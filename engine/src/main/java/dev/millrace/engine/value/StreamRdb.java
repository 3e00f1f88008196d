package dev.millrace.engine.value;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.struct.Listpack;
import dev.millrace.engine.struct.ListpackValidation;
import java.io.IOException;

/**
 * The RDB form of streams: nodes as they are, what the head says, the groups. Writes Redis 7.0's
 * second form, reads it, the first (5.0) and the third (7.2, whose consumers have a time more).
 *
 * <p>Owned by: the thread that owns the keyspace.
 */
final class StreamRdb {
  static final int FIRST_FORM = 15;
  static final int SECOND_FORM = 19;
  static final int THIRD_FORM = 21;

  private final SlabAllocator memory;
  private final StreamNodes nodes;
  private final StreamGroups groups;
  private final StreamCursor cursor;
  private final StreamNodeCheck check = new StreamNodeCheck();

  StreamRdb(SlabAllocator memory, StreamNodes nodes, StreamGroups groups) {
    this.memory = memory;
    this.nodes = nodes;
    this.groups = groups;
    this.cursor = new StreamCursor(memory);
  }

  // Writing

  void save(long stream, ValueSink to) {
    to.type(SECOND_FORM);
    to.length(StreamHead.nodes(stream));
    long key = memory.allocate(StreamNodes.ID_BYTES);
    IdTree all = nodes.of(stream);
    for (long node = all.first(); node != 0; node = all.next()) {
      Memory.putLong(key, Long.reverseBytes(IdTree.millisOf(node)));
      Memory.putLong(key + 8, Long.reverseBytes(IdTree.sequenceOf(node)));
      to.string(key, StreamNodes.ID_BYTES);
      long lp = StreamNodes.listpack(node);
      to.string(lp, Listpack.bytes(lp));
    }
    memory.free(key);
    to.length(StreamHead.length(stream));
    to.length(StreamHead.lastMillis(stream));
    to.length(StreamHead.lastSequence(stream));
    to.length(StreamHead.firstMillis(stream));
    to.length(StreamHead.firstSequence(stream));
    to.length(StreamHead.deletedMillis(stream));
    to.length(StreamHead.deletedSequence(stream));
    to.length(StreamHead.added(stream));
    to.length(StreamHead.groups(stream));
    for (long group = groups.first(stream); group != 0; group = groups.after(stream, group)) {
      saveGroup(stream, group, to);
    }
  }

  private void saveGroup(long stream, long group, ValueSink to) {
    to.string(StreamGroup.nameAddress(group), StreamGroup.nameLength(group));
    to.length(StreamGroup.lastMillis(group));
    to.length(StreamGroup.lastSequence(group));
    to.length(StreamGroup.entriesRead(group));
    to.length(StreamGroup.pending(group));
    for (long pending = groups.pendingFrom(stream, group, 0, 0);
        pending != 0;
        pending = groups.nextPending()) {
      saveId(pending, to);
      to.eightBytes(StreamPending.deliveredMillis(pending));
      to.length(StreamPending.deliveries(pending));
    }
    to.length(StreamGroup.consumers(group));
    for (long consumer = groups.firstConsumer(stream, group);
        consumer != 0;
        consumer = groups.consumerAfter(stream, group, consumer)) {
      to.string(StreamConsumer.nameAddress(consumer), StreamConsumer.nameLength(consumer));
      to.eightBytes(StreamConsumer.seenMillis(consumer));
      to.length(StreamConsumer.pending(consumer));
      for (long pending = groups.consumersPendingFrom(stream, consumer, 0, 0);
          pending != 0;
          pending = groups.nextPending()) {
        saveId(pending, to);
      }
    }
  }

  private static void saveId(long block, ValueSink to) {
    to.eightBytes(Long.reverseBytes(IdTree.millisOf(block)));
    to.eightBytes(Long.reverseBytes(IdTree.sequenceOf(block)));
  }

  // Reading

  /** Fills the empty stream; what came of it when this throws is the caller's to free. */
  void load(int rdbType, ValueSource from, long stream) throws IOException {
    long live = loadNodes(from, stream);
    long length = from.length();
    if (from.isUntrusted() ? length != live : length > 0 && StreamHead.nodes(stream) == 0) {
      throw new ValueFormatException("a stream of " + length + " entries has " + live);
    }
    StreamHead.length(stream, length);
    long lastMillis = from.number();
    long lastSequence = from.number();
    if (from.isUntrusted() && !check.isLast(lastMillis, lastSequence)) {
      throw new ValueFormatException("a stream has entries beyond its last");
    }
    StreamHead.last(stream, lastMillis, lastSequence);
    if (rdbType == FIRST_FORM) {
      StreamHead.added(stream, length);
      cursor.forward(stream, 0, 0, StreamId.MAX, StreamId.MAX);
      if (length > 0 && cursor.next()) {
        StreamHead.first(stream, cursor.millis(), cursor.sequence());
      }
    } else {
      StreamHead.first(stream, from.number(), from.number());
      StreamHead.deleted(stream, from.number(), from.number());
      StreamHead.added(stream, from.number());
    }
    for (long left = from.length(); left > 0; left--) {
      loadGroup(rdbType, from, stream);
    }
  }

  private long loadNodes(ValueSource from, long stream) throws IOException {
    long live = 0;
    check.begin();
    for (long left = from.length(); left > 0; left--) {
      from.string();
      if (from.bytes() != StreamNodes.ID_BYTES) {
        throw new ValueFormatException("a stream's node has no ID");
      }
      long millis = Long.reverseBytes(Memory.getLong(from.address()));
      long sequence = Long.reverseBytes(Memory.getLong(from.address() + 8));
      from.string();
      long bytes = from.bytes();
      boolean sound =
          bytes > Listpack.EMPTY_BYTES
              && bytes <= Integer.MAX_VALUE
              && Memory.getInt(from.address()) == bytes
              && (!from.isUntrusted() || ListpackValidation.isSound(from.address(), bytes));
      if (!sound || (from.isUntrusted() && !check.isNode(from.address(), millis, sequence))) {
        throw new ValueFormatException("a stream's node is damaged");
      }
      long node = memory.allocate(StreamNodes.ID_BYTES + bytes);
      Memory.putLong(node, millis);
      Memory.putLong(node + 8, sequence);
      Memory.copy(from.address(), StreamNodes.listpack(node), bytes);
      nodes.of(stream);
      if (!nodes.link(stream, node)) {
        memory.free(node);
        throw new ValueFormatException("a stream has a node twice");
      }
      live += nodes.entries(node);
    }
    return live;
  }

  private void loadGroup(int rdbType, ValueSource from, long stream) throws IOException {
    from.string();
    if (from.bytes() > Integer.MAX_VALUE
        || groups.find(stream, from.address(), (int) from.bytes()) != 0) {
      throw new ValueFormatException("a stream has a consumer group twice");
    }
    long group =
        groups.create(stream, from.address(), (int) from.bytes(), 0, 0, StreamGroup.UNKNOWN);
    StreamGroup.last(group, from.number(), from.number());
    StreamGroup.entriesRead(
        group,
        rdbType == FIRST_FORM
            ? StreamHead.addedUpTo(
                stream, StreamGroup.lastMillis(group), StreamGroup.lastSequence(group))
            : from.number());
    for (long left = from.length(); left > 0; left--) {
      long millis = Long.reverseBytes(from.eightBytes());
      long sequence = Long.reverseBytes(from.eightBytes());
      long delivered = from.eightBytes();
      long deliveries = from.number();
      if (groups.findPending(stream, group, millis, sequence) != 0) {
        throw new ValueFormatException("a consumer group has an entry pending twice");
      }
      long pending = groups.createPending(stream, group, millis, sequence);
      StreamPending.delivered(pending, delivered, deliveries);
    }
    long assigned = 0;
    for (long left = from.length(); left > 0; left--) {
      assigned += loadConsumer(rdbType, from, stream, group);
    }
    if (assigned != StreamGroup.pending(group)) {
      throw new ValueFormatException("an entry is pending without a consumer");
    }
  }

  private long loadConsumer(int rdbType, ValueSource from, long stream, long group)
      throws IOException {
    from.string();
    if (from.bytes() > Integer.MAX_VALUE
        || groups.findConsumer(stream, group, from.address(), (int) from.bytes()) != 0) {
      throw new ValueFormatException("a consumer group has a consumer twice");
    }
    long consumer = groups.createConsumer(stream, group, from.address(), (int) from.bytes(), 0);
    StreamConsumer.seen(consumer, from.eightBytes());
    if (rdbType == THIRD_FORM) {
      from.eightBytes(); // when it last got an entry, which Redis 7.0 does not know
    }
    long count = from.length();
    for (long left = count; left > 0; left--) {
      long millis = Long.reverseBytes(from.eightBytes());
      long sequence = Long.reverseBytes(from.eightBytes());
      long pending = groups.findPending(stream, group, millis, sequence);
      if (pending == 0 || StreamPending.consumer(pending) != 0) {
        throw new ValueFormatException("a consumer has an entry that is not pending for it");
      }
      groups.assign(stream, pending, consumer);
    }
    return count;
  }
}
