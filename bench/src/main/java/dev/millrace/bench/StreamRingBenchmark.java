package dev.millrace.bench;

import com.lmax.disruptor.EventHandler;
import dev.millrace.backlog.AdaptiveWaitStrategy;
import dev.millrace.backlog.StreamEvent;
import dev.millrace.backlog.StreamRing;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs the executor to tell journal and feeder how far the stream goes. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init")
public class StreamRingBenchmark {
  private static final int CAPACITY = 4096;
  private static final int RECORD_BYTES = 107;
  private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private StreamRing ring;
  private Arrivals arrivals;
  private long offset;

  private static final class Follower implements EventHandler<StreamEvent> {
    private final Arrivals arrivals;

    Follower(Arrivals arrivals) {
      this.arrivals = arrivals;
    }

    @Override
    public void onEvent(StreamEvent event, long sequence, boolean endOfBatch) {
      if (endOfBatch) {
        arrivals.upTo(event.offset());
      }
    }
  }

  /** Starts a ring with one consumer. */
  @Setup
  public void start() {
    offset = 0;
    arrivals = new Arrivals();
    ring =
        new StreamRing(
            CAPACITY,
            new AdaptiveWaitStrategy(IDLE_NANOS),
            (thread, event, failure) -> failure.printStackTrace());
    ring.addConsumer("journal", new Follower(arrivals));
    ring.start();
  }

  /** The executor's side alone; what finds the ring full is covered by a later event. */
  @Benchmark
  public boolean announce() {
    offset += RECORD_BYTES;
    return ring.tryPublishAppended(offset, 0);
  }

  /** There and back: how soon a sleeping journal begins. */
  @Benchmark
  public long roundTrip() {
    offset += RECORD_BYTES;
    ring.tryPublishAppended(offset, 0);
    while (!ring.flush()) {
      Thread.onSpinWait();
    }
    return arrivals.await(offset);
  }

  /** Ends the consumer. */
  @TearDown
  public void stop() {
    ring.close();
  }
}
