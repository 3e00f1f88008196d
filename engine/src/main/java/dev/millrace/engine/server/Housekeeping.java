package dev.millrace.engine.server;

import dev.millrace.aof.BaseInfo;
import dev.millrace.aof.FsyncPolicy;
import dev.millrace.aof.SegmentedLog;
import dev.millrace.engine.command.Client;
import dev.millrace.engine.config.SavePoint;
import dev.millrace.engine.net.Connection;
import dev.millrace.engine.persistence.Bases;
import dev.millrace.engine.pipeline.Periodic;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the executor does ten times a second: keys that expired, clients that idle, bases and saves
 * that are due.
 *
 * <p>Owned by: executor thread.
 */
final class Housekeeping implements Periodic {
  private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
  private static final long EXPIRY_NANOS = 1_000_000;
  private static final long RETRY_MILLIS = 5_000;
  private static final long SECOND_MILLIS = 1_000;

  private final Server server;
  private boolean expires = true;
  private boolean stopped;
  private long nextSecondMillis;
  private long retryBaseMillis;
  private long retrySaveMillis;

  Housekeeping(Server server) {
    this.server = server;
  }

  /** Switches the search for expired keys nobody asks for on or off. */
  void activeExpiry(boolean on) {
    expires = on;
  }

  /** Stops everything here, or lets it go on. */
  void stopped(boolean on) {
    stopped = on;
  }

  @Override
  public void tick(long nowMillis) {
    if (stopped) {
      return;
    }
    server.streamParts.pace(
        Settings.fsync(server.config) == FsyncPolicy.ALWAYS,
        !server.replication.replicas().isEmpty(),
        nowMillis);
    // Paused clients may rely on it that the dataset stays as it is.
    if (expires && server.role.link() == null && !server.clients.isPaused(nowMillis)) {
      server.dataset.keyspace.expireSlice(EXPIRY_NANOS);
    }
    server.memoryGuard.tick();
    if (nowMillis < nextSecondMillis) {
      return;
    }
    nextSecondMillis = nowMillis + SECOND_MILLIS;
    server.scriptBytes = server.scripts.cacheBytes() + server.libraries.cacheBytes();
    server.memoryPeak.look();
    closeIdle(nowMillis);
    server.messaging.outbox().closeSlow(nowMillis);
    if (server.snapshots.isRunning() || server.role.loading().isBlocking()) {
      return;
    }
    if (server.config.persistence.appendonly.value()) {
      takeBaseIfDue(nowMillis);
    } else {
      saveIfDue(nowMillis);
    }
  }

  private void closeIdle(long nowMillis) {
    long seconds = server.config.network.timeout.value();
    if (seconds == 0) {
      return;
    }
    for (Client client : List.copyOf(server.clients.all())) {
      Connection connection = client.connection();
      if (connection != null
          && client.replica() == null
          && !client.isBlocked()
          && !client.isSubscriber()
          && !client.isMonitor()
          && nowMillis - client.lastInteractionMillis() > seconds * SECOND_MILLIS) {
        connection.close();
      }
    }
  }

  /** The rule of auto-aof-rewrite: what a restart must read has grown by so many percent. */
  private void takeBaseIfDue(long nowMillis) {
    SegmentedLog log = server.log.log();
    long percentage = server.config.persistence.autoAofRewritePercentage.value();
    if (log == null || percentage == 0 || nowMillis < retryBaseMillis) {
      return;
    }
    List<BaseInfo> bases = log.bases();
    long baseBytes = bases.isEmpty() ? 0 : bases.get(0).bytes();
    long baseOffset = bases.isEmpty() ? log.held().start() : bases.get(0).offset();
    long total = baseBytes + server.role.datasetOffset() - baseOffset;
    if (total < server.config.persistence.autoAofRewriteMinSize.value()
        || (total - baseBytes) * 100 < percentage * Math.max(1, baseBytes)) {
      return;
    }
    LOG.info(
        "taking a new base: a restart would read {} bytes, the last base has {}", total, baseBytes);
    if (server.role.mayTakeBase()) {
      server.bases.take(log, new RetryLater(nowMillis), nowMillis);
    } else {
      // A delayed replica's is taken where a segment ends.
      server.persistence.takeBase();
    }
  }

  private final class RetryLater implements Bases.Listener {
    private final long startedMillis;

    RetryLater(long startedMillis) {
      this.startedMillis = startedMillis;
    }

    @Override
    public void adopted(BaseInfo base) {
      retryBaseMillis = 0;
    }

    @Override
    public void failed(String reason) {
      retryBaseMillis = startedMillis + RETRY_MILLIS;
    }
  }

  private void saveIfDue(long nowMillis) {
    long changes = server.dataset.call.changesTotal();
    long unsaved = changes - server.saves.changesSaved();
    long elapsedSeconds = (nowMillis - server.saves.lastSaveMillis()) / SECOND_MILLIS;
    if (nowMillis < retrySaveMillis) {
      return;
    }
    for (SavePoint point : server.config.persistence.save.value()) {
      if (unsaved >= point.changes() && elapsedSeconds > point.seconds()) {
        LOG.info("{} changes in {} seconds. Saving...", point.changes(), point.seconds());
        server.saves.start(
            changes, nowMillis, saved -> retrySaveMillis = saved ? 0 : nowMillis + RETRY_MILLIS);
        return;
      }
    }
  }
}
