package dev.millrace.bench.load;

import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;

/**
 * A constant rate that goes on in the background while other things are done to a server, with the
 * latencies of each part of that time apart.
 *
 * <p>Owned by: the thread that started it; the load's own threads end at {@link #close}.
 */
public final class SteadyLoad implements AutoCloseable {
  private static final long MICROS_MAX = 60_000_000;
  private static final int DIGITS = 3;

  private final SingleWriterRecorder recorder = new SingleWriterRecorder(MICROS_MAX, DIGITS);
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());
  private final Future<Long> running;
  private volatile boolean ended;

  /**
   * Starts it.
   *
   * @param most requests after which it ends by itself, so that nothing runs for ever
   */
  public SteadyLoad(ConstantRate load, double perSecond, long most) {
    // What took longer than the histogram knows counts as its longest.
    running =
        thread.submit(() ->
            load.run(
                most,
                perSecond,
                () -> ended,
                micros -> recorder.recordValue(Math.min(micros, MICROS_MAX))));
  }

  /**
   * The latencies in microseconds since this was asked last, or since the start.
   *
   * @throws IOException when the load has ended, which it does before {@link #close} only when
   *     something failed or its bound was reached
   */
  public Histogram latencies() throws IOException, InterruptedException {
    if (running.isDone()) {
      try {
        throw new IOException("the load ended early, after " + running.get() + " requests");
      } catch (ExecutionException | CancellationException e) {
        throw new IOException("the load failed", e);
      }
    }
    return recorder.getIntervalHistogram();
  }

  /** Ends it, when what was sent is answered. */
  @Override
  public void close() {
    ended = true;
    thread.close();
  }
}
