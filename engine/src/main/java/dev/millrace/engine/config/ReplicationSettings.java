package dev.millrace.engine.config;

import static dev.millrace.engine.config.Declarations.INT_MAX;
import static dev.millrace.engine.config.Declarations.LONG_MAX;
import static dev.millrace.engine.config.Declarations.MEGA;
import static dev.millrace.engine.config.Declarations.Trait.IMMUTABLE;
import static dev.millrace.engine.config.Declarations.Trait.MANY_ARGUMENTS;
import static dev.millrace.engine.config.Declarations.Trait.SENSITIVE;

/** Directives about replication, for a master and for a replica. */
public final class ReplicationSettings {
  /** How a replica loads a snapshot that comes without a file. */
  public enum DisklessLoad {
    DISABLED,
    ON_EMPTY_DB,
    SWAPDB
  }

  /** What happens when a command from the master fails. */
  public enum PropagationErrorBehavior {
    IGNORE,
    PANIC,
    PANIC_ON_REPLICAS
  }

  public final ValueDirective<ReplicaOf> replicaof;
  public final TextDirective masteruser;
  public final TextDirective masterauth;
  public final BooleanDirective replicaReadOnly;
  public final BooleanDirective replicaServeStaleData;
  public final NumberDirective replicaPriority;
  public final TextDirective replicaAnnounceIp;
  public final NumberDirective replicaAnnouncePort;
  public final BooleanDirective replicaAnnounced;
  public final BooleanDirective replicaLazyFlush;
  public final BooleanDirective replicaIgnoreMaxmemory;
  public final BooleanDirective replicaIgnoreDiskWriteErrors;
  public final NumberDirective replBacklogSize;

  /** Accepted and kept; the backlog here goes on for ever on disk. */
  public final NumberDirective replBacklogTtl;

  /**
   * Ours: a gap that is served from the log may cost this many percent of the newest base; a larger
   * one is a full sync. 0: any gap that the log holds is served.
   */
  public final NumberDirective replLogMaxGapPercent;

  /** Ours: bytes per second that all transfers of files to replicas may send together; 0: any. */
  public final NumberDirective replTransferMaxRate;

  /** Ours: a replica that keeps a cache begins with no keys instead of its master's dataset. */
  public final BooleanDirective replSyncLess;

  /** A replica applies so many seconds later what it journals at once; 0 for at once. */
  public final NumberDirective replApplyDelay;

  /** Such a replica applies nothing that ends after this offset; -1 for no such end. */
  public final NumberDirective replApplyUntil;

  public final NumberDirective replPingReplicaPeriod;
  public final NumberDirective replTimeout;
  public final BooleanDirective replDisableTcpNodelay;
  public final BooleanDirective replDisklessSync;
  public final NumberDirective replDisklessSyncDelay;
  public final NumberDirective replDisklessSyncMaxReplicas;

  /**
   * A full copy and the stream after it come by a connection each, at the same time (Redis 8.0).
   */
  public final BooleanDirective replRdbChannel;

  /** How much of the stream is kept in a file while the full copy before it is loaded. */
  public final NumberDirective replicaFullSyncBufferLimit;

  public final ChoiceDirective<DisklessLoad> replDisklessLoad;
  public final NumberDirective minReplicasToWrite;
  public final NumberDirective minReplicasMaxLag;
  public final ChoiceDirective<PropagationErrorBehavior> propagationErrorBehavior;

  ReplicationSettings(Declarations declare) {
    replicaof =
        declare.value(
            "replicaof|slaveof",
            new ReplicaOf.Format(),
            ReplicaOf.NO_ONE,
            IMMUTABLE,
            MANY_ARGUMENTS);
    masteruser = declare.text("masteruser", "", SENSITIVE);
    masterauth = declare.text("masterauth", "", SENSITIVE);
    replicaReadOnly = declare.bool("replica-read-only|slave-read-only", true);
    replicaServeStaleData = declare.bool("replica-serve-stale-data|slave-serve-stale-data", true);
    replicaPriority = declare.integer("replica-priority|slave-priority", 100, 0, INT_MAX);
    replicaAnnounceIp = declare.text("replica-announce-ip|slave-announce-ip", "");
    replicaAnnouncePort = declare.integer("replica-announce-port|slave-announce-port", 0, 0, 65535);
    replicaAnnounced = declare.bool("replica-announced", true);
    replicaLazyFlush = declare.bool("replica-lazy-flush|slave-lazy-flush", false);
    replicaIgnoreMaxmemory = declare.bool("replica-ignore-maxmemory|slave-ignore-maxmemory", true);
    replicaIgnoreDiskWriteErrors = declare.bool("replica-ignore-disk-write-errors", false);
    replBacklogSize =
        declare.memory("repl-backlog-size", MEGA, 1, LONG_MAX).clampedTo(16 * 1024, LONG_MAX);
    replLogMaxGapPercent = declare.integer("repl-log-max-gap-percent", 0, 0, INT_MAX);
    replTransferMaxRate = declare.memory("repl-transfer-max-rate", 0, 0, LONG_MAX);
    replSyncLess = declare.bool("repl-sync-less", false);
    replApplyDelay = declare.integer("repl-apply-delay", 0, 0, INT_MAX);
    replApplyUntil = declare.integer("repl-apply-until", -1, -1, LONG_MAX);
    replBacklogTtl = declare.integer("repl-backlog-ttl", 3600, 0, LONG_MAX);
    replPingReplicaPeriod =
        declare.integer("repl-ping-replica-period|repl-ping-slave-period", 10, 1, INT_MAX);
    replTimeout = declare.integer("repl-timeout", 60, 1, INT_MAX);
    replDisableTcpNodelay = declare.bool("repl-disable-tcp-nodelay", false);
    replDisklessSync = declare.bool("repl-diskless-sync", true);
    replDisklessSyncDelay = declare.integer("repl-diskless-sync-delay", 5, 0, INT_MAX);
    replDisklessSyncMaxReplicas = declare.integer("repl-diskless-sync-max-replicas", 0, 0, INT_MAX);
    replRdbChannel = declare.bool("repl-rdb-channel", true);
    replicaFullSyncBufferLimit =
        declare.memory("replica-full-sync-buffer-limit", 1024 * MEGA, MEGA, LONG_MAX);
    replDisklessLoad = declare.choice("repl-diskless-load", DisklessLoad.SWAPDB);
    minReplicasToWrite =
        declare.integer("min-replicas-to-write|min-slaves-to-write", 0, 0, INT_MAX);
    minReplicasMaxLag = declare.integer("min-replicas-max-lag|min-slaves-max-lag", 10, 0, INT_MAX);
    propagationErrorBehavior =
        declare.choice("propagation-error-behavior", PropagationErrorBehavior.IGNORE);
  }
}
