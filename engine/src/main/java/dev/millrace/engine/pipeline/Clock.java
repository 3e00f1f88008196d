package dev.millrace.engine.pipeline;

import java.util.function.LongSupplier;

/**
 * Wall time, read once per round of the executor and seen by every command of that round.
 *
 * <p>Owned by: executor thread.
 */
public final class Clock implements LongSupplier {
  private final LongSupplier source;
  private long millis;

  /** A clock over {@code source}, which tells milliseconds since the epoch. */
  public Clock(LongSupplier source) {
    this.source = source;
    this.millis = source.getAsLong();
  }

  /** Reads the source. */
  public long refresh() {
    millis = source.getAsLong();
    return millis;
  }

  /** Milliseconds since the epoch, as of the last refresh. */
  @Override
  public long getAsLong() {
    return millis;
  }
}
