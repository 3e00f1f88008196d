package dev.millrace.bench;

import dev.millrace.engine.memory.Region;
import dev.millrace.engine.protocol.ReplyBuffer;
import dev.millrace.engine.protocol.ReplyPool;
import dev.millrace.engine.protocol.ReplySink;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.protocol.RequestBuffer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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
 * Encoding of replies into pooled buffers, with the buffers' way back to the pool. Figures are per
 * reply.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init")
public class ReplyBenchmark {
  private static final int BATCH = 64;

  /** Takes replies and throws them away, as fast as can be. */
  private static final class Drain implements ReplySink {
    private long bytes;

    @Override
    public void send(
        @Nullable ReplyBuffer first, @Nullable RequestBuffer completes, boolean closeAfter) {
      if (first != null) {
        bytes += first.chainBytes();
        first.discardChain();
      }
    }

    @Override
    public void released(int released) {
      throw new AssertionError("only replies with an address tell their sink");
    }
  }

  private Drain drain;
  private ReplyPool pool;
  private ReplyWriter replies;
  private Region value;

  /** Makes pool and writer. */
  @Setup
  public void prepare() {
    drain = new Drain();
    pool = new ReplyPool();
    replies = new ReplyWriter(pool, drain);
    value = Requests.offHeap(new byte[Requests.VALUE_BYTES]);
  }

  /** {@code +OK}, what SET answers. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public long ok() {
    for (int i = 0; i < BATCH; i++) {
      replies.ok();
    }
    return flushed();
  }

  /** A value of 64 bytes, what GET answers. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public long bulk() {
    for (int i = 0; i < BATCH; i++) {
      replies.bulk(value.address(), Requests.VALUE_BYTES);
    }
    return flushed();
  }

  /** A number, what INCR answers. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public long integer() {
    for (int i = 0; i < BATCH; i++) {
      replies.integer(1_234_567L + i);
    }
    return flushed();
  }

  /** One reply alone: what a buffer's round costs. */
  @Benchmark
  public long okAlone() {
    replies.ok();
    return flushed();
  }

  private long flushed() {
    replies.flush(null, false);
    return drain.bytes;
  }

  /** Unmaps everything. */
  @TearDown
  public void close() {
    pool.close();
    value.close();
  }
}
