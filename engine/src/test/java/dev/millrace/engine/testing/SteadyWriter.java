package dev.millrace.engine.testing;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A client that writes at a steady rate and never stops: one INCR at a time, each at its appointed
 * time. A latency is counted from the appointed time, so that a server that stalls is charged for
 * every write that had to wait, not for one.
 *
 * <p>Owned by: its own thread; what the test reads is handed over by {@link #window} and {@link
 * #end}.
 */
public final class SteadyWriter implements AutoCloseable {
  private final RespClient client;
  private final String key;
  private final long periodNanos;
  private final Thread thread;
  private long[] latencies = new long[1024];
  private int measured;
  private volatile boolean ending;
  private volatile long acknowledged;
  private volatile @Nullable RuntimeException failure;

  private SteadyWriter(int port, String key, int perSecond) {
    this.client = RespClient.connect(port);
    this.key = key;
    this.periodNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
    this.thread = Thread.ofPlatform().name("steady-writer").unstarted(this::run);
  }

  /** Begins to increment {@code key} this many times a second. */
  public static SteadyWriter start(int port, String key, int perSecond) {
    SteadyWriter writer = new SteadyWriter(port, key, perSecond);
    writer.thread.start();
    return writer;
  }

  private void run() {
    long due = System.nanoTime();
    try {
      while (!ending) {
        Object reply = client.call("INCR", key);
        if (!(reply instanceof Long value) || value != acknowledged + 1) {
          throw new IllegalStateException(
              "INCR was answered with " + RespClient.render(reply) + " after " + acknowledged);
        }
        acknowledged = value;
        record(System.nanoTime() - due);
        due += periodNanos;
        long early = due - System.nanoTime();
        if (early > 0) {
          LockSupport.parkNanos(early);
        }
      }
    } catch (UncheckedIOException | IllegalStateException e) {
      failure = e;
    }
  }

  private synchronized void record(long nanos) {
    if (measured == latencies.length) {
      latencies = Arrays.copyOf(latencies, 2 * measured);
    }
    latencies[measured++] = nanos;
  }

  /** The latencies since the last call, sorted; begins a new window. */
  public synchronized long[] window() {
    long[] sorted = Arrays.copyOf(latencies, measured);
    Arrays.sort(sorted);
    measured = 0;
    return sorted;
  }

  /**
   * The 99th percentiles of consecutive windows, each this long: at least so many, and until {@code
   * enough} says so.
   */
  public List<Long> percentiles(long windowMillis, int windowsMin, BooleanSupplier enough)
      throws InterruptedException {
    List<Long> percentiles = new ArrayList<>();
    window();
    do {
      TimeUnit.MILLISECONDS.sleep(windowMillis);
      long[] sorted = window();
      if (sorted.length > 0) {
        percentiles.add(sorted[(int) (sorted.length * 0.99)]);
      }
    } while (percentiles.size() < windowsMin || !enough.getAsBoolean());
    return percentiles;
  }

  /** How many writes were acknowledged so far. */
  public long acknowledged() {
    rethrow();
    return acknowledged;
  }

  /** Ends the writer; throws when a write of it had failed. */
  @Override
  public void close() {
    end();
  }

  /** Ends the writer before the block does, to compare what it wrote; as {@link #close}. */
  public void end() {
    ending = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    client.close();
    rethrow();
  }

  private void rethrow() {
    RuntimeException why = failure;
    if (why != null) {
      throw new IllegalStateException("the writer was stopped", why);
    }
  }
}
