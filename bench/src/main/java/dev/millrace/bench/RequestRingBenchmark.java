package dev.millrace.bench;

import dev.millrace.engine.net.RequestBatch;
import dev.millrace.engine.pipeline.RequestRing;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A batch from an I/O thread to the executor: there and back with nothing else under way, and in
 * bursts. Beside it the JDK's bounded queue.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class RequestRingBenchmark {
  private static final int BURST = 64;
  private static final int CAPACITY = 4096;
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** The ring, and a thread that takes from it as the executor does. */
  @State(Scope.Benchmark)
  @SuppressWarnings("NullAway.Init")
  public static class Ring {
    private RequestRing ring;
    private RequestBatch batch;
    private Arrivals arrivals;
    private Thread consumer;
    private volatile boolean stopped;
    private long offered;

    /** Starts the consumer. */
    @Setup
    public void start() {
      ring = new RequestRing(CAPACITY);
      batch = new RequestBatch();
      arrivals = new Arrivals();
      stopped = false;
      offered = 0;
      consumer = Thread.ofPlatform().name("executor").daemon(true).start(this::consume);
    }

    private void consume() {
      while (!stopped) {
        ring.await(System.nanoTime() + LOOK_NANOS, true);
        int taken = 0;
        while (ring.poll() != null) {
          taken++;
        }
        ring.release();
        if (taken > 0) {
          arrivals.more(taken);
        }
      }
    }

    void offer() {
      if (!ring.offer(batch)) {
        throw new IllegalStateException("a burst is smaller than the ring");
      }
      offered++;
    }

    long awaitTaken() {
      ring.wakeForBatches();
      return arrivals.await(offered);
    }

    /** Ends the consumer. */
    @TearDown
    public void stop() throws InterruptedException {
      stopped = true;
      ring.wake();
      consumer.join();
      batch.close();
    }
  }

  /** The baseline: the same through {@link ArrayBlockingQueue}. */
  @State(Scope.Benchmark)
  @SuppressWarnings("NullAway.Init")
  public static class Queue {
    private static final Object END = new Object();

    private ArrayBlockingQueue<Object> queue;
    private Object batch;
    private Arrivals arrivals;
    private Thread consumer;
    private long offered;

    /** Starts the consumer. */
    @Setup
    public void start() {
      queue = new ArrayBlockingQueue<>(CAPACITY);
      batch = new Object();
      arrivals = new Arrivals();
      offered = 0;
      consumer = Thread.ofPlatform().name("executor").daemon(true).start(this::consume);
    }

    private void consume() {
      try {
        boolean ended = false;
        while (!ended) {
          int taken = 0;
          for (Object next = queue.take(); next != null; next = queue.poll()) {
            ended |= next == END;
            taken++;
          }
          arrivals.more(taken);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    void offer() {
      if (!queue.offer(batch)) {
        throw new IllegalStateException("a burst is smaller than the queue");
      }
      offered++;
    }

    long awaitTaken() {
      return arrivals.await(offered);
    }

    /** Ends the consumer. */
    @TearDown
    public void stop() throws InterruptedException {
      queue.put(END);
      consumer.join();
    }
  }

  /** One batch there, and the answer back. */
  @Benchmark
  public long ringRoundTrip(Ring ring) {
    ring.offer();
    return ring.awaitTaken();
  }

  /** Per batch, when many come at once. */
  @Benchmark
  @OperationsPerInvocation(BURST)
  public long ringBurst(Ring ring) {
    for (int i = 0; i < BURST; i++) {
      ring.offer();
    }
    return ring.awaitTaken();
  }

  /** Baseline of {@link #ringRoundTrip}. */
  @Benchmark
  public long queueRoundTrip(Queue queue) {
    queue.offer();
    return queue.awaitTaken();
  }

  /** Baseline of {@link #ringBurst}. */
  @Benchmark
  @OperationsPerInvocation(BURST)
  public long queueBurst(Queue queue) {
    for (int i = 0; i < BURST; i++) {
      queue.offer();
    }
    return queue.awaitTaken();
  }
}
