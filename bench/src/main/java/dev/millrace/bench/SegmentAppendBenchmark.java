package dev.millrace.bench;

import dev.millrace.engine.memory.Region;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The way of effects to the disk: 28 MB of SET commands, from the executor's append through the
 * backlog, the ring and the journal to the segment file. Beside it a plain {@link FileChannel}
 * written by the same thread, once per record and once per 64, and Chronicle Queue with a record
 * per excerpt. Each iteration begins with an empty directory. Figures are per record.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 8)
@Measurement(iterations = 12)
public class SegmentAppendBenchmark {
  private static final int RECORDS = 1 << 18;
  private static final int ROUND = 64;

  /** When the clock stops: the bytes are with the system, or on the disk. */
  public enum End {
    /** The system has them. */
    WRITTEN,
    /** They were forced. */
    DURABLE
  }

  /** What all write. */
  @State(Scope.Thread)
  @SuppressWarnings("NullAway.Init")
  public static class Command {
    /** When the clock stops. */
    @Param({"WRITTEN", "DURABLE"})
    public End end;

    private Region bytes;

    /** Writes the command. */
    @Setup
    public void prepare() {
      bytes = Requests.offHeap(Requests.set(42));
    }

    /** Unmaps it. */
    @TearDown
    public void close() {
      bytes.close();
    }
  }

  /** Ours. */
  @State(Scope.Thread)
  @SuppressWarnings("NullAway.Init")
  public static class Ours {
    private DiskStream stream;

    /** An empty log. */
    @Setup(Level.Iteration)
    public void open() throws IOException {
      stream = new DiskStream(0);
    }

    /** Deletes it. */
    @TearDown(Level.Iteration)
    public void close() throws IOException {
      stream.close();
    }
  }

  /** A file. */
  @State(Scope.Thread)
  @SuppressWarnings("NullAway.Init")
  public static class PlainFile {
    private ScratchDirectory directory;
    private FileChannel channel;
    private ByteBuffer round;

    /** An empty file. */
    @Setup(Level.Iteration)
    public void open(Command command) throws IOException {
      directory = ScratchDirectory.create();
      channel =
          FileChannel.open(
              directory.path().resolve("plain"),
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.WRITE);
      round = ByteBuffer.allocateDirect((int) command.bytes.bytes() * ROUND);
    }

    void writeAll() throws IOException {
      while (round.hasRemaining()) {
        if (channel.write(round) < 0) {
          throw new IOException("nothing was written");
        }
      }
      round.clear();
    }

    void end(Command command) throws IOException {
      if (command.end == End.DURABLE) {
        channel.force(false);
      }
    }

    /** Deletes it. */
    @TearDown(Level.Iteration)
    public void close() throws IOException {
      channel.close();
      directory.close();
    }
  }

  /** A Chronicle Queue. */
  @State(Scope.Thread)
  @SuppressWarnings("NullAway.Init")
  public static class Chronicle {
    private ScratchDirectory directory;
    private ChronicleQueue queue;
    private ExcerptAppender appender;
    private Bytes<?> excerpt;

    /** An empty queue. */
    @Setup(Level.Iteration)
    public void open() {
      directory = ScratchDirectory.create();
      queue =
          SingleChronicleQueueBuilder.single(directory.path().toFile())
              .rollCycle(RollCycles.FAST_DAILY)
              .build();
      appender = queue.createAppender();
      excerpt = Bytes.allocateDirect(Requests.set(42));
    }

    /** Deletes it. */
    @TearDown(Level.Iteration)
    public void close() {
      excerpt.releaseLast();
      appender.close();
      queue.close();
      directory.close();
    }
  }

  /** Through backlog, ring and journal. */
  @Benchmark
  @OperationsPerInvocation(RECORDS)
  public long journal(Command command, Ours ours) {
    DiskStream stream = ours.stream;
    for (int i = 0; i < RECORDS; i++) {
      stream.append(command.bytes.address(), command.bytes.bytes());
      if (i % ROUND == ROUND - 1) {
        stream.publish();
      }
    }
    if (command.end == End.DURABLE) {
      stream.awaitDurable();
    } else {
      stream.awaitWritten();
    }
    return stream.log().writtenOffset();
  }

  /** Baseline: one write per record. */
  @Benchmark
  @OperationsPerInvocation(RECORDS)
  public long fileChannel(Command command, PlainFile file) throws IOException {
    ByteBuffer bytes = command.bytes.view();
    for (int i = 0; i < RECORDS; i++) {
      file.round.put(bytes.rewind()).flip();
      file.writeAll();
    }
    file.end(command);
    return file.channel.position();
  }

  /** Baseline: one write per 64 records. */
  @Benchmark
  @OperationsPerInvocation(RECORDS)
  public long fileChannelByRound(Command command, PlainFile file) throws IOException {
    ByteBuffer bytes = command.bytes.view();
    for (int i = 0; i < RECORDS; i++) {
      file.round.put(bytes.rewind());
      if (i % ROUND == ROUND - 1) {
        file.round.flip();
        file.writeAll();
      }
    }
    file.end(command);
    return file.channel.position();
  }

  /** Baseline: one excerpt per record. */
  @Benchmark
  @OperationsPerInvocation(RECORDS)
  public long chronicleQueue(Command command, Chronicle chronicle) {
    for (int i = 0; i < RECORDS; i++) {
      chronicle.appender.writeBytes(chronicle.excerpt);
    }
    if (command.end == End.DURABLE) {
      chronicle.appender.sync();
    }
    return chronicle.appender.lastIndexAppended();
  }
}
