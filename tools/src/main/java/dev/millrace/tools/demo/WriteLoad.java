package dev.millrace.tools.demo;

import dev.millrace.tools.resp.RespConnection;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Writes at a steady rate, one command at a time, and measures how long each took. When the server
 * is slow, the writes that had to wait for it count from when they were due, so that a pause is
 * seen by every write it held up.
 *
 * <p>Owned by: its own thread; {@link #recordInto} and {@link #close} are for the thread that began
 * it.
 */
final class WriteLoad implements AutoCloseable {
  private static final long LATENCY_NANOS_MAX = TimeUnit.SECONDS.toNanos(60);

  private final RespConnection server;
  private final Writes writes;
  private final long keys;
  private final long periodNanos;
  private final Thread thread;
  private volatile Histogram latencies;
  private volatile boolean stopping;
  private volatile @Nullable IOException failure;

  /** Begins to write, latencies going into {@code first}. */
  WriteLoad(RespConnection server, Writes writes, long keys, int perSecond, Histogram first) {
    this.server = server;
    this.writes = writes;
    this.keys = keys;
    this.periodNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
    this.latencies = first;
    this.thread = Thread.ofPlatform().name("demo-writer").daemon(true).unstarted(this::run);
  }

  /** An empty histogram of nanoseconds. */
  static Histogram histogram() {
    return new Histogram(LATENCY_NANOS_MAX, 3);
  }

  void start() {
    thread.start();
  }

  /** Latencies go into another histogram from now on; the old one may be read after close. */
  void recordInto(Histogram next) {
    latencies = next;
  }

  private void run() {
    try {
      long due = System.nanoTime();
      while (!stopping) {
        long began = System.nanoTime();
        if (began < due) {
          LockSupport.parkNanos(due - began);
          // Waking late is this machine's doing, not the server's.
          began = System.nanoTime();
          if (began < due) {
            continue;
          }
        } else {
          began = due;
        }
        writes.set(server, writes.any(keys));
        server.flush();
        server.expectOk();
        latencies.recordValue(Math.min(System.nanoTime() - began, LATENCY_NANOS_MAX));
        due += periodNanos;
      }
    } catch (IOException e) {
      failure = e;
    }
  }

  /** Stops after the write under way. */
  @Override
  public void close() throws IOException {
    stopping = true;
    LockSupport.unpark(thread);
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the last write ended");
    } finally {
      server.close();
    }
    IOException failed = failure;
    if (failed != null) {
      throw new IOException("the write load failed: " + failed.getMessage(), failed);
    }
  }
}
