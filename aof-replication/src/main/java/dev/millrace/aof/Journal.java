package dev.millrace.aof;

import com.lmax.disruptor.EventHandler;
import dev.millrace.backlog.Backlog;
import dev.millrace.backlog.BacklogReader;
import dev.millrace.backlog.Hold;
import dev.millrace.backlog.ReplicationHistory;
import dev.millrace.backlog.StreamEvent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Brings the stream from the backlog to the disk: writes, forces by policy, rolls, notes
 * checkpoints. One write and, under {@code always}, one fsync cover a whole ring batch.
 *
 * <p>Of the ring's events it acts on: ROLL and BASE_CUT (a segment begins at the offset),
 * REPLICATION_ID (payload {@link ReplicationHistory}), SYNC_REQUEST (payload {@link
 * DurableListener}, called once), CONFIGURE (payload {@link LogOptions}), CONTROL (payload {@link
 * ResyncDecision}, noted in the ledger) and STOP. Payloads of other types are others' business.
 *
 * <p>It holds what it has not written yet in the backlog (L3), so a slow or full disk makes the
 * backlog grow to its limit and the executor then stops taking writes; nothing is lost.
 *
 * <p>Owned by: journal thread, but for {@link #state} and {@link #giveUp}, which are for any.
 */
public final class Journal implements EventHandler<StreamEvent> {
  private static final int WRITE_BYTES_MAX = 8 << 20;
  private static final long SECOND_NANOS = 1_000_000_000L;
  private static final long FULL_RETRY_NANOS = 100_000_000L;

  private final SegmentedLog log;
  private final DurableListener durableListener;
  private final FailureListener failureListener;
  private final LongSupplier nanoClock;
  private final BacklogReader reader;
  private final Hold hold;
  private final LogWriter writer;
  private final Step writingNext = this::writeNext;
  private volatile JournalState state = JournalState.RUNNING;
  private volatile boolean givenUp;

  private int selectedDb = -1;
  private long pending;
  private long lastSyncNanos;
  private long lastCheckpointNanos;
  private long lastRetireNanos;

  /**
   * Takes the log over, from where it ends, which the backlog must hold. Makes no thread: give it
   * to the stream ring.
   *
   * @param nanoClock as {@link System#nanoTime}
   */
  public Journal(
      SegmentedLog log,
      Backlog backlog,
      DurableListener durableListener,
      FailureListener failureListener,
      LongSupplier nanoClock)
      throws IOException {
    this.log = log;
    this.durableListener = durableListener;
    this.failureListener = failureListener;
    this.nanoClock = nanoClock;
    long from = log.writtenOffset();
    this.hold = backlog.hold(from);
    BacklogReader opened = backlog.openReader(from);
    if (opened == null) {
      hold.close();
      throw new IllegalStateException(
          "the log ends at " + from + ", which the backlog does not hold: " + backlog.held());
    }
    this.reader = opened;
    try {
      this.writer = log.openWriter();
    } catch (IOException e) {
      reader.close();
      hold.close();
      throw e;
    }
    this.pending = from;
    this.lastSyncNanos = nanoClock.getAsLong();
    this.lastCheckpointNanos = lastSyncNanos;
    this.lastRetireNanos = lastSyncNanos;
  }

  /** How it fares. Any thread. */
  public JournalState state() {
    return state;
  }

  /**
   * Stops waiting for room on a full disk: what is not written yet will not be, and the journal
   * goes to FAILED. For a server that must stop now. Any thread.
   */
  public void giveUp() {
    givenUp = true;
  }

  @Override
  public void onEvent(StreamEvent event, long sequence, boolean endOfBatch) {
    if (isOver()) {
      return;
    }
    try {
      pending = Math.max(pending, event.offset());
      selectedDb = event.selectedDb();
      if (event.kind() != StreamEvent.Kind.APPENDED) {
        writePending();
        control(event);
      }
      if (endOfBatch && !isOver()) {
        writePending();
        afterBatch();
      }
    } catch (IOException e) {
      fail(e.toString());
    } catch (RuntimeException | Error e) {
      fail(e.toString());
      throw e;
    }
  }

  /** Nothing came for a while: the time for what is due by the clock. */
  @Override
  public void onTimeout(long sequence) {
    if (isOver()) {
      return;
    }
    try {
      afterBatch();
    } catch (IOException e) {
      fail(e.toString());
    } catch (RuntimeException | Error e) {
      fail(e.toString());
      throw e;
    }
  }

  /** The ring ends without a STOP, as in a crash test: leave everything as it is. */
  @Override
  public void onShutdown() {
    if (!isOver()) {
      release(JournalState.FAILED, "the ring ended before the stream did");
    }
  }

  private boolean isOver() {
    return state == JournalState.FAILED || state == JournalState.STOPPED;
  }

  private void writePending() throws IOException {
    while (writer.written() < pending) {
      withRoom(writingNext);
      hold.advance(writer.written());
    }
  }

  private void writeNext() throws IOException {
    ByteBuffer bytes =
        Check.present(
            reader.peek(WRITE_BYTES_MAX, pending), "the backlog lost bytes the journal holds");
    int count = bytes.remaining();
    writer.write(bytes);
    reader.advance(count);
  }

  private void control(StreamEvent event) throws IOException {
    Object payload = event.payload();
    switch (event.kind()) {
      case ROLL, BASE_CUT -> {
        withRoom(() -> writer.roll(selectedDb));
        tellDurable();
      }
      case REPLICATION_ID -> {
        if (payload instanceof ReplicationHistory history) {
          log.changeHistory(event.offset(), history);
        }
      }
      case SYNC_REQUEST -> {
        sync();
        if (payload instanceof DurableListener waiting) {
          waiting.durable(log.durableOffset());
        }
      }
      case CONFIGURE -> {
        if (payload instanceof LogOptions options) {
          log.configure(options);
        }
      }
      case CONTROL -> {
        if (payload instanceof ResyncDecision decision) {
          log.record(decision);
        } else if (payload instanceof ResyncEnd end) {
          log.record(end);
        }
      }
      case STOP -> {
        withRoom(() -> writer.finish(selectedDb));
        tellDurable();
        release(JournalState.STOPPED, "");
      }
      default -> {}
    }
  }

  private void afterBatch() throws IOException {
    long now = nanoClock.getAsLong();
    if (log.durableOffset() < writer.written()) {
      boolean due =
          switch (log.options().fsync()) {
            case ALWAYS -> true;
            case EVERYSEC -> now - lastSyncNanos >= SECOND_NANOS;
            case NO -> false;
          };
      if (due) {
        sync();
      }
    }
    // After the fsync, so that the checkpoint can say that its bytes are durable.
    if (writer.bytesSinceCheckpoint() >= LogWriter.CHECKPOINT_BYTES
        || now - lastCheckpointNanos >= SECOND_NANOS) {
      writer.checkpoint(selectedDb);
      lastCheckpointNanos = now;
    }
    if (now - lastRetireNanos >= SECOND_NANOS) {
      lastRetireNanos = now;
      log.retire();
    }
  }

  private void sync() throws IOException {
    // Never again after a failure: the system may have dropped the pages and would now say all is
    // well. The exception ends this journal.
    writer.sync();
    lastSyncNanos = nanoClock.getAsLong();
    tellDurable();
  }

  private void tellDurable() {
    durableListener.durable(log.durableOffset());
  }

  /** A step that can be repeated when it finds no room. */
  private interface Step {
    void run() throws IOException;
  }

  /**
   * Repeats a step until there is room for it. The journal thread waits here; the ring behind it
   * fills, the backlog grows to its limit, and the executor refuses writes.
   */
  private void withRoom(Step step) throws IOException {
    while (true) {
      try {
        step.run();
        if (state == JournalState.DISK_FULL) {
          enter(JournalState.RUNNING, "");
        }
        return;
      } catch (DiskFullException e) {
        if (givenUp) {
          throw e;
        }
        if (state != JournalState.DISK_FULL) {
          enter(JournalState.DISK_FULL, String.valueOf(e.getMessage()));
        }
        LockSupport.parkNanos(this, FULL_RETRY_NANOS);
      }
    }
  }

  private void fail(String why) {
    if (!isOver()) {
      release(JournalState.FAILED, why);
    }
  }

  private void release(JournalState end, String why) {
    if (end == JournalState.FAILED) {
      writer.abandon();
    }
    reader.close();
    hold.close();
    log.writerClosed();
    enter(end, why);
  }

  private void enter(JournalState newState, String why) {
    state = newState;
    if (newState == JournalState.RUNNING || newState == JournalState.STOPPED) {
      SegmentedLog.LOGGER.info("journal: {}", newState);
    } else {
      SegmentedLog.LOGGER.error("journal: {}: {}", newState, why);
    }
    failureListener.journalIs(newState, why);
  }
}
