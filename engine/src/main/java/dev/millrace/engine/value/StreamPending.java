package dev.millrace.engine.value;

import dev.millrace.engine.memory.Memory;

/**
 * An entry that was delivered to a consumer and not acknowledged. One block, which is both in its
 * group's tree and in its consumer's.
 *
 * <pre>
 *   0 ID   16 long delivered, Unix milliseconds   24 long deliveries   32 long consumer, or 0
 * </pre>
 *
 * <p>Owned by: executor thread.
 */
public final class StreamPending {
  static final int BYTES = 40;

  private static final int DELIVERED = 16;
  private static final int DELIVERIES = 24;
  private static final int CONSUMER = 32;

  private StreamPending() {}

  static void create(long pending, long millis, long sequence) {
    Memory.fill(pending, BYTES, (byte) 0);
    Memory.putLong(pending, millis);
    Memory.putLong(pending + 8, sequence);
  }

  public static long millis(long pending) {
    return IdTree.millisOf(pending);
  }

  public static long sequence(long pending) {
    return IdTree.sequenceOf(pending);
  }

  /** When it was delivered last, in Unix milliseconds. */
  public static long deliveredMillis(long pending) {
    return Memory.getLong(pending + DELIVERED);
  }

  /** How often it was delivered. */
  public static long deliveries(long pending) {
    return Memory.getLong(pending + DELIVERIES);
  }

  /** Notes a delivery. */
  public static void delivered(long pending, long atMillis, long deliveries) {
    Memory.putLong(pending + DELIVERED, atMillis);
    Memory.putLong(pending + DELIVERIES, deliveries);
  }

  /** Who has it; 0 for nobody yet. */
  public static long consumer(long pending) {
    return Memory.getLong(pending + CONSUMER);
  }

  static void consumer(long pending, long consumer) {
    Memory.putLong(pending + CONSUMER, consumer);
  }
}
