package dev.millrace.engine.value;

import dev.millrace.engine.config.EncodingSettings;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.keyspace.LazyFree;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.struct.EntryVisitor;
import dev.millrace.engine.struct.Listpack;
import java.io.IOException;

/**
 * Streams: entries in nodes (see {@link StreamNodes}) in a tree by ID, and consumer groups (see
 * {@link StreamGroups}). The key's entry holds the address of the stream's {@link StreamHead},
 * which does not move and names the stream here.
 *
 * <p>Owned by: executor thread.
 */
public final class StreamType implements StoredType {
  private static final int INLINE_BYTES = 8;
  private static final int ENCODING = 0;
  private static final int FREES_PER_STEP = 8;

  private final SlabAllocator memory;
  private final LazyFree lazyFree;
  private final StreamNodes nodes;
  private final StreamTrim trim;
  private final StreamGroups groups;
  private final StreamCursor cursor;
  private final StreamRdb rdb;
  private final EntryVisitor free;

  /** Streams in that memory, with nodes of the lengths the settings say. */
  public StreamType(SlabAllocator memory, EncodingSettings settings, LazyFree lazyFree) {
    this.memory = memory;
    this.lazyFree = lazyFree;
    this.nodes = new StreamNodes(memory, settings);
    this.trim = new StreamTrim(nodes);
    this.groups = new StreamGroups(memory);
    this.cursor = new StreamCursor(memory);
    this.rdb = new StreamRdb(memory, nodes, groups);
    this.free = memory::free;
  }

  /** The stream of an entry of that type, to read it. */
  public static long of(long entry) {
    return Memory.getLong(Entry.inlineAddress(entry));
  }

  /** The stream of an entry that is about to be changed. */
  public long forWriting(Database database, long entry, long hash) {
    database.aboutToChange(hash);
    return of(entry);
  }

  /** Makes an absent key an empty stream, and returns the stream. */
  public long create(Database database, long keyAddress, int keyLength, long hash) {
    long stream = createHead();
    put(database, keyAddress, keyLength, hash, stream, Database.NO_EXPIRY);
    return stream;
  }

  private long createHead() {
    long stream = memory.allocate(StreamHead.BYTES);
    StreamHead.create(stream);
    StreamHead.use(stream, memory.accountedBytesOf(stream));
    return stream;
  }

  private static long put(
      Database database,
      long keyAddress,
      int keyLength,
      long hash,
      long stream,
      long expireAtMillis) {
    long entry =
        database.put(
            keyAddress,
            keyLength,
            hash,
            Entry.STREAM,
            ENCODING,
            true,
            INLINE_BYTES,
            expireAtMillis);
    Memory.putLong(Entry.inlineAddress(entry), stream);
    return entry;
  }

  /** A cursor over entries, for one kind of use. */
  public StreamCursor newCursor() {
    return new StreamCursor(memory);
  }

  /** The groups of all streams. */
  public StreamGroups groups() {
    return groups;
  }

  /** Whether an entry with these fields is too long for a node. */
  public static boolean isTooLong(StreamFields fields) {
    return StreamNodes.textBytes(fields) > StreamNodes.TEXT_BYTES_MAX;
  }

  /** Adds an entry, whose ID must be above the last one. */
  public void append(long stream, long millis, long sequence, StreamFields fields) {
    assert StreamId.compare(
            millis, sequence, StreamHead.lastMillis(stream), StreamHead.lastSequence(stream))
        > 0;
    nodes.append(stream, millis, sequence, fields);
    StreamHead.added(stream, StreamHead.added(stream) + 1);
    StreamHead.last(stream, millis, sequence);
    StreamHead.length(stream, StreamHead.length(stream) + 1);
    if (StreamHead.length(stream) == 1) {
      StreamHead.first(stream, millis, sequence);
    }
  }

  /** Whether there is an entry with this ID. */
  public boolean contains(long stream, long millis, long sequence) {
    cursor.exactly(stream, millis, sequence);
    return cursor.next();
  }

  /** Reads the ID of the last entry that is there; 0-0 without any. */
  public void lastEntry(long stream, StreamId into) {
    cursor.backward(stream, 0, 0, StreamId.MAX, StreamId.MAX);
    if (cursor.next()) {
      into.set(cursor.millis(), cursor.sequence());
    } else {
      into.setMin();
    }
  }

  /** Reads the ID of the oldest entry, deleted or not; the last ID there is without any. */
  public void oldestEntry(long stream, StreamId into) {
    long node = nodes.of(stream).first();
    if (node == 0) {
      into.setMax();
    } else {
      into.set(IdTree.millisOf(node), IdTree.sequenceOf(node));
    }
  }

  /**
   * Deletes an entry from amidst the stream. Call {@link #entriesDeleted} once after the last one.
   *
   * @return false when there is none with this ID
   */
  public boolean delete(long stream, long millis, long sequence) {
    cursor.exactly(stream, millis, sequence);
    if (!cursor.next()) {
      return false;
    }
    nodes.delete(stream, cursor.node(), cursor.flagsPosition());
    if (StreamId.compare(
            millis, sequence, StreamHead.deletedMillis(stream), StreamHead.deletedSequence(stream))
        > 0) {
      StreamHead.deleted(stream, millis, sequence);
    }
    return true;
  }

  /** Finds the first entry anew, after entries were deleted. */
  public void entriesDeleted(long stream) {
    if (StreamHead.length(stream) == 0) {
      StreamHead.first(stream, 0, 0);
      return;
    }
    cursor.forward(stream, 0, 0, StreamId.MAX, StreamId.MAX);
    if (cursor.next()) {
      StreamHead.first(stream, cursor.millis(), cursor.sequence());
    }
  }

  /**
   * Takes the oldest entries out until so many are left.
   *
   * @param approximately whether only whole nodes go, so that some more entries may be left
   * @param limit the most entries to take out, or 0
   * @return how many were taken out
   */
  public long trimToLength(long stream, long entries, boolean approximately, long limit) {
    return trimmed(stream, trim.toLength(stream, entries, approximately, limit));
  }

  /** As {@link #trimToLength}, for the entries before an ID. */
  public long trimToId(long stream, long millis, long sequence, boolean approximately, long limit) {
    return trimmed(stream, trim.toId(stream, millis, sequence, approximately, limit));
  }

  private long trimmed(long stream, long removed) {
    if (removed > 0 || StreamHead.length(stream) == 0) {
      entriesDeleted(stream);
    }
    return removed;
  }

  /** Destroys a group; one that takes long to free is freed in slices. */
  public void destroyGroup(long stream, long group) {
    long bytes = groups.usedBytes(stream, group);
    groups.remove(stream, group);
    StreamHead.use(stream, -bytes);
    lazyFree.release(effort -> freeSomeOfGroup(group, effort));
  }

  private boolean freeSomeOfGroup(long group, int effort) {
    for (int left = effort; left > 0; left -= FREES_PER_STEP) {
      if (!groups.freeSomeOf(0, group, FREES_PER_STEP)) {
        memory.free(group);
        return false;
      }
    }
    return true;
  }

  // What the keyspace asks

  @Override
  public String name() {
    return "stream";
  }

  @Override
  public String encodingName(long entry) {
    return "stream";
  }

  @Override
  public long externalBytes(long entry) {
    return StreamHead.usedBytes(of(entry));
  }

  @Override
  public long freeEffort(long entry) {
    long stream = of(entry);
    long effort = StreamHead.nodes(stream);
    for (long group = groups.first(stream);
        group != 0 && effort <= LazyFree.EAGER_EFFORT;
        group = groups.after(stream, group)) {
      effort += 1 + StreamGroups.freeEffort(group);
    }
    return effort;
  }

  @Override
  public boolean freeSome(long entry, int effort) {
    return freeSomeOf(of(entry), effort);
  }

  private boolean freeSomeOf(long stream, int effort) {
    if (nodes.freeSome(stream, effort, free)) {
      return true;
    }
    for (int left = effort; left > 0; left -= FREES_PER_STEP) {
      if (!groups.freeSome(stream, FREES_PER_STEP)) {
        memory.free(stream);
        return false;
      }
    }
    return true;
  }

  @Override
  public void duplicate(long from, long to) {
    long stream = of(from);
    long copy = createHead();
    Memory.putLong(Entry.inlineAddress(to), copy);
    IdTree source = new IdTree(memory).open(stream, stream + StreamHead.NODES);
    for (long node = source.first(); node != 0; node = source.next()) {
      long bytes = StreamNodes.ID_BYTES + (long) Listpack.bytes(StreamNodes.listpack(node));
      long same = memory.allocate(bytes);
      Memory.copy(node, same, bytes);
      nodes.of(copy);
      nodes.link(copy, same);
    }
    StreamHead.length(copy, StreamHead.length(stream));
    StreamHead.last(copy, StreamHead.lastMillis(stream), StreamHead.lastSequence(stream));
    StreamHead.first(copy, StreamHead.firstMillis(stream), StreamHead.firstSequence(stream));
    StreamHead.deleted(copy, StreamHead.deletedMillis(stream), StreamHead.deletedSequence(stream));
    StreamHead.added(copy, StreamHead.added(stream));
    for (long group = groups.first(stream); group != 0; group = groups.after(stream, group)) {
      groups.copy(stream, group, copy);
    }
  }

  // RDB

  @Override
  public void save(long entry, ValueSink to) {
    rdb.save(of(entry), to);
  }

  @Override
  public boolean reads(int rdbType) {
    return rdbType == StreamRdb.FIRST_FORM
        || rdbType == StreamRdb.SECOND_FORM
        || rdbType == StreamRdb.THIRD_FORM;
  }

  @Override
  public long load(
      int rdbType,
      ValueSource from,
      Database database,
      long keyAddress,
      int keyLength,
      long hash,
      long expireAtMillis)
      throws IOException {
    long stream = createHead();
    boolean loaded = false;
    try {
      rdb.load(rdbType, from, stream);
      loaded = true;
    } finally {
      while (!loaded && freeSomeOf(stream, LazyFree.EAGER_EFFORT)) {
        // what is left of a stream that could not be read
      }
    }
    return put(database, keyAddress, keyLength, hash, stream, expireAtMillis);
  }
}
