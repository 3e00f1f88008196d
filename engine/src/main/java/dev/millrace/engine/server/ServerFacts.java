package dev.millrace.engine.server;

import dev.millrace.aof.SegmentedLog;
import dev.millrace.backlog.OffsetRange;
import dev.millrace.backlog.ReplicationHistory;
import dev.millrace.backlog.ReplicationId;
import dev.millrace.engine.admin.InfoWriter;
import dev.millrace.engine.admin.LoadingStatus;
import dev.millrace.engine.admin.MemoryStatus;
import dev.millrace.engine.admin.ReplicationStatus;
import dev.millrace.engine.admin.ScriptMemory;
import dev.millrace.engine.admin.ServerStatus;
import dev.millrace.engine.config.ReplicaOf;
import dev.millrace.engine.replication.MasterLink;
import dev.millrace.engine.replication.MillraceCommand;
import dev.millrace.engine.replication.Replica;
import dev.millrace.engine.replication.ReplicationCounters;
import dev.millrace.engine.replication.ResyncAudit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What INFO and MEMORY tell of the parts of the server.
 *
 * <p>Owned by: executor thread.
 */
final class ServerFacts implements ServerStatus, MemoryStatus, ReplicationStatus {
  private static final long PAGE_BYTES = 4096;
  private static final String NO_ID = "0".repeat(ReplicationId.LENGTH);

  private final Server server;
  private final String runId = ReplicationId.random(new SplittableRandom()).toString();

  ServerFacts(Server server) {
    this.server = server;
  }

  @Override
  public String redisVersion() {
    return Settings.REDIS_VERSION;
  }

  @Override
  public String version() {
    return Settings.VERSION;
  }

  @Override
  public String runId() {
    return runId;
  }

  @Override
  public long startedMillis() {
    return server.startedMillis;
  }

  @Override
  public int port() {
    return server.port();
  }

  @Override
  public String transport() {
    return server.network.transportName();
  }

  @Override
  public long shutdownInMillis() {
    return server.lifecycle.remainingMillis();
  }

  @Override
  public long networkInputBytes() {
    return server.network.bytesRead();
  }

  @Override
  public long networkOutputBytes() {
    ReplicationCounters sent = server.replication.counters();
    return server.network.bytesWritten() + sent.logBytes() + sent.baseBytes();
  }

  @Override
  public long replicationInputBytes() {
    return 0;
  }

  @Override
  public long replicationOutputBytes() {
    ReplicationCounters sent = server.replication.counters();
    return sent.backlogBytes() + sent.logBytes() + sent.baseBytes();
  }

  @Override
  public long fullSyncs() {
    return server.replication.fullSyncCount();
  }

  @Override
  public long partialSyncs() {
    return server.replication.partialOkCount();
  }

  @Override
  public long partialSyncsRefused() {
    return server.replication.partialErrorCount();
  }

  @Override
  public LoadingStatus loading() {
    Loading loading = server.role.loading();
    return new LoadingStatus(
        loading.isBlocking(),
        loading.isAsync(),
        loading.startedMillis(),
        loading.totalBytes(),
        loading.loadedBytes());
  }

  @Override
  public long datasetBytes() {
    return server.dataset.keyspace.usedBytes() + server.role.loading().memoryBytes();
  }

  @Override
  public long reservedBytes() {
    return server.dataset.memory.reservedBytes()
        + server.role.loading().memoryBytes()
        + server.dataset.clientMemory.reservedBytes();
  }

  @Override
  public long backlogBytes() {
    OffsetRange held = server.replication.held();
    return held.lengthBytes();
  }

  @Override
  public long clientBytes() {
    return server.clientEviction.bytesNow(false);
  }

  @Override
  public long replicaBytes() {
    return server.clientEviction.bytesNow(true);
  }

  @Override
  public long streamBytes() {
    return server.backlog.retainBytes();
  }

  @Override
  public long residentBytes() {
    // procfs is memory, not a disk: reading it waits for nothing.
    try {
      String[] pages = Files.readString(Path.of("/proc/self/statm")).split(" ");
      return Long.parseLong(pages[1]) * PAGE_BYTES;
    } catch (IOException | NumberFormatException e) {
      return reservedBytes();
    }
  }

  @Override
  public long lazyFreePending() {
    return server.dataset.keyspace.lazyFree().pendingObjects();
  }

  @Override
  public ScriptMemory scripts() {
    return new ScriptMemory(
        server.scripts.count(),
        server.scripts.cacheBytes(),
        server.scripts.luaBytes(),
        server.libraries.libraryCount(),
        server.libraries.functionCount(),
        server.libraries.cacheBytes(),
        server.libraries.luaBytes());
  }

  @Override
  public void purge() {
    server.dataset.memory.trim();
  }

  @Override
  public boolean isReplica() {
    return server.role.link() != null;
  }

  @Override
  public void writeMaster(InfoWriter out) {
    MasterLink link = server.role.link();
    if (link == null) {
      return;
    }
    ReplicaOf master = server.role.master();
    boolean syncing = link.state() == MasterLink.State.SYNC;
    out.field("master_host", master.host());
    out.field("master_port", master.port());
    out.field("master_link_status", link.isConnected() ? "up" : "down");
    out.field("master_last_io_seconds_ago", link.silentSeconds());
    out.field("master_sync_in_progress", syncing ? 1 : 0);
    out.field("slave_read_repl_offset", server.stream.offset());
    out.field("slave_repl_offset", server.stream.offset());
    if (syncing) {
      out.field("master_sync_total_bytes", Math.max(0, link.copyBytes()));
      out.field("master_sync_read_bytes", link.copyBytesRead());
      out.field("master_sync_left_bytes", Math.max(0, link.copyBytes()) - link.copyBytesRead());
      out.field("master_sync_stream_ahead_bytes", link.streamAheadBytes());
      out.field("master_sync_last_io_seconds_ago", link.silentSeconds());
    }
    if (!link.isConnected()) {
      long since = link.downSinceMillis();
      long seconds = since == 0 ? -1 : (server.dataset.clock.getAsLong() - since) / 1000;
      out.field("master_link_down_since_seconds", seconds);
    }
    out.field("slave_priority", server.config.replication.replicaPriority.value());
    out.field("slave_read_only", server.config.replication.replicaReadOnly.value() ? 1 : 0);
    out.field("replica_announced", server.config.replication.replicaAnnounced.value() ? 1 : 0);
    DelayedApply delayed = server.role.delayed();
    if (delayed != null) {
      out.field("repl_apply_delay", server.config.replication.replApplyDelay.value());
      out.field("repl_apply_state", delayed.state());
      out.field("repl_applied_offset", delayed.appliedOffset());
      out.field("repl_apply_behind_bytes", server.stream.offset() - delayed.appliedOffset());
      out.field("repl_apply_until", server.config.replication.replApplyUntil.value());
    }
    if (server.role.isIncomplete()) {
      out.field("repl_sync_less", 1);
      out.field("repl_sync_less_failed_commands", server.role.failedForWant());
    }
  }

  @Override
  public List<String> replicas() {
    List<String> lines = new ArrayList<>();
    long now = server.dataset.clock.getAsLong();
    for (Replica replica : server.replication.replicas().attached()) {
      lines.add(
          "ip="
              + replica.address()
              + ",port="
              + replica.listeningPort()
              + ",state="
              + replica.state().word()
              + ",offset="
              + replica.ackOffset()
              + ",lag="
              + Math.max(0, (now - replica.ackMillis()) / 1000)
              + ",source="
              + replica.source());
    }
    return lines;
  }

  @Override
  public String failoverState() {
    return server.failover.state().word();
  }

  @Override
  public String id() {
    return server.replication.history().id().toString();
  }

  @Override
  public String secondId() {
    ReplicationId previous = server.replication.history().previousId();
    return previous == null ? NO_ID : previous.toString();
  }

  @Override
  public long offset() {
    return server.stream.offset();
  }

  @Override
  public long secondOffset() {
    ReplicationHistory history = server.replication.history();
    return history.previousId() == null ? -1 : history.previousValidUpTo() + 1;
  }

  @Override
  public long backlogFirstByte() {
    return server.replication.held().start() + 1;
  }

  @Override
  public void writeLog(InfoWriter out) {
    ReplicationCounters sent = server.replication.counters();
    SegmentedLog log = server.log.log();
    if (log != null) {
      OffsetRange held = log.held();
      out.field("log_first_byte_offset", held.start() + 1);
      out.field("log_written_offset", log.writtenOffset());
      out.field("log_durable_offset", log.durableOffset());
      out.field("log_segments", log.segments().size());
    }
    out.field("repl_bytes_from_backlog", sent.backlogBytes());
    out.field("repl_bytes_from_log", sent.logBytes());
    out.field("repl_bytes_from_base", sent.baseBytes());
    out.field("repl_transfers", sent.transfers());
    out.field("repl_transfer_microseconds", sent.transferNanos() / 1000);
    out.field("repl_demotions", sent.demotions());
    ResyncAudit.Entry last = server.replication.audit().last();
    if (last != null) {
      out.field("last_resync", last.decision().explanation());
      out.field("last_resync_result", MillraceCommand.summary(last));
    }
  }
}
