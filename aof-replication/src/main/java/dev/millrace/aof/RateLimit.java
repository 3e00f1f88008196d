package dev.millrace.aof;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * How fast long work goes on beside clients: at most so many bytes per second, all who share the
 * limit together, in steps so small that whoever shares a processor, a disk or a network with them
 * waits a fraction of a millisecond and not for a burst.
 *
 * <p>The algorithm is the virtual scheduling form of the generic cell rate algorithm (ITU-T I.371):
 * one moment at which the next step is due, moved on by what a step costs.
 *
 * <p>Owned by: any thread that does such work.
 */
public final class RateLimit {
  /**
   * What is done at a time while there is a limit; less when that is a large part of a second's.
   */
  static final long STEP_BYTES = 64 << 10;

  private static final long STEPS_PER_SECOND_MIN = 16;

  // Whoever wakes late by less makes up for it; more is forgotten instead of sent in a burst.
  private static final long LATE_NANOS_MAX = 2_000_000;
  private static final long SECOND_NANOS = 1_000_000_000;

  // In short sleeps: under a small limit work that is given up must not hold its thread.
  private static final long LOOK_NANOS = 10_000_000;

  private final LongSupplier bytesPerSecond;
  private final LongSupplier nanoClock;
  private final AtomicLong dueNanos;

  /**
   * A limit.
   *
   * @param bytesPerSecond the limit as it is at each step; 0 for none
   * @param nanoClock as {@link System#nanoTime}
   */
  public RateLimit(LongSupplier bytesPerSecond, LongSupplier nanoClock) {
    this.bytesPerSecond = bytesPerSecond;
    this.nanoClock = nanoClock;
    this.dueNanos = new AtomicLong(nanoClock.getAsLong());
  }

  /** How many of these bytes, of which there is at least one, may be done at once. */
  public long step(long bytes) {
    long rate = bytesPerSecond.getAsLong();
    return rate == 0
        ? bytes
        : Math.min(bytes, Math.clamp(rate / STEPS_PER_SECOND_MIN, 1, STEP_BYTES));
  }

  /** After a step: waits until the next one is due, or there is no reason to wait any more. */
  public void keep(long bytes, BooleanSupplier inVain) {
    sleep(done(bytes), inVain);
  }

  /** Sleeps for so many nanoseconds, none if negative, or until there is no reason to any more. */
  public static void sleep(long nanos, BooleanSupplier inVain) {
    long end = System.nanoTime() + nanos;
    long left = nanos;
    while (left > 0 && !inVain.getAsBoolean()) {
      LockSupport.parkNanos(Math.min(left, LOOK_NANOS));
      left = end - System.nanoTime();
    }
  }

  /** After a step: how many nanoseconds to wait before the next one; 0 or less for none. */
  long done(long bytes) {
    long rate = bytesPerSecond.getAsLong();
    if (rate == 0) {
      return 0;
    }
    long now = nanoClock.getAsLong();
    // All wait for the one moment: no step may move it further than a second, so that a
    // limit that was far too small can be mended.
    long cost = Math.min(SECOND_NANOS, Math.round((double) bytes * SECOND_NANOS / rate));
    long due =
        dueNanos.updateAndGet(before -> Math.max(before - now, -LATE_NANOS_MAX) + now + cost);
    return due - now;
  }
}
