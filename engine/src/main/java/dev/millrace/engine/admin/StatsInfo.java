package dev.millrace.engine.admin;

import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.keyspace.KeyspaceStatistics;
import dev.millrace.engine.pipeline.Statistics;
import dev.millrace.engine.pubsub.Messaging;
import dev.millrace.engine.tracking.Tracking;

/** The stats section of INFO. */
final class StatsInfo {
  private static final int COMMANDS = 0;
  private static final int INPUT = 1;
  private static final int OUTPUT = 2;
  private static final int REPLICATION_INPUT = 3;
  private static final int REPLICATION_OUTPUT = 4;

  private StatsInfo() {}

  static void write(
      InfoWriter out,
      ServerStatus server,
      Statistics statistics,
      Keyspace keyspace,
      Messaging messaging,
      Tracking tracking,
      Rates rates) {
    KeyspaceStatistics keys = keyspace.statistics();
    out.field("total_connections_received", statistics.connections());
    out.field("total_commands_processed", statistics.commands());
    out.field("instantaneous_ops_per_sec", rates.perSecond(COMMANDS));
    out.field("total_net_input_bytes", server.networkInputBytes());
    out.field("total_net_output_bytes", server.networkOutputBytes());
    out.field("total_net_repl_input_bytes", server.replicationInputBytes());
    out.field("total_net_repl_output_bytes", server.replicationOutputBytes());
    out.decimal("instantaneous_input_kbps", rates.perSecond(INPUT) / 1024.0);
    out.decimal("instantaneous_output_kbps", rates.perSecond(OUTPUT) / 1024.0);
    out.decimal("instantaneous_input_repl_kbps", rates.perSecond(REPLICATION_INPUT) / 1024.0);
    out.decimal("instantaneous_output_repl_kbps", rates.perSecond(REPLICATION_OUTPUT) / 1024.0);
    out.field("rejected_connections", statistics.rejectedConnections());
    out.field("sync_full", server.fullSyncs());
    out.field("sync_partial_ok", server.partialSyncs());
    out.field("sync_partial_err", server.partialSyncsRefused());
    out.field("expired_keys", keys.expiredKeys());
    out.decimal("expired_stale_perc", keys.expiredStaleFraction() * 100);
    out.field("expired_time_cap_reached_count", keys.expireTimeCapReached());
    out.field("expire_cycle_cpu_milliseconds", 0);
    out.field("evicted_keys", keys.evictedKeys());
    out.field("evicted_clients", statistics.evictedClients());
    out.field("total_eviction_exceeded_time", 0);
    out.field("current_eviction_exceeded_time", 0);
    out.field("keyspace_hits", keys.hits());
    out.field("keyspace_misses", keys.misses());
    out.field("pubsub_channels", messaging.pubSub().channels());
    out.field("pubsub_patterns", messaging.pubSub().patterns());
    out.field("pubsubshard_channels", messaging.pubSub().shardChannels());
    out.field("latest_fork_usec", 0);
    out.field("total_forks", 0);
    out.field("migrate_cached_sockets", 0);
    out.field("slave_expires_tracked_keys", 0);
    out.field("active_defrag_hits", 0);
    out.field("active_defrag_misses", 0);
    out.field("active_defrag_key_hits", 0);
    out.field("active_defrag_key_misses", 0);
    out.field("total_active_defrag_time", 0);
    out.field("current_active_defrag_time", 0);
    out.field("tracking_total_keys", tracking.totalKeys());
    out.field("tracking_total_items", tracking.totalItems());
    out.field("tracking_total_prefixes", tracking.totalPrefixes());
    out.field("unexpected_error_replies", 0);
    out.field("total_error_replies", statistics.errorReplies());
    out.field("dump_payload_sanitizations", 0);
    out.field("io_threaded_reads_processed", 0);
    out.field("io_threaded_writes_processed", 0);
    out.field("reply_buffer_shrinks", 0);
    out.field("reply_buffer_expands", 0);
  }
}
