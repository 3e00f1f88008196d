package dev.millrace.engine.server;

import dev.millrace.engine.acl.AclCommands;
import dev.millrace.engine.admin.AclFileCommands;
import dev.millrace.engine.admin.BackgroundThread;
import dev.millrace.engine.admin.ClientCommands;
import dev.millrace.engine.admin.ClusterCommands;
import dev.millrace.engine.admin.CommandCommands;
import dev.millrace.engine.admin.ConfigCommands;
import dev.millrace.engine.admin.ConnectionCommands;
import dev.millrace.engine.admin.DebugCommands;
import dev.millrace.engine.admin.InfoCommand;
import dev.millrace.engine.admin.LatencyCommands;
import dev.millrace.engine.admin.MemoryCommands;
import dev.millrace.engine.admin.MigrateCommand;
import dev.millrace.engine.admin.ModuleCommands;
import dev.millrace.engine.admin.PersistenceCommands;
import dev.millrace.engine.admin.ServerCommands;
import dev.millrace.engine.admin.SlowlogCommands;
import dev.millrace.engine.command.bitmap.BitmapCommands;
import dev.millrace.engine.command.bloom.BloomCommands;
import dev.millrace.engine.command.generic.GenericCommands;
import dev.millrace.engine.command.geo.GeoCommands;
import dev.millrace.engine.command.hash.HashCommands;
import dev.millrace.engine.command.hyperloglog.HyperLogLogCommands;
import dev.millrace.engine.command.list.ListCommands;
import dev.millrace.engine.command.script.FunctionCommands;
import dev.millrace.engine.command.script.ScriptCommands;
import dev.millrace.engine.command.set.SetCommands;
import dev.millrace.engine.command.sort.SortCommands;
import dev.millrace.engine.command.sortedset.SortedSetCommands;
import dev.millrace.engine.command.stream.StreamCommands;
import dev.millrace.engine.command.string.StringCommands;
import dev.millrace.engine.command.transaction.TransactionCommands;
import dev.millrace.engine.pubsub.PubSubCommands;
import dev.millrace.engine.replication.MillraceCommand;
import dev.millrace.engine.replication.ReplicationCommands;
import dev.millrace.engine.tracking.TrackingCommands;
import java.util.List;

/** Every group of commands, given what it works on. */
final class CommandGroups {
  private CommandGroups() {}

  /** Declares all commands, before the log is replayed; the parts they use exist when they run. */
  static void declare(
      Server server, ServerFacts facts, ServerPersistence persistence, Housekeeping housekeeping) {
    BackgroundThread files = new BackgroundThread(server.requests::submit);
    AclFileCommands aclFile =
        new AclFileCommands(
            server.access,
            server.config.server,
            () -> Settings.directory(server.config),
            server.clients,
            files);
    ConfigCommands configuration =
        new ConfigCommands(
            server.config,
            server.clients,
            files,
            () -> server.config.server.aclfile.isSet() ? List.of() : server.access.lines(),
            List.of(server.info::reset, () -> server.replication.resetStatistics()));
    server.commands.addAll(
        new StringCommands(server.config.network.protoMaxBulkLen::value),
        new BitmapCommands(server.config.network.protoMaxBulkLen::value, server.dataset.scratch),
        new HyperLogLogCommands(
            server.config.encodings.hllSparseMaxBytes::value,
            server.dataset.scratch,
            server.dataset.keyspace),
        new StreamCommands(server.dataset.types.streams(), server.config.encodings),
        new HashCommands(server.dataset.types.hashes()),
        new SetCommands(server.dataset.types.sets()),
        new BloomCommands(server.dataset.types.blooms(), server.dataset.scratch),
        new SortedSetCommands(server.dataset.types, server.dataset.keyspace.random()),
        new GeoCommands(server.dataset.types),
        new GenericCommands(
            server.dataset.payload,
            server.config.persistence.rdbcompression::value,
            server.config.memory.lazyfreeLazyUserFlush::value,
            () -> server.config.memory.maxmemory.value() != 0),
        new ListCommands(server.dataset.types.lists()),
        new SortCommands(server.dataset.types, server.dataset.memory),
        new ScriptCommands(server.scriptEngine, server.scripts),
        new FunctionCommands(
            server.scriptEngine, server.libraries, server.config.persistence.rdbcompression::value),
        new TransactionCommands(call -> server.dispatching().exec(call)),
        new ReplicationCommands(() -> server.replication, () -> server.role, () -> server.failover),
        new MillraceCommand(
            () -> server.replication,
            () -> server.digests,
            server.clients,
            () -> server.role.delayed()),
        new ConnectionCommands(
            server.access,
            Settings.REDIS_VERSION,
            () -> server.role.link() != null,
            server::forget),
        new ClientCommands(
            server.clients,
            new TrackingCommands(server.tracking, server.clients),
            name -> server.access.find(name) != null),
        configuration,
        new CommandCommands(server.commands),
        new ServerCommands(Server::microsNow, Settings.REDIS_VERSION),
        new ClusterCommands(),
        new ModuleCommands(server.config),
        new PersistenceCommands(persistence, server.lifecycle, server.clients),
        new DebugCommands(
            server.config,
            server.clients,
            new ServerDebug(server, persistence, housekeeping),
            server.dataset.payload,
            configuration::rewriteAll),
        new MigrateCommand(
            server.clients,
            server.dataset.payload,
            server.config.persistence.rdbcompression::value,
            new BackgroundThread(server.requests::submit),
            new KeyDeletion(server)),
        new SlowlogCommands(server.slowlog),
        new LatencyCommands(server.latency, server.commands),
        new MemoryCommands(facts, server.memoryPeak),
        new PubSubCommands(server.messaging.pubSub()),
        server.messaging.monitors(),
        new AclCommands(server.access, aclFile::load, aclFile::save),
        new InfoCommand(server.info.all()));
  }
}
