package dev.millrace.engine.persistence;

import com.lmax.disruptor.EventHandler;
import dev.millrace.aof.DurableListener;
import dev.millrace.aof.FailureListener;
import dev.millrace.aof.Journal;
import dev.millrace.aof.JournalState;
import dev.millrace.aof.SegmentedLog;
import dev.millrace.backlog.Backlog;
import dev.millrace.backlog.StreamEvent;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The log with the journal that writes it, as the stream ring's consumer. With {@code appendonly
 * no} there is none until the first replica needs it; the ring runs either way.
 *
 * <p>Threads: {@link #open} by whoever starts the log, once; the handler's methods by the journal
 * thread; the rest any.
 */
public final class DiskLog implements EventHandler<StreamEvent>, AutoCloseable {
  private final Backlog backlog;
  private final DurableListener durableListener;
  private final FailureListener failureListener;

  // Published by open(): the log before the journal, so that whoever sees the journal sees the log.
  private volatile @Nullable SegmentedLog log;
  private volatile @Nullable Journal journal;

  public DiskLog(
      Backlog backlog, DurableListener durableListener, FailureListener failureListener) {
    this.backlog = backlog;
    this.durableListener = durableListener;
    this.failureListener = failureListener;
  }

  /**
   * Starts writing to {@code opened} from where it ends, which the backlog must hold until then.
   *
   * @throws IOException when the segment there cannot be opened
   */
  public void open(SegmentedLog opened) throws IOException {
    if (log != null) {
      throw new IllegalStateException("the log is open already");
    }
    Journal writer =
        new Journal(opened, backlog, durableListener, failureListener, System::nanoTime);
    log = opened;
    journal = writer;
  }

  /**
   * Goes on writing after the journal has stopped and the log was replaced, from where it ends now.
   */
  public void reopen() throws IOException {
    if (state() != JournalState.STOPPED) {
      throw new IllegalStateException("the journal is still at work");
    }
    journal = new Journal(require(), backlog, durableListener, failureListener, System::nanoTime);
  }

  /** True once there is a log. */
  public boolean isRunning() {
    return journal != null;
  }

  /** The log; null while there is none. */
  public @Nullable SegmentedLog log() {
    return log;
  }

  /**
   * The log of a caller that knows there is one.
   *
   * @throws IllegalStateException when there is none
   */
  public SegmentedLog require() {
    SegmentedLog open = log;
    if (open == null) {
      throw new IllegalStateException("there is no log");
    }
    return open;
  }

  /** How the journal fares; RUNNING when there is none, for then nothing can fail. */
  public JournalState state() {
    Journal writer = journal;
    return writer == null ? JournalState.RUNNING : writer.state();
  }

  /** Replication offset up to which the stream is durable; everything when there is no log. */
  public long durableOffset() {
    SegmentedLog open = log;
    return open == null ? Long.MAX_VALUE : open.durableOffset();
  }

  /** Lets a journal that waits for room on a full disk end. Any thread. */
  public void giveUp() {
    Journal writer = journal;
    if (writer != null) {
      writer.giveUp();
    }
  }

  @Override
  public void onEvent(StreamEvent event, long sequence, boolean endOfBatch) {
    Journal writer = journal;
    if (writer != null) {
      writer.onEvent(event, sequence, endOfBatch);
    }
  }

  @Override
  public void onTimeout(long sequence) {
    Journal writer = journal;
    if (writer != null) {
      writer.onTimeout(sequence);
    }
  }

  @Override
  public void onShutdown() {
    Journal writer = journal;
    if (writer != null) {
      writer.onShutdown();
    }
  }

  /** Closes the ledger; the ring has stopped. */
  @Override
  public void close() throws IOException {
    SegmentedLog open = log;
    if (open != null) {
      open.close();
    }
  }
}
