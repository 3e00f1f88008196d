package dev.millrace.engine.snapshot;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Slows a snapshot down, for tests ({@code rdb-key-save-delay}). Immutable; the snapshot thread
 * rests.
 *
 * @param microsPerKey how long for each key; when negative, one microsecond for so many keys
 */
public record KeySaveRest(int microsPerKey) {
  /** No rest. */
  public static final KeySaveRest NONE = new KeySaveRest(0);

  private static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  /** Rests for that many keys, in pieces, so that who gives the snapshot up does not wait. */
  void after(long keys, BooleanSupplier givenUp) {
    if (keys <= 0 || microsPerKey == 0) {
      return;
    }
    long micros = microsPerKey > 0 ? keys * microsPerKey : keys / -(long) microsPerKey;
    long end = System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(micros);
    long left = end - System.nanoTime();
    while (left > 0 && !givenUp.getAsBoolean()) {
      LockSupport.parkNanos(Math.min(left, LONGEST_NANOS));
      left = end - System.nanoTime();
    }
  }
}
