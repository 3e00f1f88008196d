package dev.millrace.bench.replication;

import dev.millrace.bench.load.SteadyLoad;
import dev.millrace.bench.servers.Contender;
import dev.millrace.bench.servers.PlainClient;
import dev.millrace.bench.servers.ServerProcess;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * A BGSAVE while a server is written to: what its clients feel of it, and what memory it takes.
 *
 * <p>Owned by: the main thread.
 */
@Command(
    name = "snapshot",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    showDefaultValues = true,
    description = "Takes a snapshot of a server that is written to.")
final class Snapshot implements Callable<Integer> {
  private static final long LOOK_MILLIS = 20;

  @Option(
      names = "--warm-seconds",
      description = "Written before, not measured: a JVM compiles what is hot.",
      defaultValue = "15")
  private double warmSeconds;

  @Option(
      names = "--save-seconds",
      description = "How long a snapshot may take.",
      defaultValue = "600")
  private double saveSeconds;

  @Mixin private final LoadedDataset dataset = new LoadedDataset();
  @Mixin private final Contest contest;

  Snapshot(Contender millrace, PrintStream out) {
    contest = new Contest(millrace, out);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    dataset.check(contest);
    Table table = new Table();
    for (Contender contender : contest.contenders(contest.redis())) {
      measure(contender, table);
    }
    contest.print(
        table.markdown(
            String.format(
                Locale.ROOT,
                "BGSAVE of %,d keys of %d bytes under %,.0f writes/s; %.0f s undisturbed before it."
                    + " Latency counts from when a write was due.",
                dataset.keys(),
                dataset.valueBytes(),
                dataset.rate(),
                dataset.undisturbedSeconds())));
    return 0;
  }

  private void measure(Contender contender, Table table) throws IOException, InterruptedException {
    try (ServerProcess server = contest.start(contender);
        PlainClient client = new PlainClient(server.port());
        MemoryWatch memory = new MemoryWatch(server, true)) {
      dataset.fill(contest, server, client);
      double secondsMax = warmSeconds + dataset.undisturbedSeconds() + saveSeconds + 60;
      try (SteadyLoad load = dataset.write(contest, server, secondsMax)) {
        contest.say("%s: writing undisturbed", contender.title());
        Thread.sleep((long) (warmSeconds * 1000));
        load.latencies();
        Thread.sleep((long) (dataset.undisturbedSeconds() * 1000));
        Histogram undisturbed = load.latencies();
        MemoryWatch.Figures before = memory.restart();
        contest.say("%s: taking the snapshot", contender.title());
        Thread.sleep(Contest.SETTLE_MILLIS);
        load.latencies(); // what the look at memory may have held up belongs to neither part
        long nanos = save(client);
        Histogram during = load.latencies();
        MemoryWatch.Figures highest = memory.highest();

        table.contender(contender.title());
        table.decimal("duration, s", nanos / 1e9);
        latencies(undisturbed, during, table);
        table.megabytes(
            "growth of its resident memory, MB", highest.residentBytes() - before.residentBytes());
        table.megabytes(
            "growth of the memory of it and its child together, MB",
            highest.togetherBytes() - before.togetherBytes());
        table.megabytes("growth of used_memory, MB", highest.usedBytes() - before.usedBytes());
        table.megabytes("current_cow_peak, MB", highest.copiedBytes());
        table.megabytes("rdb_last_cow_size, MB", client.info("persistence", "rdb_last_cow_size"));
        table.decimal("latest fork, ms", client.info("stats", "latest_fork_usec") / 1000.0);
      }
    }
  }

  private static void latencies(Histogram undisturbed, Histogram during, Table table) {
    for (double percentile : List.of(50.0, 99.0, 99.9, 100.0)) {
      String name =
          percentile == 100 ? "longest" : "p" + (percentile == 99.9 ? "99.9" : (int) percentile);
      table.decimal(
          name + " undisturbed, ms", undisturbed.getValueAtPercentile(percentile) / 1000.0);
      table.decimal(
          name + " during the snapshot, ms", during.getValueAtPercentile(percentile) / 1000.0);
    }
  }

  /** Takes a snapshot; returns how long that took. */
  @SuppressWarnings("BusyWait") // there is nothing to be told by
  private long save(PlainClient client) throws IOException, InterruptedException {
    long savesBefore = client.info("persistence", "rdb_saves");
    long start = System.nanoTime();
    client.call("BGSAVE");
    while (true) {
      Map<String, String> seen = client.info("persistence");
      // The count goes up when a snapshot begins.
      if (PlainClient.number(seen, "rdb_saves") > savesBefore
          && PlainClient.number(seen, "rdb_bgsave_in_progress") == 0) {
        if (!"ok".equals(seen.get("rdb_last_bgsave_status"))) {
          throw new IOException("the snapshot failed");
        }
        return System.nanoTime() - start;
      }
      if (System.nanoTime() - start > Contest.nanos(saveSeconds)) {
        throw new IOException("the snapshot is not done after " + saveSeconds + " s");
      }
      Thread.sleep(LOOK_MILLIS);
    }
  }
}
