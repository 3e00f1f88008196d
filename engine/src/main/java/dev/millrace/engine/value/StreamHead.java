package dev.millrace.engine.value;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.struct.Tree;

/**
 * What a stream is beside its entries: one block, whose address is the entry's inline value, and by
 * which a stream is named here.
 *
 * <pre>
 *   0 long entries            8 last ID            24 first ID            40 largest ID deleted
 *  56 long entries ever added                      64 long bytes outside the entry, this block too
 *  72 tree of nodes by ID   104 tree of groups by name
 * 136 long nodes a radix tree of the nodes' IDs would have, which XINFO tells
 * </pre>
 *
 * <p>An ID is two longs, time and number. Owned by: executor thread.
 */
public final class StreamHead {
  static final int BYTES = 144;
  static final int NODES = 72;
  static final int GROUPS = NODES + Tree.STATE_BYTES;

  private static final int LAST = 8;
  private static final int FIRST = 24;
  private static final int DELETED = 40;
  private static final int ADDED = 56;
  private static final int USED = 64;
  private static final int RADIX = GROUPS + Tree.STATE_BYTES;

  private StreamHead() {}

  /** Writes the head of a stream in which nothing ever was. */
  static void create(long stream) {
    Memory.fill(stream, BYTES, (byte) 0);
    Memory.putLong(stream + RADIX, 1);
  }

  /** Number of entries. */
  public static long length(long stream) {
    return Memory.getLong(stream);
  }

  static void length(long stream, long entries) {
    Memory.putLong(stream, entries);
  }

  public static long lastMillis(long stream) {
    return Memory.getLong(stream + LAST);
  }

  public static long lastSequence(long stream) {
    return Memory.getLong(stream + LAST + 8);
  }

  /** Sets the last ID ever given. */
  public static void last(long stream, long millis, long sequence) {
    Memory.putLong(stream + LAST, millis);
    Memory.putLong(stream + LAST + 8, sequence);
  }

  /** The last ID ever given, whether that entry is still there or not. */
  public static void last(long stream, StreamId into) {
    into.set(lastMillis(stream), lastSequence(stream));
  }

  public static long firstMillis(long stream) {
    return Memory.getLong(stream + FIRST);
  }

  public static long firstSequence(long stream) {
    return Memory.getLong(stream + FIRST + 8);
  }

  static void first(long stream, long millis, long sequence) {
    Memory.putLong(stream + FIRST, millis);
    Memory.putLong(stream + FIRST + 8, sequence);
  }

  public static long deletedMillis(long stream) {
    return Memory.getLong(stream + DELETED);
  }

  public static long deletedSequence(long stream) {
    return Memory.getLong(stream + DELETED + 8);
  }

  /** Sets the largest ID that was deleted from amidst the stream. */
  public static void deleted(long stream, long millis, long sequence) {
    Memory.putLong(stream + DELETED, millis);
    Memory.putLong(stream + DELETED + 8, sequence);
  }

  /** Entries added since the stream exists. */
  public static long added(long stream) {
    return Memory.getLong(stream + ADDED);
  }

  /** Sets how many entries were added since the stream exists. */
  public static void added(long stream, long entries) {
    Memory.putLong(stream + ADDED, entries);
  }

  /** How many nodes hold the entries. */
  public static long nodes(long stream) {
    return Memory.getLong(stream + NODES + 8);
  }

  /** How many consumer groups there are. */
  public static long groups(long stream) {
    return Memory.getLong(stream + GROUPS + 8);
  }

  /** How many nodes Redis's radix tree of the same listpacks has. */
  public static long radixNodes(long stream) {
    return Memory.getLong(stream + RADIX);
  }

  static void radixNodes(long stream, long count) {
    Memory.putLong(stream + RADIX, count);
  }

  /** Memory held outside the key's entry. */
  static long usedBytes(long stream) {
    return Memory.getLong(stream + USED);
  }

  /** Counts memory to a stream; to none (0) what has left its stream already. */
  static void use(long stream, long bytes) {
    if (stream == 0) {
      return;
    }
    Memory.putLong(stream + USED, Memory.getLong(stream + USED) + bytes);
  }

  /** Whether an entry was deleted at or after an ID: then counting on from there is not exact. */
  static boolean hasGapsFrom(long stream, long millis, long sequence) {
    long deletedMillis = deletedMillis(stream);
    long deletedSequence = deletedSequence(stream);
    return length(stream) > 0
        && (deletedMillis | deletedSequence) != 0
        && StreamId.compare(
                deletedMillis, deletedSequence, firstMillis(stream), firstSequence(stream))
            >= 0
        && StreamId.compare(millis, sequence, deletedMillis, deletedSequence) <= 0;
  }

  /**
   * How many entries had been added when the one with this ID was, itself included, as far as that
   * can be told without looking at the entries; else {@link StreamGroup#UNKNOWN}.
   */
  static long addedUpTo(long stream, long millis, long sequence) {
    long added = added(stream);
    if (added == 0) {
      return 0;
    }
    int toLast = StreamId.compare(millis, sequence, lastMillis(stream), lastSequence(stream));
    if (toLast == 0 || (toLast < 0 && length(stream) == 0)) {
      return added;
    }
    if (toLast > 0) {
      return StreamGroup.UNKNOWN;
    }
    long firstMillis = firstMillis(stream);
    long firstSequence = firstSequence(stream);
    long deletedMillis = deletedMillis(stream);
    long deletedSequence = deletedSequence(stream);
    if ((deletedMillis | deletedSequence) != 0
        && StreamId.compare(deletedMillis, deletedSequence, firstMillis, firstSequence) >= 0) {
      return StreamGroup.UNKNOWN;
    }
    int toFirst = StreamId.compare(millis, sequence, firstMillis, firstSequence);
    if (toFirst > 0) {
      return StreamGroup.UNKNOWN;
    }
    return added - length(stream) + (toFirst == 0 ? 1 : 0);
  }
}
