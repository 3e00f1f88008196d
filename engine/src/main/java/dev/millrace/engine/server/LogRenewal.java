package dev.millrace.engine.server;

import dev.millrace.aof.BaseDraft;
import dev.millrace.aof.JournalState;
import dev.millrace.aof.SegmentedLog;
import dev.millrace.backlog.Hold;
import dev.millrace.backlog.ReplicationHistory;
import dev.millrace.backlog.StreamEvent;
import dev.millrace.engine.persistence.DraftStore;
import dev.millrace.engine.pipeline.Slice;
import dev.millrace.engine.snapshot.SnapshotOutcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Begins the log anew with a base of the present dataset, for a replica that is promoted while its
 * dataset is not what its log holds: after a full copy that could not be loaded. Until the base
 * stands, a restart finds the log as it was before; never the one's base and the other's stream.
 *
 * <pre>
 * 1. the executor stops the journal at offset X, holds the backlog there, cuts the snapshot
 * 2. the snapshot thread writes the base, replaces the log by one that begins with it, and opens the
 *    journal at X; what clients wrote meanwhile waits in the backlog, which bounds it (L7)
 * </pre>
 *
 * <p>Owned by: executor thread.
 */
final class LogRenewal implements Slice {
  private static final Logger LOG = LoggerFactory.getLogger(LogRenewal.class);
  private static final long RETRY_MILLIS = 5_000;

  private final Server server;
  private @Nullable Hold hold;
  private boolean wanted;
  private long retryMillis;

  LogRenewal(Server server) {
    this.server = server;
  }

  /** Begins as soon as no snapshot runs; with no log there is nothing to do. */
  void begin() {
    wanted = server.log.isRunning();
    retryMillis = 0;
  }

  /** Whether the log does not stand for the dataset yet. */
  boolean isUnderWay() {
    return wanted || hold != null;
  }

  /** A master is followed again: its dataset will begin the log. */
  void giveUp() {
    wanted = false;
    release();
  }

  private void release() {
    Hold held = hold;
    hold = null;
    if (held != null) {
      held.close();
      server.stream.segmentBytes(server.config.persistence.aofSegmentSize.value());
    }
  }

  @Override
  public boolean run(long nowMillis) {
    if (!wanted || server.snapshots.isRunning() || nowMillis < retryMillis) {
      return false;
    }
    wanted = false;
    renew(nowMillis);
    return false;
  }

  private void renew(long nowMillis) {
    SegmentedLog log = server.log.require();
    server.dispatcher.flushEffects();
    server.stream.forgetSelected();
    server.stream.publish();
    // A segment ended while no journal is at work would be one that nobody has begun.
    server.stream.segmentBytes(0);
    if (server.log.state() == JournalState.RUNNING) {
      server.stream.control(StreamEvent.Kind.STOP, null);
    }
    long offset = server.stream.offset();
    Hold earlier = hold;
    hold = server.backlog.hold(offset);
    if (earlier != null) {
      earlier.close();
    }
    server.stream.continueSegment(offset);
    ReplicationHistory history = server.history();
    DraftStore store = new DraftStore(() -> log.newRestartBase(offset));
    server.snapshots.start(
        store,
        Path.of("base-" + offset + ".rdb"),
        Settings.header(server, offset, true),
        () -> store.adopt(draft -> replace(log, draft, history)),
        outcome -> ended(outcome, nowMillis));
  }

  /** On the snapshot thread. */
  private void replace(SegmentedLog log, BaseDraft draft, ReplicationHistory history)
      throws IOException {
    try {
      while (server.log.state() == JournalState.RUNNING || log.isPinned()) {
        // The journal comes to its STOP; transfers to replicas of before end with their next piece.
        TimeUnit.MILLISECONDS.sleep(1);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the journal stops", e);
    }
    log.restart(draft, history);
    server.log.reopen();
  }

  private void ended(SnapshotOutcome outcome, long startedMillis) {
    if (outcome.result() == SnapshotOutcome.Result.DONE) {
      LOG.info("the log begins anew with a base of {} keys", outcome.keys());
      release();
      server.role.logRenewed();
      // Tells the journal how far the stream has come since.
      server.stream.control(StreamEvent.Kind.CONFIGURE, Settings.log(server.config));
    } else if (hold != null) {
      LOG.error(
          "the log could not begin anew: {}; it is tried again",
          Objects.requireNonNullElse(outcome.failure(), outcome.result()).toString());
      wanted = true;
      retryMillis = startedMillis + RETRY_MILLIS;
    }
  }
}
