package dev.millrace.aof;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import net.openhft.chronicle.bytes.BytesOut;
import net.openhft.chronicle.core.shutdown.PriorityHook;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.wire.DocumentContext;
import org.jspecify.annotations.Nullable;

/**
 * One Chronicle Queue, written from its creation to its closing by one process and never again: a
 * power cut may leave stale bytes behind its end, which an append there could uncover.
 *
 * <p>Owned by: ledger thread.
 */
final class LedgerGeneration implements AutoCloseable {
  // Chronicle maps its file in blocks of this size, and the file grows by as much.
  private static final long BLOCK_BYTES = 1L << 20;

  // How long Chronicle waits for a header that another process may be writing: nobody is, so one
  // that is not there is ruined.
  private static final long RUINED_MILLIS = 250;

  static {
    // It would otherwise start a thread of its own that only logs.
    System.setProperty("chronicle.disk.monitor.disable", "true");
    System.setProperty("chronicle.analytics.disable", "true");
    System.setProperty("chronicle.announcer.disable", "true");
  }

  private final Path directory;
  private final ChronicleQueue queue;
  private final ExcerptAppender appender;
  private int count;

  private LedgerGeneration(Path directory, ChronicleQueue queue) {
    this.directory = directory;
    this.queue = queue;
    this.appender = queue.createAppender();
  }

  /**
   * Has Chronicle register its shutdown hook. It would do so when its files are first opened, by
   * the ledger's thread; a process that is told to end before that could open no ledger any more,
   * and the journal would fail with what it has not written yet. Called before anything is
   * accepted.
   */
  static void registerShutdownHook() {
    PriorityHook.add(0, () -> {});
  }

  static LedgerGeneration create(Path directory) throws IOException {
    try {
      return new LedgerGeneration(directory, builder(directory).build());
    } catch (RuntimeException | Error e) {
      throw failure("cannot create", directory, e);
    }
  }

  private static SingleChronicleQueueBuilder builder(Path directory) {
    // One cycle for ever: time does not roll a generation, its size does.
    return SingleChronicleQueueBuilder.single(directory.toFile())
        .rollCycle(RollCycles.FAST_DAILY)
        .timeProvider(() -> 0L)
        .timeoutMS(RUINED_MILLIS)
        .blockSize(BLOCK_BYTES);
  }

  /** Adds every record that can be read, in order, to {@code into}. */
  static void read(Path directory, List<LedgerRecord> into) throws IOException {
    try (ChronicleQueue queue = builder(directory).readOnly(true).build();
        ExcerptTailer tailer = queue.createTailer().toStart()) {
      byte[] bytes = new byte[LedgerCodec.MOST_BYTES];
      while (true) {
        try (DocumentContext context = tailer.readingDocument()) {
          if (!context.isPresent()) {
            return;
          }
          LedgerRecord record = decode(context, bytes);
          if (record != null) {
            into.add(record);
          }
        }
      }
    } catch (RuntimeException | Error e) {
      throw failure("cannot read", directory, e);
    }
  }

  private static @Nullable LedgerRecord decode(DocumentContext context, byte[] buffer) {
    var wire = context.wire();
    if (wire == null || wire.bytes().readRemaining() > LedgerCodec.MOST_BYTES) {
      return null;
    }
    int n = (int) wire.bytes().readRemaining();
    wire.bytes().read(buffer, 0, n);
    return LedgerCodec.decode(ByteBuffer.wrap(buffer, 0, n));
  }

  void append(LedgerRecord record) throws IOException {
    byte[] encoded = LedgerCodec.encode(record);
    try {
      appender.writeBytes((BytesOut<?> to) -> to.write(encoded));
      count++;
    } catch (RuntimeException | Error e) {
      // A mapped page without room behind it ends in an InternalError, not in an exception.
      throw failure("cannot write", directory, e);
    }
  }

  /** Records added since {@link #resetCount}. */
  int count() {
    return count;
  }

  void resetCount() {
    count = 0;
  }

  /** Forces files and directory. */
  void sync() throws IOException {
    FileSegmentStore files = FileSegmentStore.existing(directory);
    for (String name : files.list()) {
      files.sync(name);
    }
    files.syncDirectory();
  }

  private static IOException failure(String what, Path directory, Throwable cause) {
    if (cause instanceof OutOfMemoryError fatal) {
      throw fatal;
    }
    return new IOException(what + " the ledger in " + directory + ": " + cause, cause);
  }

  @Override
  public void close() {
    appender.close();
    queue.close();
  }
}
