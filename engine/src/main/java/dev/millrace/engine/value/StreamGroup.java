package dev.millrace.engine.value;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.struct.Tree;

/**
 * A consumer group of a stream: how far it has read, what was read and not acknowledged, and its
 * consumers. One block; its address names the group until it is destroyed.
 *
 * <pre>
 *   0 int length of the name    4 int where the name begins
 *   8 last ID delivered        24 long entries read, or -1
 *  32 tree of pending entries by ID
 *  64 tree of consumers by name
 *  96 name
 * </pre>
 *
 * <p>Owned by: executor thread.
 */
public final class StreamGroup {
  /** How many entries were read, when that cannot be told. */
  public static final long UNKNOWN = -1;

  static final int PENDING = 32;
  static final int CONSUMERS = PENDING + Tree.STATE_BYTES;
  static final int NAME = CONSUMERS + Tree.STATE_BYTES;

  private static final int LAST = 8;
  private static final int READ = 24;

  private StreamGroup() {}

  static void create(long group, long nameAddress, int nameLength) {
    Memory.fill(group, NAME, (byte) 0);
    NameTree.name(group, NAME, nameAddress, nameLength);
  }

  public static long nameAddress(long group) {
    return NameTree.nameOf(group);
  }

  public static int nameLength(long group) {
    return NameTree.lengthOf(group);
  }

  public static long lastMillis(long group) {
    return Memory.getLong(group + LAST);
  }

  public static long lastSequence(long group) {
    return Memory.getLong(group + LAST + 8);
  }

  /** Sets the last ID delivered. */
  public static void last(long group, long millis, long sequence) {
    Memory.putLong(group + LAST, millis);
    Memory.putLong(group + LAST + 8, sequence);
  }

  /** How many entries of the stream the group has read, or {@link #UNKNOWN}. */
  public static long entriesRead(long group) {
    return Memory.getLong(group + READ);
  }

  public static void entriesRead(long group, long entries) {
    Memory.putLong(group + READ, entries);
  }

  /** How many entries were read by consumers and not acknowledged. */
  public static long pending(long group) {
    return IdTree.size(group + PENDING);
  }

  public static long consumers(long group) {
    return NameTree.size(group + CONSUMERS);
  }

  /** How many entries the group has still to read, or {@link #NO_LAG}. */
  public static long lag(long stream, long group) {
    long added = StreamHead.added(stream);
    if (added == 0) {
      return 0;
    }
    long read = entriesRead(group);
    if (read == UNKNOWN || StreamHead.hasGapsFrom(stream, lastMillis(group), lastSequence(group))) {
      read = StreamHead.addedUpTo(stream, lastMillis(group), lastSequence(group));
    }
    return read == UNKNOWN ? NO_LAG : added - read;
  }

  /** What {@link #lag} answers when it cannot be told; a lag itself may be negative. */
  public static final long NO_LAG = Long.MIN_VALUE;

  /**
   * Notes that an entry above the last one was delivered: the last ID is its, and the count of
   * entries read goes on where it can.
   */
  public static void delivered(long stream, long group, long millis, long sequence) {
    long read = entriesRead(group);
    if (read != UNKNOWN && !StreamHead.hasGapsFrom(stream, millis, sequence)) {
      entriesRead(group, read + 1);
    } else if (StreamHead.added(stream) != 0) { // XSETID may have brought it to where it wraps
      entriesRead(group, StreamHead.addedUpTo(stream, millis, sequence));
    }
    last(group, millis, sequence);
  }
}
