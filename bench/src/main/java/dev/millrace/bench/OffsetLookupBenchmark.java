package dev.millrace.bench;

import dev.millrace.aof.SegmentPiece;
import dev.millrace.aof.SegmentSource;
import dev.millrace.backlog.BacklogReader;
import dev.millrace.engine.memory.Region;
import java.io.IOException;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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

/**
 * A replica asks for an offset: how long until its first byte is found, in memory and on disk, in a
 * stream of 64 segments and as many blocks. Beside it a {@link TreeMap} from offset to segment.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init")
public class OffsetLookupBenchmark {
  private static final int SEGMENTS = 64;
  private static final int SEGMENT_BYTES = 1 << 20;
  private static final int PIECE_BYTES = 64 << 10;
  private static final long SEED = 20_261_123;

  private DiskStream stream;
  private TreeMap<Long, Integer> starts;
  private SplittableRandom random;
  private long end;

  /** Fills the stream. */
  @Setup
  public void fill() throws IOException {
    stream = new DiskStream((long) (SEGMENTS + 1) * SEGMENT_BYTES);
    starts = new TreeMap<>();
    random = new SplittableRandom(SEED);
    try (Region record = Requests.offHeap(Requests.set(42))) {
      for (int segment = 0; segment < SEGMENTS; segment++) {
        long start = stream.backlog().appendedOffset();
        starts.put(start, segment);
        while (stream.backlog().appendedOffset() < start + SEGMENT_BYTES) {
          stream.append(record.address(), record.bytes());
        }
        stream.publish();
        stream.roll();
      }
    }
    stream.awaitDurable();
    end = stream.log().writtenOffset();
  }

  /** A reader in memory, opened and closed. */
  @Benchmark
  public long backlog() {
    BacklogReader reader = stream.backlog().openReader(random.nextLong(end));
    if (reader == null) {
      throw new IllegalStateException("the backlog holds the whole stream");
    }
    long offset = reader.offset();
    reader.close();
    return offset;
  }

  /** A transfer of the log, pinned and let go. */
  @Benchmark
  public long log() throws IOException {
    try (SegmentSource source = transfer()) {
      return source.offset();
    }
  }

  /** The same, and its first piece: the file is opened, its segment shown to be whole. */
  @Benchmark
  public long logFirstPiece() throws IOException {
    try (SegmentSource source = transfer()) {
      SegmentPiece piece = source.next(PIECE_BYTES);
      if (piece == null) {
        throw new IllegalStateException("the log holds the whole stream");
      }
      return piece.filePosition();
    }
  }

  private SegmentSource transfer() {
    SegmentSource source = stream.log().openTransfer(random.nextLong(end));
    if (source == null) {
      throw new IllegalStateException("the log holds the whole stream");
    }
    return source;
  }

  /** Baseline. */
  @Benchmark
  public Map.@Nullable Entry<Long, Integer> treeMap() {
    return starts.floorEntry(random.nextLong(end));
  }

  /** Deletes everything. */
  @TearDown
  public void close() throws IOException {
    stream.close();
  }
}
