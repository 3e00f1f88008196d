package dev.millrace.engine.snapshot;

import dev.millrace.aof.RateLimit;
import java.util.concurrent.TimeUnit;
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

  /** Rests for that many keys, in pieces, so that who gives the snapshot up does not wait. */
  void after(long keys, BooleanSupplier givenUp) {
    if (keys <= 0 || microsPerKey == 0) {
      return;
    }
    long micros = microsPerKey > 0 ? keys * microsPerKey : keys / -(long) microsPerKey;
    RateLimit.sleep(TimeUnit.MICROSECONDS.toNanos(micros), givenUp);
  }
}
