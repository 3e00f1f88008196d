package dev.millrace.engine.value;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;

/**
 * The consumer groups of streams: finds, makes and deletes groups, consumers and pending entries,
 * each of which is named by the address of its block. Call {@link StreamType#forWriting} before a
 * change.
 *
 * <p>Owned by: executor thread.
 */
public final class StreamGroups {
  private final SlabAllocator memory;
  private final NameTree names;
  private final IdTree ids;
  private final IdTree others;

  StreamGroups(SlabAllocator memory) {
    this.memory = memory;
    this.names = new NameTree(memory);
    this.ids = new IdTree(memory);
    this.others = new IdTree(memory);
  }

  // Groups

  /** The group of that name, or 0. */
  public long find(long stream, long nameAddress, int nameLength) {
    return StreamHead.groups(stream) == 0 ? 0 : groupsOf(stream).find(nameAddress, nameLength);
  }

  /** The first group by name, or 0. */
  public long first(long stream) {
    return groupsOf(stream).first();
  }

  /** The group after this one, or 0. */
  public long after(long stream, long group) {
    return groupsOf(stream).after(group);
  }

  /** A new group, whose name must be absent. */
  public long create(
      long stream,
      long nameAddress,
      int nameLength,
      long lastMillis,
      long lastSequence,
      long entriesRead) {
    long group = memory.allocate(StreamGroup.NAME + (long) nameLength);
    StreamGroup.create(group, nameAddress, nameLength);
    StreamGroup.last(group, lastMillis, lastSequence);
    StreamGroup.entriesRead(group, entriesRead);
    use(stream, group);
    groupsOf(stream).insert(group);
    return group;
  }

  /** Takes a group out of its stream: what is left of it is freed by {@link #freeSome}. */
  void remove(long stream, long group) {
    groupsOf(stream).remove(group);
  }

  private NameTree groupsOf(long stream) {
    return names.open(stream, stream + StreamHead.GROUPS);
  }

  private NameTree consumersOf(long stream, long group) {
    return names.open(stream, group + StreamGroup.CONSUMERS);
  }

  private void use(long stream, long block) {
    StreamHead.use(stream, memory.accountedBytesOf(block));
  }

  private void free(long stream, long block) {
    StreamHead.use(stream, -memory.accountedBytesOf(block));
    memory.free(block);
  }

  // Consumers

  /** The consumer of that name, or 0. */
  public long findConsumer(long stream, long group, long nameAddress, int nameLength) {
    return consumersOf(stream, group).find(nameAddress, nameLength);
  }

  /** The first consumer by name, or 0. */
  public long firstConsumer(long stream, long group) {
    return consumersOf(stream, group).first();
  }

  /** The consumer after this one, or 0. */
  public long consumerAfter(long stream, long group, long consumer) {
    return consumersOf(stream, group).after(consumer);
  }

  /** A new consumer, whose name must be absent. */
  public long createConsumer(
      long stream, long group, long nameAddress, int nameLength, long seenMillis) {
    long consumer = memory.allocate(StreamConsumer.NAME + (long) nameLength);
    StreamConsumer.create(consumer, nameAddress, nameLength, seenMillis);
    use(stream, consumer);
    consumersOf(stream, group).insert(consumer);
    return consumer;
  }

  /** Deletes a consumer with all it has not acknowledged. */
  public void deleteConsumer(long stream, long group, long consumer) {
    IdTree mine = others.open(stream, consumer + StreamConsumer.PENDING);
    for (long pending = mine.last(); pending != 0; pending = mine.last()) {
      mine.remove(pending);
      ids.open(stream, group + StreamGroup.PENDING).remove(pending);
      free(stream, pending);
    }
    consumersOf(stream, group).remove(consumer);
    free(stream, consumer);
  }

  // Pending entries

  /** What is pending under this ID, or 0. */
  public long findPending(long stream, long group, long millis, long sequence) {
    return ids.open(stream, group + StreamGroup.PENDING).find(millis, sequence);
  }

  /** The first entry pending in a group at or after an ID, or 0. */
  public long pendingFrom(long stream, long group, long millis, long sequence) {
    return ids.open(stream, group + StreamGroup.PENDING).ceiling(millis, sequence);
  }

  /** The first entry pending with a consumer at or after an ID, or 0. */
  public long consumersPendingFrom(long stream, long consumer, long millis, long sequence) {
    return ids.open(stream, consumer + StreamConsumer.PENDING).ceiling(millis, sequence);
  }

  /**
   * The entry that pends after the one a {@code …From} call or this one answered last, or 0; only
   * when nothing here was called in between.
   */
  public long nextPending() {
    return ids.next();
  }

  /** The last entry pending in a group, or 0. */
  public long lastPending(long stream, long group) {
    return ids.open(stream, group + StreamGroup.PENDING).last();
  }

  /** Adds a pending entry that nobody has yet; none with its ID may be there. */
  public long createPending(long stream, long group, long millis, long sequence) {
    long pending = memory.allocate(StreamPending.BYTES);
    StreamPending.create(pending, millis, sequence);
    use(stream, pending);
    boolean added = ids.open(stream, group + StreamGroup.PENDING).insert(pending);
    assert added : "pending twice";
    return pending;
  }

  /** Gives a pending entry to a consumer, who may have it already. */
  public void assign(long stream, long pending, long consumer) {
    long before = StreamPending.consumer(pending);
    if (before == consumer) {
      return;
    }
    if (before != 0) {
      others.open(stream, before + StreamConsumer.PENDING).remove(pending);
    }
    StreamPending.consumer(pending, consumer);
    others.open(stream, consumer + StreamConsumer.PENDING).insert(pending);
  }

  /** Ends the pending of an entry: acknowledged, or no longer there. */
  public void deletePending(long stream, long group, long pending) {
    ids.open(stream, group + StreamGroup.PENDING).remove(pending);
    long consumer = StreamPending.consumer(pending);
    if (consumer != 0) {
      others.open(stream, consumer + StreamConsumer.PENDING).remove(pending);
    }
    free(stream, pending);
  }

  // The end

  /**
   * Frees a part of a stream's groups; the stream is out of reach.
   *
   * @return whether more remains
   */
  boolean freeSome(long stream, int effort) {
    long group = groupsOf(stream).last();
    if (group == 0) {
      return false;
    }
    if (!freeSomeOf(stream, group, effort)) {
      groupsOf(stream).remove(group);
      memory.free(group);
    }
    return true;
  }

  /**
   * Frees a part of what a group holds, but not its block; the group is out of reach.
   *
   * @return whether more remains
   */
  boolean freeSomeOf(long stream, long group, int effort) {
    if (ids.open(stream, group + StreamGroup.PENDING).freeSome(effort, memory::free)) {
      return true;
    }
    long consumer = consumersOf(stream, group).last();
    if (consumer == 0) {
      return false;
    }
    // What pended with it is free already: only the tree is left.
    if (!ids.open(stream, consumer + StreamConsumer.PENDING).freeSome(effort, item -> {})) {
      consumersOf(stream, group).remove(consumer);
      memory.free(consumer);
    }
    return true;
  }

  /** About how many frees a group takes. */
  static long freeEffort(long group) {
    return 2 * StreamGroup.pending(group) + StreamGroup.consumers(group);
  }

  /** Copies a group with all it has into another stream, where its name is absent. */
  void copy(long stream, long group, long to) {
    long copy =
        create(
            to,
            StreamGroup.nameAddress(group),
            StreamGroup.nameLength(group),
            StreamGroup.lastMillis(group),
            StreamGroup.lastSequence(group),
            StreamGroup.entriesRead(group));
    for (long consumer = firstConsumer(stream, group);
        consumer != 0;
        consumer = consumerAfter(stream, group, consumer)) {
      createConsumer(
          to,
          copy,
          StreamConsumer.nameAddress(consumer),
          StreamConsumer.nameLength(consumer),
          StreamConsumer.seenMillis(consumer));
    }
    IdTree source = new IdTree(memory).open(stream, group + StreamGroup.PENDING);
    for (long pending = source.first(); pending != 0; pending = source.next()) {
      long same = createPending(to, copy, IdTree.millisOf(pending), IdTree.sequenceOf(pending));
      StreamPending.delivered(
          same, StreamPending.deliveredMillis(pending), StreamPending.deliveries(pending));
      long consumer = StreamPending.consumer(pending);
      if (consumer != 0) {
        assign(
            to,
            same,
            findConsumer(
                to,
                copy,
                StreamConsumer.nameAddress(consumer),
                StreamConsumer.nameLength(consumer)));
      }
    }
  }

  /** Memory is accounted as a group leaves its stream with all it has. */
  long usedBytes(long stream, long group) {
    long bytes = memory.accountedBytesOf(group) + Memory.getLong(group + StreamGroup.PENDING + 16);
    bytes += Memory.getLong(group + StreamGroup.CONSUMERS + 16);
    bytes += StreamGroup.pending(group) * SlabAllocator.accountedBytes(StreamPending.BYTES);
    for (long consumer = firstConsumer(stream, group);
        consumer != 0;
        consumer = consumerAfter(stream, group, consumer)) {
      bytes +=
          memory.accountedBytesOf(consumer)
              + Memory.getLong(consumer + StreamConsumer.PENDING + 16);
    }
    return bytes;
  }
}
