package dev.millrace.engine.admin;

import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Clients;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandStatistics;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.config.Config;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.keyspace.KeyspaceStatistics;
import dev.millrace.engine.pipeline.Statistics;
import dev.millrace.engine.pubsub.Messaging;
import dev.millrace.engine.tracking.Tracking;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * The sections of INFO, with Redis 7.0's fields in its order. A field whose subject does not exist
 * here (modules, scripts, tracking) is 0, so that a reader of INFO finds it.
 *
 * <p>Owned by: executor thread.
 */
public final class InfoSections {
  private static final long LRU_CLOCK_MAX = (1 << 24) - 1;

  private final Config config;
  private final ServerStatus server;
  private final MemoryStatus memory;
  private final MemoryPeak peak;
  private final PersistenceStatus persistence;
  private final ReplicationStatus replication;
  private final Clients clients;
  private final Messaging messaging;
  private final Tracking tracking;
  private final CommandTable commands;
  private final Statistics statistics;
  private final Keyspace keyspace;
  private final LatencyMonitor latency;
  private final LongSupplier clockMillis;
  private final Rates rates;

  /** Sections over these parts of the server. */
  public InfoSections(
      Config config,
      ServerStatus server,
      MemoryStatus memory,
      MemoryPeak peak,
      PersistenceStatus persistence,
      ReplicationStatus replication,
      Clients clients,
      Messaging messaging,
      Tracking tracking,
      CommandTable commands,
      Statistics statistics,
      Keyspace keyspace,
      LatencyMonitor latency,
      LongSupplier clockMillis) {
    this.config = config;
    this.server = server;
    this.memory = memory;
    this.peak = peak;
    this.persistence = persistence;
    this.replication = replication;
    this.clients = clients;
    this.messaging = messaging;
    this.tracking = tracking;
    this.commands = commands;
    this.statistics = statistics;
    this.keyspace = keyspace;
    this.latency = latency;
    this.clockMillis = clockMillis;
    this.rates =
        new Rates(
            statistics::commands,
            server::networkInputBytes,
            server::networkOutputBytes,
            server::replicationInputBytes,
            server::replicationOutputBytes);
  }

  /** What measures the rates of the stats section: the executor calls it ten times a second. */
  public Rates rates() {
    return rates;
  }

  /** All sections, in Redis's order. */
  public List<InfoSection> all() {
    return List.of(
        InfoSection.of("Server", this::server),
        InfoSection.of("Clients", this::clients),
        InfoSection.of("Memory", this::memory),
        InfoSection.of("Persistence", this::persistence),
        InfoSection.of("Stats", this::stats),
        InfoSection.of("Replication", this::replication),
        InfoSection.of("CPU", InfoSections::cpu),
        InfoSection.of("Modules", out -> {}),
        InfoSection.of("Commandstats", false, this::commandStatistics),
        InfoSection.of("Errorstats", this::errorStatistics),
        InfoSection.of("Latencystats", false, this::latencyStatistics),
        InfoSection.of("Cluster", out -> out.field("cluster_enabled", false)),
        InfoSection.of("Keyspace", this::keyspace));
  }

  private void server(InfoWriter out) {
    long now = clockMillis.getAsLong();
    long uptimeSeconds = Math.max(0, now - server.startedMillis()) / 1000;
    String file = config.file();
    out.field("redis_version", server.redisVersion());
    out.field("redis_git_sha1", "00000000");
    out.field("redis_git_dirty", 0);
    out.field("redis_build_id", "0");
    out.field("redis_mode", "standalone");
    out.field("millrace_version", server.version());
    out.field(
        "os",
        System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + " "
            + System.getProperty("os.arch"));
    out.field("arch_bits", 64);
    out.field("monotonic_clock", "POSIX clock_gettime");
    out.field("multiplexing_api", server.transport());
    out.field("atomicvar_api", "VarHandle");
    out.field("gcc_version", "0.0.0");
    out.field("java_version", System.getProperty("java.version", ""));
    out.field("process_id", ProcessHandle.current().pid());
    out.field("process_supervised", config.server.supervised.text());
    out.field("run_id", server.runId());
    out.field("tcp_port", server.port());
    out.field("server_time_usec", now * 1000);
    out.field("uptime_in_seconds", uptimeSeconds);
    out.field("uptime_in_days", uptimeSeconds / 86400);
    out.field("hz", config.server.hz.value());
    out.field("configured_hz", config.server.hz.value());
    out.field("lru_clock", now / 1000 & LRU_CLOCK_MAX);
    out.field("executable", ProcessHandle.current().info().command().orElse(""));
    out.field("config_file", file == null ? "" : file);
    out.field("io_threads_active", config.network.ioThreads.value() > 1);
    long shutdownInMillis = server.shutdownInMillis();
    if (shutdownInMillis >= 0) {
      out.field("shutdown_in_milliseconds", shutdownInMillis);
    }
  }

  private void clients(InfoWriter out) {
    long replicas = clients.all().stream().filter(client -> client.replica() != null).count();
    int masters = clients.master() == null ? 0 : 1;
    out.field("connected_clients", clients.size() + masters - replicas);
    out.field("cluster_connections", 0);
    out.field("maxclients", config.network.maxclients.value());
    long input = 0;
    long output = 0;
    for (Client client : clients.all()) {
      input = Math.max(input, ClientMemory.queryBytes(client));
      output = Math.max(output, client.waitingBytes());
    }
    out.field("client_recent_max_input_buffer", input);
    out.field("client_recent_max_output_buffer", output);
    out.field("blocked_clients", clients.blockedCount());
    out.field("tracking_clients", tracking.clients());
    out.field("clients_in_timeout_table", 0);
  }

  private void memory(InfoWriter out) {
    MemoryInfo.write(out, memory, peak, keyspace, config.memory);
  }

  private void persistence(InfoWriter out) {
    PersistenceInfo.write(
        out, persistence, server.loading(), keyspace.size(), clockMillis.getAsLong());
  }

  private void stats(InfoWriter out) {
    StatsInfo.write(out, server, statistics, keyspace, messaging, tracking, rates);
  }

  private void replication(InfoWriter out) {
    out.field("role", replication.isReplica() ? "slave" : "master");
    replication.writeMaster(out);
    List<String> replicas = replication.replicas();
    out.field("connected_slaves", replicas.size());
    for (int i = 0; i < replicas.size(); i++) {
      out.field("slave" + i, replicas.get(i));
    }
    out.field("master_failover_state", replication.failoverState());
    out.field("master_replid", replication.id());
    out.field("master_replid2", replication.secondId());
    out.field("master_repl_offset", replication.offset());
    out.field("second_repl_offset", replication.secondOffset());
    out.field("repl_backlog_active", replication.backlogFirstByte() > 0);
    out.field("repl_backlog_size", config.replication.replBacklogSize.value());
    out.field("repl_backlog_first_byte_offset", replication.backlogFirstByte());
    out.field("repl_backlog_histlen", replication.backlogBytes());
    replication.writeLog(out);
  }

  private static void cpu(InfoWriter out) {
    ProcessFigures.Usage process = ProcessFigures.of(ProcessFigures.Who.PROCESS);
    ProcessFigures.Usage children = ProcessFigures.of(ProcessFigures.Who.CHILDREN);
    ProcessFigures.Usage thread = ProcessFigures.of(ProcessFigures.Who.THREAD);
    out.field("used_cpu_sys", seconds(process.systemMicros()));
    out.field("used_cpu_user", seconds(process.userMicros()));
    out.field("used_cpu_sys_children", seconds(children.systemMicros()));
    out.field("used_cpu_user_children", seconds(children.userMicros()));
    out.field("used_cpu_sys_main_thread", seconds(thread.systemMicros()));
    out.field("used_cpu_user_main_thread", seconds(thread.userMicros()));
  }

  private static String seconds(long micros) {
    return String.format(Locale.ROOT, "%.6f", micros / 1e6);
  }

  private List<Command> everyCommand() {
    List<Command> every = new ArrayList<>();
    for (Command command : commands.all()) {
      every.add(command);
      every.addAll(command.subcommands().values());
    }
    return every;
  }

  private void commandStatistics(InfoWriter out) {
    for (Command command : everyCommand()) {
      CommandStatistics counted = command.statistics();
      if (counted.calls() == 0 && counted.rejectedCalls() == 0 && counted.failedCalls() == 0) {
        continue;
      }
      double micros = counted.nanos() / 1e3;
      out.field(
          "cmdstat_" + command.fullName(),
          String.format(
              Locale.ROOT,
              "calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
              counted.calls(),
              (long) micros,
              counted.calls() == 0 ? 0.0 : micros / counted.calls(),
              counted.rejectedCalls(),
              counted.failedCalls()));
    }
  }

  private void errorStatistics(InfoWriter out) {
    statistics
        .errorsByCode()
        .forEach((code, count) -> out.field("errorstat_" + code, "count=" + count));
  }

  private void latencyStatistics(InfoWriter out) {
    List<Double> percentiles = config.server.latencyTrackingInfoPercentiles.value();
    for (Command command : everyCommand()) {
      LatencyHistogram histogram = latency.histogram(command);
      if (histogram == null) {
        continue;
      }
      StringBuilder values = new StringBuilder();
      for (double percentile : percentiles) {
        if (!values.isEmpty()) {
          values.append(',');
        }
        String name = java.math.BigDecimal.valueOf(percentile).stripTrailingZeros().toPlainString();
        values.append(
            String.format(
                Locale.ROOT, "p%s=%.3f", name, histogram.percentileNanos(percentile) / 1e3));
      }
      out.field("latency_percentiles_usec_" + command.fullName(), values.toString());
    }
  }

  private void keyspace(InfoWriter out) {
    for (int i = 0; i < keyspace.databases(); i++) {
      Database database = keyspace.database(i);
      if (database.size() > 0) {
        out.field(
            "db" + i,
            "keys="
                + database.size()
                + ",expires="
                + database.expiring()
                + ",avg_ttl="
                + database.averageTtlMillis());
      }
    }
  }

  /** CONFIG RESETSTAT of what is counted here. */
  public void reset() {
    statistics.reset();
    keyspaceStatistics().reset();
    latency.reset();
    peak.reset();
  }

  private KeyspaceStatistics keyspaceStatistics() {
    return keyspace.statistics();
  }
}
