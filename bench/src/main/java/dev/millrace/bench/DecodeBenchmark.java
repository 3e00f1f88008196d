package dev.millrace.bench;

import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.string.StringCommands;
import dev.millrace.engine.memory.Region;
import dev.millrace.engine.protocol.RequestBuffer;
import dev.millrace.engine.protocol.RequestDecoder;
import dev.millrace.engine.protocol.RequestLimits;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
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
 * An I/O thread's work on a pipeline of 1, 16 or 64 commands: the copy into the batch, the decoding
 * in place, the look-up of the command, the hash of the key. Figures are per command.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init")
public class DecodeBenchmark {
  private static final int SHORT = 16;
  private static final int LONG = 64;
  private static final int COMMANDS_MAX = 1024;
  private static final long VALUE_BYTES_MAX = 512L << 20;

  private RequestBuffer buffer;
  private RequestDecoder decoder;
  private Region sets;
  private Region gets;

  /** Writes the pipelines. */
  @Setup
  public void prepare() {
    CommandTable commands = new CommandTable().addAll(new StringCommands(() -> VALUE_BYTES_MAX));
    buffer = new RequestBuffer();
    decoder = new RequestDecoder(commands, new RequestLimits());
    sets = pipeline(Requests::set);
    gets = pipeline(Requests::get);
  }

  private static Region pipeline(LongFunction<byte[]> command) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < LONG; i++) {
      all.writeBytes(command.apply(i * 7919L));
    }
    return Requests.offHeap(all.toByteArray());
  }

  private int decode(Region pipeline, int commands) {
    buffer.clear();
    decoder.reset();
    buffer.append(pipeline.address(), (int) (pipeline.bytes() / LONG * commands));
    decoder.decode(buffer, COMMANDS_MAX);
    if (buffer.count() != commands) {
      throw new IllegalStateException(buffer.count() + " commands instead of " + commands);
    }
    return buffer.count();
  }

  /** One SET alone. */
  @Benchmark
  public int set1() {
    return decode(sets, 1);
  }

  /** One of sixteen SETs. */
  @Benchmark
  @OperationsPerInvocation(SHORT)
  public int set16() {
    return decode(sets, SHORT);
  }

  /** One of sixty-four SETs. */
  @Benchmark
  @OperationsPerInvocation(LONG)
  public int set64() {
    return decode(sets, LONG);
  }

  /** One GET alone. */
  @Benchmark
  public int get1() {
    return decode(gets, 1);
  }

  /** One of sixteen GETs. */
  @Benchmark
  @OperationsPerInvocation(SHORT)
  public int get16() {
    return decode(gets, SHORT);
  }

  /** One of sixty-four GETs. */
  @Benchmark
  @OperationsPerInvocation(LONG)
  public int get64() {
    return decode(gets, LONG);
  }

  /** Unmaps everything. */
  @TearDown
  public void close() {
    buffer.close();
    sets.close();
    gets.close();
  }
}
