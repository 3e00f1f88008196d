package dev.millrace.engine.value;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.struct.Tree;

/**
 * A consumer of a group: when it was last heard of, and what it has not acknowledged. One block;
 * its address names the consumer until it is deleted.
 *
 * <pre>
 *   0 int length of the name   4 int where the name begins   8 long seen, Unix milliseconds
 *  16 tree of its pending entries by ID   48 name
 * </pre>
 *
 * <p>Owned by: executor thread.
 */
public final class StreamConsumer {
  static final int PENDING = 16;
  static final int NAME = PENDING + Tree.STATE_BYTES;

  private static final int SEEN = 8;

  private StreamConsumer() {}

  static void create(long consumer, long nameAddress, int nameLength, long seenMillis) {
    Memory.fill(consumer, NAME, (byte) 0);
    NameTree.name(consumer, NAME, nameAddress, nameLength);
    seen(consumer, seenMillis);
  }

  public static long nameAddress(long consumer) {
    return NameTree.nameOf(consumer);
  }

  public static int nameLength(long consumer) {
    return NameTree.lengthOf(consumer);
  }

  /** When a command last named it, in Unix milliseconds. */
  public static long seenMillis(long consumer) {
    return Memory.getLong(consumer + SEEN);
  }

  /** Notes when a command named it. */
  public static void seen(long consumer, long millis) {
    Memory.putLong(consumer + SEEN, millis);
  }

  /** How many entries it has not acknowledged. */
  public static long pending(long consumer) {
    return IdTree.size(consumer + PENDING);
  }
}
