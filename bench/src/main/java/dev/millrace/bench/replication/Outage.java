package dev.millrace.bench.replication;

import dev.millrace.bench.load.SteadyLoad;
import dev.millrace.bench.servers.Contender;
import dev.millrace.bench.servers.PlainClient;
import dev.millrace.bench.servers.ServerProcess;
import dev.millrace.bench.servers.StockReplica;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * A replica that was level goes away while its master is written to, and comes back: how long until
 * it is level again, what that takes, and what the master's clients feel of it.
 *
 * <p>Owned by: the main thread.
 */
@Command(
    name = "outage",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    showDefaultValues = true,
    description = "Takes a replica away while its master is written to, and lets it come back.")
final class Outage implements Callable<Integer> {
  private static final String LARGE_BACKLOG = "1gb";

  @Option(names = "--seconds", description = "How long it is away.", defaultValue = "600")
  private double seconds;

  @Option(
      names = "--level-seconds",
      description = "How long it is waited until it is level, at first and after its return.",
      defaultValue = "900")
  private double levelSeconds;

  @Option(
      names = "--replica-idle",
      description = "The replica runs when nothing else does, as if on another machine.")
  private boolean replicaIdle;

  @Option(
      names = "--replica-cpus",
      paramLabel = "LIST",
      description = "The replica runs on these processors, by taskset; else on all.",
      defaultValue = "")
  private String replicaCpus = "";

  @Mixin private final LoadedDataset dataset = new LoadedDataset();
  @Mixin private final Contest contest;

  Outage(Contender millrace, PrintStream out) {
    contest = new Contest(millrace, out);
  }

  /** What the run gave for one contender. */
  private record Outcome(
      OptionalLong levelNanos,
      long fullSyncs,
      long partialSyncs,
      long transferredBytes,
      Histogram undisturbed,
      Histogram returning,
      MemoryWatch.Figures before,
      MemoryWatch.Figures highest) {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    dataset.check(contest);
    if (dataset.undisturbedSeconds() > seconds) {
      throw contest.refused("--undisturbed-seconds is a part of --seconds");
    }
    Contender redis = contest.redis();
    Table table = new Table();
    for (Contender contender :
        contest.contenders(
            redis.with("Redis, default backlog", List.of()),
            redis.with(
                "Redis, " + LARGE_BACKLOG + " backlog",
                Contest.directive("repl-backlog-size", LARGE_BACKLOG)))) {
      report(contender.title(), measure(contender), table);
    }
    contest.print(
        table.markdown(
            String.format(
                Locale.ROOT,
                "%,d keys of %d bytes; the replica is away for %,.0f s of %,.0f writes/s, the last"
                    + " %.0f s of them undisturbed; then it returns%s, the writing goes on. Latency"
                    + " counts from when a write was due.",
                dataset.keys(),
                dataset.valueBytes(),
                seconds,
                dataset.rate(),
                dataset.undisturbedSeconds(),
                (replicaIdle ? ", under SCHED_IDLE" : "")
                    + (replicaCpus.isEmpty() ? "" : ", on processors " + replicaCpus))));
    return 0;
  }

  private Outcome measure(Contender contender) throws IOException, InterruptedException {
    try (ServerProcess master = contest.start(contender);
        PlainClient client = new PlainClient(master.port());
        MemoryWatch memory = new MemoryWatch(master, false)) {
      dataset.fill(contest, master, client);
      contest.say("%s: the replica copies the dataset", contender.title());
      try (StockReplica replica =
          new StockReplica(contest.redisServer(), prefix(), master.port())) {
        if (replica.awaitLevel(client, Contest.nanos(levelSeconds)).isEmpty()) {
          throw new IOException("the replica does not become level at first");
        }
        return takeAway(master, client, memory, replica);
      }
    }
  }

  private List<String> prefix() {
    List<String> prefix = new ArrayList<>();
    if (replicaIdle) {
      prefix.addAll(List.of("chrt", "-i", "0"));
    }
    if (!replicaCpus.isEmpty()) {
      prefix.addAll(List.of("taskset", "-c", replicaCpus));
    }
    return prefix;
  }

  private Outcome takeAway(
      ServerProcess master, PlainClient client, MemoryWatch memory, StockReplica replica)
      throws IOException, InterruptedException {
    String title = master.contender().title();
    long receivedBefore = replica.receivedBytes();
    long fullBefore = client.info("stats", "sync_full");
    long partialBefore = client.info("stats", "sync_partial_ok");
    replica.takeAway(client);
    contest.say("%s: the replica is away for %.0f s", title, seconds);
    double secondsMax = seconds + levelSeconds + 60;
    try (SteadyLoad load = dataset.write(contest, master, secondsMax)) {
      Thread.sleep((long) ((seconds - dataset.undisturbedSeconds()) * 1000));
      load.latencies();
      Thread.sleep((long) (dataset.undisturbedSeconds() * 1000));
      Histogram undisturbed = load.latencies();
      MemoryWatch.Figures before = memory.restart();
      contest.say("%s: the replica returns", title);
      Thread.sleep(Contest.SETTLE_MILLIS);
      load.latencies(); // what the look at memory may have held up belongs to neither part
      replica.bringBack();
      OptionalLong level = replica.awaitLevel(client, Contest.nanos(levelSeconds));
      Histogram returning = load.latencies();
      return new Outcome(
          level,
          client.info("stats", "sync_full") - fullBefore,
          client.info("stats", "sync_partial_ok") - partialBefore,
          replica.receivedBytes() - receivedBefore,
          undisturbed,
          returning,
          before,
          memory.highest());
    }
  }

  private static void report(String title, Outcome outcome, Table table) {
    table.contender(title);
    table.seconds("from the return until level, s", outcome.levelNanos());
    table.count("full syncs", outcome.fullSyncs());
    table.count("partial syncs", outcome.partialSyncs());
    table.megabytes("transferred to the replica, MB", outcome.transferredBytes());
    for (double percentile : List.of(99.0, 99.9)) {
      double quiet = outcome.undisturbed().getValueAtPercentile(percentile) / 1000.0;
      double returning = outcome.returning().getValueAtPercentile(percentile) / 1000.0;
      String name = percentile == 99.0 ? "p99" : "p99.9";
      table.decimal("master's " + name + " undisturbed, ms", quiet);
      table.decimal("master's " + name + " while it returns, ms", returning);
      table.decimal("ratio of " + name, returning / Math.max(quiet, 0.001));
    }
    table.decimal(
        "master's longest while it returns, ms", outcome.returning().getMaxValue() / 1000.0);
    table.megabytes(
        "growth of the master's used_memory while it returns, MB",
        outcome.highest().usedBytes() - outcome.before().usedBytes());
    table.megabytes(
        "growth of its resident memory while it returns, MB",
        outcome.highest().residentBytes() - outcome.before().residentBytes());
  }
}
