package dev.millrace.bench;

import dev.millrace.backlog.Backlog;
import dev.millrace.engine.memory.Region;
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
 * Appending effects to the stream in memory, one SET each, published once per sixteen as a round of
 * the executor does; blocks begin and are trimmed along the way. Beside it the least there can be:
 * a copy into an array that is written round and round.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init")
public class BacklogBenchmark {
  private static final int ROUND = 16;
  private static final int BLOCK_BYTES = 1 << 20;
  private static final long RETAIN_BYTES = 1L << 20;
  private static final long LIMIT_BYTES = 64L << 20;

  private Backlog backlog;
  private Region record;
  private byte[] recordOnHeap;
  private byte[] window;
  private int at;

  /** An empty backlog. */
  @Setup
  public void prepare() {
    recordOnHeap = Requests.set(42);
    record = Requests.offHeap(recordOnHeap);
    backlog = new Backlog(0, RETAIN_BYTES, BLOCK_BYTES, LIMIT_BYTES);
    window = new byte[2 * BLOCK_BYTES];
    at = 0;
  }

  /** Per command. */
  @Benchmark
  @OperationsPerInvocation(ROUND)
  public long append() {
    for (int i = 0; i < ROUND; i++) {
      backlog.append(record.address(), record.bytes());
    }
    backlog.publish();
    return backlog.appendedOffset();
  }

  /** Baseline. */
  @Benchmark
  @OperationsPerInvocation(ROUND)
  public int arrayCopy() {
    for (int i = 0; i < ROUND; i++) {
      if (at + recordOnHeap.length > window.length) {
        at = 0;
      }
      System.arraycopy(recordOnHeap, 0, window, at, recordOnHeap.length);
      at += recordOnHeap.length;
    }
    return at;
  }

  /** Unmaps everything. */
  @TearDown
  public void close() {
    backlog.close();
    record.close();
  }
}
