package dev.millrace.engine.admin;

import dev.millrace.engine.pipeline.Periodic;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * How fast some counters grow: the mean over the last 16 ticks.
 *
 * <p>Owned by: executor thread.
 */
public final class Rates implements Periodic {
  private static final int SAMPLES = 16;

  private final List<LongSupplier> counters;
  private final long[][] perSecond;
  private final long[] last;
  private long lastMillis;
  private int ticks;

  /** Watches these counters; a counter that was set back counts from there. */
  public Rates(LongSupplier... counters) {
    this.counters = List.of(counters);
    this.perSecond = new long[counters.length][SAMPLES];
    this.last = new long[counters.length];
  }

  @Override
  public void tick(long nowMillis) {
    long elapsed = nowMillis - lastMillis;
    if (lastMillis != 0 && elapsed <= 0) {
      return;
    }
    for (int i = 0; i < last.length; i++) {
      long now = counters.get(i).getAsLong();
      if (lastMillis != 0) {
        perSecond[i][ticks % SAMPLES] = Math.max(0, now - last[i]) * 1000 / elapsed;
      }
      last[i] = now;
    }
    ticks = lastMillis == 0 ? 0 : ticks + 1;
    lastMillis = nowMillis;
  }

  /** The mean growth per second of the counter that was given as number {@code index}. */
  public long perSecond(int index) {
    long sum = 0;
    for (long sample : perSecond[index]) {
      sum += sample;
    }
    return sum / SAMPLES;
  }
}
