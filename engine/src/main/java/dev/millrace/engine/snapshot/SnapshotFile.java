package dev.millrace.engine.snapshot;

import dev.millrace.aof.RateLimit;
import dev.millrace.aof.ThreadPriority;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import dev.millrace.engine.snapshot.SnapshotOutcome.Result;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file side of a snapshot without fork: a thread of its own that takes the raw entries from a
 * {@link SnapshotChannel}, encodes them as RDB, and writes one file.
 *
 * <p>The file is forced to disk every 4 MiB, so that the system never has much of it to write at
 * once, which would stall the log's own fsync. At the end:
 *
 * <ol>
 *   <li>the checksum is written and the file forced and closed; a crash before this leaves a file
 *       without an end, which no reader accepts;
 *   <li>the outcome is reported, on the snapshot thread. Renaming the file to its name is up to
 *       whom it is reported to; until then nothing refers to it.
 * </ol>
 *
 * <p>After a failure or an abort the file is deleted before the outcome is reported.
 *
 * <p>Owned by: its snapshot thread, after {@link #start}.
 */
public final class SnapshotFile {
  // Behind whoever serves clients whenever they have work, but never without a share.
  private static final int NICE = 10;
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotFile.class);
  private static final long FORCE_EVERY_BYTES = 4 << 20;

  /**
   * How to write a snapshot.
   *
   * @param compress the setting {@code rdbcompression}
   * @param checksum the setting {@code rdbchecksum}
   * @param softBytes memory in flight at which the walk pauses
   * @param hardBytes memory in flight at which the snapshot fails
   * @param bytesPerSecond the setting {@code snapshot-max-rate}, 0 for none, asked at each step
   * @param rest how long to rest after keys
   */
  public record Options(
      boolean compress,
      boolean checksum,
      long softBytes,
      long hardBytes,
      LongSupplier bytesPerSecond,
      KeySaveRest rest) {
    /** As fast as the disk takes it. */
    public Options(boolean compress, boolean checksum, long softBytes, long hardBytes) {
      this(compress, checksum, softBytes, hardBytes, () -> 0, KeySaveRest.NONE);
    }

    /** Compressed, with checksum; the walk pauses at 4 MiB, the snapshot fails at 64 MiB. */
    public static final Options DEFAULT = new Options(true, true, 4L << 20, 64L << 20);
  }

  /**
   * The size of one database at the cut, written before its first key.
   *
   * @param keys number of keys
   * @param expiring how many of them have an expiry
   */
  public record DatabaseSize(long keys, long expiring) {}

  private final SnapshotStore store;
  private final Path path;
  private final RdbHeader header;
  private final List<DatabaseSize> sizes;
  private final Options options;
  private final LongSupplier nanoClock;
  private final Consumer<SnapshotOutcome> whenEnded;
  private final SnapshotChannel channel;
  private List<byte[]> libraries = List.of();

  /**
   * @param path where the file is made: a temporary name, renamed by whom the outcome is reported
   *     to
   * @param sizes the databases' sizes at the cut, by database index
   * @param nanoClock for the duration
   * @param whenEnded told the outcome, once, on the snapshot thread
   */
  public SnapshotFile(
      SnapshotStore store,
      Path path,
      RdbHeader header,
      List<DatabaseSize> sizes,
      Options options,
      LongSupplier nanoClock,
      Consumer<SnapshotOutcome> whenEnded) {
    this.store = store;
    this.path = path;
    this.header = header;
    this.sizes = List.copyOf(sizes);
    this.options = options;
    this.nanoClock = nanoClock;
    this.whenEnded = whenEnded;
    this.channel = new SnapshotChannel(options.softBytes(), options.hardBytes());
  }

  /** The sources of the function libraries at the cut, which the file is to hold too. */
  public SnapshotFile libraries(List<byte[]> sources) {
    libraries = List.copyOf(sources);
    return this;
  }

  /** Starts the snapshot thread and returns the channel that feeds it. */
  public SnapshotChannel start() {
    ThreadPriority.threadGivingWay("millrace-snapshot", NICE, this::run).start();
    return channel;
  }

  private void run() {
    long start = nanoClock.getAsLong();
    Progress progress = new Progress();
    Throwable failure = null;
    try {
      write(progress);
    } catch (IOException | InterruptedException | RuntimeException | OutOfMemoryError e) {
      failure = e;
    }
    boolean aborted = channel.wasAborted();
    if (failure != null) {
      channel.fail();
    }
    try {
      if (failure != null || aborted) {
        delete();
      }
      Result result = aborted ? Result.ABORTED : failure != null ? Result.FAILED : Result.DONE;
      long duration = nanoClock.getAsLong() - start;
      whenEnded.accept(
          new SnapshotOutcome(
              result, path, progress.bytes, progress.keys, duration, aborted ? null : failure));
    } catch (RuntimeException e) {
      LOG.error("The outcome of snapshot {} could not be reported", path, e);
    } finally {
      channel.drain();
    }
  }

  private void write(Progress progress) throws IOException, InterruptedException {
    try (SnapshotStore.Target target = store.create(path)) {
      WritableByteChannel out = new Limited(new ForcedSteps(target));
      try (RdbWriter writer = new RdbWriter(out, options.compress(), options.checksum())) {
        writer.header(header);
        for (byte[] library : libraries) {
          try (Region source = new Region(Math.max(1, library.length))) {
            Memory.put(source.address(), library, 0, library.length);
            writer.functionLibrary(source.address(), library.length);
          }
        }
        encode(new SnapshotEncoding(writer, sizes), writer, progress);
        if (channel.wasAborted()) {
          return;
        }
        writer.finish();
        progress.bytes = writer.bytes();
      }
      target.force();
    }
  }

  private void encode(SnapshotEncoding encoding, RdbWriter writer, Progress progress)
      throws IOException, InterruptedException {
    try (SpilledLanes spilled = new SpilledLanes(path)) {
      SnapshotChunk chunk = channel.take();
      while (chunk != null) {
        try {
          if (chunk.lane() == SnapshotLane.MAIN) {
            encoding.encode(chunk.address(), chunk.fill());
          } else {
            spilled.add(chunk);
          }
        } finally {
          channel.giveBack(chunk);
        }
        if (encoding.isBetweenEntries()) {
          spilled.encodeComplete(encoding);
        }
        // While this thread rests chunks stay in flight, so the walk comes to rest as well.
        options.rest.after(encoding.keys() - progress.keys, channel::wasAborted);
        progress.bytes = writer.bytes();
        progress.keys = encoding.keys();
        chunk = channel.take();
      }
      if (!channel.wasAborted()) {
        encoding.requireComplete();
        spilled.requireNone();
      }
    }
  }

  private void delete() {
    try {
      store.delete(path);
    } catch (IOException e) {
      LOG.warn("The incomplete snapshot {} could not be deleted", path, e);
    }
  }

  /** What the outcome tells, kept where a failure leaves it. */
  private static final class Progress {
    long bytes;
    long keys;
  }

  /**
   * Writes no faster than allowed. While this thread waits chunks stay in flight, so the walk comes
   * to rest as well; but what commands put there before their changes must not fill it up.
   */
  private final class Limited implements WritableByteChannel {
    private final WritableByteChannel to;
    private final RateLimit limit = new RateLimit(options.bytesPerSecond(), System::nanoTime);
    private final BooleanSupplier inVain = () -> channel.wasAborted() || channel.isBehind();

    Limited(WritableByteChannel to) {
      this.to = to;
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
      int end = bytes.limit();
      int start = bytes.position();
      while (bytes.position() < end) {
        bytes.limit(bytes.position() + (int) limit.step(end - bytes.position()));
        limit.keep(to.write(bytes), inVain);
      }
      return end - start;
    }

    @Override
    public boolean isOpen() {
      return to.isOpen();
    }

    @Override
    public void close() throws IOException {
      to.close();
    }
  }

  /** Forces the file every few MiB. */
  private static final class ForcedSteps implements WritableByteChannel {
    private final SnapshotStore.Target target;
    private long unforced;

    ForcedSteps(SnapshotStore.Target target) {
      this.target = target;
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
      int written = target.write(bytes);
      unforced += written;
      if (unforced >= FORCE_EVERY_BYTES) {
        target.force();
        unforced = 0;
      }
      return written;
    }

    @Override
    public boolean isOpen() {
      return target.isOpen();
    }

    @Override
    public void close() throws IOException {
      target.close();
    }
  }
}
