package dev.millrace.bench;

import dev.millrace.aof.DurableListener;
import dev.millrace.aof.FsyncPolicy;
import dev.millrace.aof.Journal;
import dev.millrace.aof.JournalState;
import dev.millrace.aof.LogOptions;
import dev.millrace.aof.SegmentedLog;
import dev.millrace.backlog.AdaptiveWaitStrategy;
import dev.millrace.backlog.Backlog;
import dev.millrace.backlog.ReplicationHistory;
import dev.millrace.backlog.ReplicationId;
import dev.millrace.backlog.StreamEvent;
import dev.millrace.backlog.StreamRing;
import dev.millrace.engine.recovery.UnitScanner;
import java.io.IOException;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The stream as a server has it, without a server: backlog, ring, journal thread and log, in a
 * directory of its own. The journal forces only when asked.
 *
 * <p>Owned by: the benchmark's thread, which plays the executor.
 */
final class DiskStream implements AutoCloseable {
  private static final int BLOCK_BYTES = 1 << 20;
  private static final long LIMIT_BYTES = 256L << 20;
  private static final int RING_EVENTS = 4096;
  private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long LOOK_NANOS = TimeUnit.MICROSECONDS.toNanos(20);

  private final ScratchDirectory directory = ScratchDirectory.create();
  private final SegmentedLog log;
  private final Backlog backlog;
  private final StreamRing ring;
  private final Journal journal;

  DiskStream(long retainBytes) throws IOException {
    log =
        SegmentedLog.startAt(
            LogOptions.DEFAULTS.withFsync(FsyncPolicy.NO),
            directory.path().resolve("log"),
            new UnitScanner(),
            System::currentTimeMillis,
            0,
            ReplicationHistory.startingWith(ReplicationId.random(new SplittableRandom(1))));
    backlog = new Backlog(0, retainBytes, BLOCK_BYTES, LIMIT_BYTES);
    journal = new Journal(log, backlog, offset -> {}, (state, why) -> {}, System::nanoTime);
    ring =
        new StreamRing(
            RING_EVENTS,
            new AdaptiveWaitStrategy(IDLE_NANOS),
            (thread, event, failure) -> failure.printStackTrace());
    ring.addConsumer("journal", journal);
    ring.start();
  }

  Backlog backlog() {
    return backlog;
  }

  SegmentedLog log() {
    return log;
  }

  void append(long address, long bytes) {
    backlog.append(address, bytes);
  }

  /** Shows what was appended to the journal, and waits while that is too far behind. */
  void publish() {
    backlog.publish();
    ring.tryPublishAppended(backlog.appendedOffset(), 0);
    while (!backlog.hasRoom(1)) {
      rest();
    }
  }

  /** Ends the segment here. */
  void roll() {
    control(StreamEvent.Kind.ROLL, new Object());
  }

  /** Waits until everything published has been written to the file. */
  void awaitWritten() {
    while (log.writtenOffset() < backlog.appendedOffset()) {
      rest();
    }
  }

  /** Waits until everything published is on the disk. */
  void awaitDurable() {
    Arrivals arrivals = new Arrivals();
    DurableListener listener = arrivals::upTo;
    control(StreamEvent.Kind.SYNC_REQUEST, listener);
    arrivals.await(backlog.appendedOffset());
  }

  private void control(StreamEvent.Kind kind, Object payload) {
    backlog.publish();
    while (!ring.tryPublishControl(kind, backlog.appendedOffset(), 0, payload)) {
      rest();
    }
  }

  private void rest() {
    ring.flush();
    if (journal.state() == JournalState.FAILED) {
      throw new IllegalStateException("the journal has failed");
    }
    LockSupport.parkNanos(this, LOOK_NANOS);
  }

  @Override
  public void close() throws IOException {
    control(StreamEvent.Kind.STOP, new Object());
    while (journal.state() != JournalState.STOPPED) {
      rest();
    }
    ring.close();
    log.close();
    backlog.close();
    directory.close();
  }
}
