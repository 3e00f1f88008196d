package dev.millrace.engine.server;

import dev.millrace.aof.FsyncPolicy;
import dev.millrace.aof.LogOptions;
import dev.millrace.backlog.StreamEvent;
import dev.millrace.engine.config.Config;
import dev.millrace.engine.config.ConfigException;
import dev.millrace.engine.keyspace.EvictionPolicy;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.net.NetworkOptions;
import dev.millrace.engine.net.NetworkServer;
import dev.millrace.engine.net.RequestSink;
import dev.millrace.engine.net.TransportChoice;
import dev.millrace.engine.protocol.CommandLookup;
import dev.millrace.engine.protocol.RequestLimits;
import dev.millrace.engine.replication.Replication;
import dev.millrace.engine.snapshot.KeySaveRest;
import dev.millrace.engine.snapshot.RdbHeader;
import dev.millrace.engine.snapshot.SnapshotFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From directives to what the parts take, at the start and when one is changed. */
final class Settings {
  /** The Redis release whose behaviour this server keeps. */
  static final String REDIS_VERSION = "7.0.15";

  /** This server's own. */
  static final String VERSION = "0.1.0";

  static final String PRODUCT = "Millrace " + VERSION;

  private static final Logger LOG = LoggerFactory.getLogger(Settings.class);
  private static final long SNAPSHOT_SOFT_BYTES = 4L << 20;
  private static final long SNAPSHOT_HARD_BYTES = 256L << 20;

  private Settings() {}

  static Path directory(Config config) {
    return Path.of(config.persistence.dir.value()).toAbsolutePath().normalize();
  }

  static Path logDirectory(Config config) {
    return directory(config).resolve(config.persistence.appenddirname.value());
  }

  static Path rdbFile(Config config) {
    return directory(config).resolve(config.persistence.dbfilename.value());
  }

  static FsyncPolicy fsync(Config config) {
    return switch (config.persistence.appendfsync.value()) {
      case ALWAYS -> FsyncPolicy.ALWAYS;
      case EVERYSEC -> FsyncPolicy.EVERYSEC;
      case NO -> FsyncPolicy.NO;
    };
  }

  static LogOptions log(Config config) {
    long seconds = config.persistence.aofRetentionTime.value();
    return new LogOptions(
        config.persistence.appendfilename.value(),
        config.persistence.aofSegmentSize.value(),
        config.persistence.aofRetentionSize.value(),
        seconds == 0 ? Long.MAX_VALUE : TimeUnit.SECONDS.toMillis(seconds),
        fsync(config),
        1);
  }

  static SnapshotFile.Options snapshots(Config config) {
    return new SnapshotFile.Options(
        config.persistence.rdbcompression.value(),
        config.persistence.rdbchecksum.value(),
        SNAPSHOT_SOFT_BYTES,
        SNAPSHOT_HARD_BYTES,
        config.persistence.snapshotMaxRate::value,
        new KeySaveRest(config.persistence.rdbKeySaveDelay.intValue()));
  }

  static RdbHeader header(Server server, long offset, boolean isBase) {
    return new RdbHeader(
        REDIS_VERSION,
        server.dataset.clock.getAsLong() / 1000,
        server.dataset.keyspace.usedBytes(),
        new RdbHeader.ReplicationPoint(
            server.history().id().toString(),
            offset,
            // Our own stream selects anew where a base is; a master's does not know of our bases.
            server.stream.isFollowing() ? server.role.databaseOfDataset() : 0),
        isBase);
  }

  static Replication.Settings replication(Config config) {
    return new Replication.Settings() {
      @Override
      public int pingPeriodSeconds() {
        return config.replication.replPingReplicaPeriod.intValue();
      }

      @Override
      public int maxGapPercent() {
        return config.replication.replLogMaxGapPercent.intValue();
      }

      @Override
      public int timeoutSeconds() {
        return config.replication.replTimeout.intValue();
      }

      @Override
      public boolean rdbChannel() {
        return config.replication.replRdbChannel.value();
      }
    };
  }

  static NetworkServer network(
      Config config, RequestLimits limits, CommandLookup commands, RequestSink sink) {
    return new NetworkServer(
        new NetworkOptions(
            config.network.port.value() == 0 ? List.of() : config.network.bind.value(),
            config.network.port.intValue(),
            config.network.ioThreads.intValue(),
            config.network.tcpKeepalive.intValue(),
            config.network.tcpBacklog.intValue(),
            transport(config),
            NetworkOptions.OUTPUT_PAUSE_BYTES),
        limits,
        commands,
        sink);
  }

  /** How sockets are driven. */
  static TransportChoice transport(Config config) {
    return switch (config.network.ioTransport.value()) {
      case AUTO -> TransportChoice.AUTO;
      case IO_URING -> TransportChoice.IO_URING;
      case EPOLL -> TransportChoice.EPOLL;
      case NIO -> TransportChoice.NIO;
    };
  }

  /** Puts every directive that can change into effect, and each again when it does change. */
  static void apply(Server server) {
    Config config = server.config;
    config.persistence.appendfsync.onChange(() -> applyLog(server));
    config.persistence.appendonly.onChange(() -> applyAppendOnly(server));
    config.persistence.aofRetentionSize.onChange(() -> applyLog(server));
    config.persistence.aofRetentionTime.onChange(() -> applyLog(server));
    config.persistence.aofSegmentSize.onChange(() -> applyLog(server));
    config.replication.replApplyDelay.onChange(() -> requireLogForDelay(server));
    config.replication.replApplyUntil.onChange(() -> requireUntilAhead(server));
    config.replication.replBacklogSize.onChange(
        () -> server.backlog.retain(config.replication.replBacklogSize.value()));
    config.network.protoMaxBulkLen.onChange(() -> applyLimits(server));
    config.network.clientQueryBufferLimit.onChange(() -> applyLimits(server));
    config.network.clientOutputBufferLimit.onChange(server.messaging.outbox()::limitsChanged);
    config.network.port.onChange(
        () -> relisten(server, "Unable to listen on this port. Check server logs."));
    config.network.bind.onChange(() -> relisten(server, "Failed to bind to specified addresses."));
    config.network.ioTransport.onChange(() -> {
      throw new ConfigException("it can only be chosen when the server starts");
    });
    config.network.tcpKeepalive.onChange(
        () -> server.network.keepAliveSeconds(config.network.tcpKeepalive.intValue()));
    config.server.requirepass.onChange(
        () -> server.access.defaultPassword(config.server.requirepass.bytes()));
    server.access.onOpennessChange(() -> {
      server.network.restrictNewConnections(!server.access.isOpen());
      applyProtection(server);
    });
    config.network.protectedMode.onChange(() -> applyProtection(server));
    config.server.oomScoreAdj.onChange(server.oomScore::apply);
    config.server.oomScoreAdjValues.onChange(server.oomScore::apply);
    config.memory.maxmemoryPolicy.onChange(() -> applyMemory(server));
    config.memory.maxmemorySamples.onChange(() -> applyMemory(server));
    config.memory.lfuLogFactor.onChange(() -> applyMemory(server));
    config.memory.lfuDecayTime.onChange(() -> applyMemory(server));
    config.memory.activeExpireEffort.onChange(() -> applyMemory(server));
    server.gate.holdUntilDurable(fsync(config) == FsyncPolicy.ALWAYS);
    server.messaging.outbox().limitsChanged();
    applyLimits(server);
    applyMemory(server);
    server.oomScore.roleChanged();
  }

  /**
   * Binding is a matter of a few system calls, which the event loops make: the executor waits for
   * it, as it is asked to by hand and rarely, and the answer says whether it worked.
   */
  private static void relisten(Server server, String failure) throws ConfigException {
    try {
      server.network.relisten(
          server.config.network.bind.value(), server.config.network.port.intValue());
    } catch (IOException e) {
      LOG.warn("cannot listen there: {}", e.getMessage());
      throw new ConfigException(failure);
    }
  }

  /** Without a password nobody is let in from another machine, unless told to. */
  static void applyProtection(Server server) {
    server.network.admitOnlyLocal(
        server.config.network.protectedMode.value() && server.access.isOpen());
  }

  private static void applyLog(Server server) {
    server.stream.segmentBytes(server.config.persistence.aofSegmentSize.value());
    server.gate.holdUntilDurable(fsync(server.config) == FsyncPolicy.ALWAYS);
    server.stream.control(StreamEvent.Kind.CONFIGURE, log(server.config));
  }

  /**
   * Turned on, the log begins with a base of the present dataset. Turned off it goes on for
   * replicas' sake; only a restart with the setting off does without it.
   */
  private static void requireLogForDelay(Server server) throws ConfigException {
    String lack = DelayedApply.lackOfLog(server.config);
    if (lack != null) {
      throw new ConfigException(lack);
    }
  }

  private static void requireUntilAhead(Server server) throws ConfigException {
    DelayedApply delayed = server.role.delayed();
    long until = server.config.replication.replApplyUntil.value();
    if (delayed != null && until >= 0 && until < delayed.appliedOffset()) {
      throw new ConfigException("the dataset stands at offset " + delayed.appliedOffset());
    }
  }

  private static void applyAppendOnly(Server server) throws ConfigException {
    if (!server.config.persistence.appendonly.value()) {
      if (server.role.delayed() != null) {
        throw new ConfigException("repl-apply-delay applies from the log: set that to 0 before");
      }
      return;
    }
    if (server.role.loading().isBlocking()) {
      throw new ConfigException("the dataset is being loaded: set appendonly when it is there");
    }
    if (!server.log.isRunning()) {
      server.logStarter.startForGood();
    } else if (server.keptForReplicasOnly()) {
      throw new ConfigException(
          "a log for replicas is running in its own directory: set appendonly before they connect, or"
              + " restart");
    }
  }

  private static void applyLimits(Server server) {
    server.limits.maxBulkBytes(server.config.network.protoMaxBulkLen.value());
    server.limits.queryBufferBytes(server.config.network.clientQueryBufferLimit.value());
  }

  private static void applyMemory(Server server) {
    Keyspace keyspace = server.dataset.keyspace;
    Config config = server.config;
    keyspace.evictionPolicy(
        Objects.requireNonNull(EvictionPolicy.named(config.memory.maxmemoryPolicy.text())));
    keyspace.evictionSamples(config.memory.maxmemorySamples.intValue());
    keyspace.lfu(config.memory.lfuLogFactor.intValue(), config.memory.lfuDecayTime.intValue());
    keyspace.activeExpireEffort(config.memory.activeExpireEffort.intValue());
  }
}
