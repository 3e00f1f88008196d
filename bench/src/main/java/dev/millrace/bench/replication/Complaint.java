package dev.millrace.bench.replication;

import dev.millrace.bench.load.ClosedLoop;
import dev.millrace.bench.load.Form;
import dev.millrace.bench.load.Measured;
import dev.millrace.bench.servers.Contender;
import dev.millrace.bench.servers.PlainClient;
import dev.millrace.bench.servers.ServerProcess;
import dev.millrace.bench.servers.StockReplica;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The public complaint: a master that is written to at full speed while a slow replica copies its
 * dataset, and drops that replica again and again for the size of its output buffer.
 *
 * <p>Owned by: the main thread.
 */
@Command(
    name = "complaint",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    showDefaultValues = true,
    description = "Writes at full speed while a slow replica copies the dataset.")
final class Complaint implements Callable<Integer> {

  @Option(names = "--seconds", description = "How long is written.", defaultValue = "90")
  private double seconds;

  @Option(
      names = "--writes-max",
      description = "No more are done, however fast.",
      defaultValue = "100000000")
  private long writesMax;

  @Option(names = "--keys", description = "Keys there are, and written.", defaultValue = "1000000")
  private long keys;

  @Option(names = "--value-bytes", description = "Length of a value.", defaultValue = "500")
  private int valueBytes;

  @Option(names = "--pipeline", description = "Writes sent at once.", defaultValue = "1")
  private int pipeline;

  @Option(
      names = "--link-megabytes",
      description = "Megabytes per second that the replica's link carries.",
      defaultValue = "10")
  private double linkMegabytes;

  @Option(
      names = "--replica-buffer",
      description = "client-output-buffer-limit of replicas; Redis's default when not given.",
      defaultValue = "256mb 64mb 60")
  private String replicaBuffer = "";

  @Option(
      names = "--level-seconds",
      description = "How long it is waited for the replica after the writing.",
      defaultValue = "900")
  private double levelSeconds;

  @Mixin private final Contest contest;

  Complaint(Contender millrace, PrintStream out) {
    contest = new Contest(millrace, out);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    contest.requirePositive("--seconds", seconds);
    contest.requirePositive("--keys", (double) keys);
    contest.requirePositive("--pipeline", pipeline);
    contest.requirePositive("--link-megabytes", linkMegabytes);
    Table table = new Table();
    for (Contender contender : contest.contenders(contest.redis())) {
      measure(contender, table);
    }
    contest.print(
        table.markdown(
            String.format(
                Locale.ROOT,
                "%,.0f s of SETs at full speed, %d connections, pipeline %d, %d-byte values, %,d keys"
                    + " there before; a stock replica that begins its copy with the writing, by a link"
                    + " of %.1f MB/s; client-output-buffer-limit replica %s.",
                seconds,
                contest.connections(),
                pipeline,
                valueBytes,
                keys,
                linkMegabytes,
                replicaBuffer)));
    return 0;
  }

  private void measure(Contender contender, Table table) throws IOException, InterruptedException {
    Contender limited =
        contender.with(
            contender.title(),
            Contest.directive("client-output-buffer-limit", "replica " + replicaBuffer));
    try (ServerProcess master = contest.start(limited);
        PlainClient client = new PlainClient(master.port());
        MemoryWatch memory = new MemoryWatch(master, false);
        ThrottledLink link =
            new ThrottledLink(master.port(), (long) (linkMegabytes * Contest.MEGABYTE))) {
      contest.fill(master, client, keys, valueBytes);
      Thread.sleep(Contest.SETTLE_MILLIS);
      MemoryWatch.Figures before = memory.restart();
      try (StockReplica replica = new StockReplica(contest.redisServer(), List.of(), link.port())) {
        contest.say("%s: writing for %.0f s", contender.title(), seconds);
        Measured load = writeAtFullSpeed(master);
        OptionalLong lag = replica.lagBytes(client);
        contest.say("%s: waiting until the replica is level", contender.title());
        OptionalLong level = replica.awaitLevel(client, Contest.nanos(levelSeconds));
        MemoryWatch.Figures highest = memory.highest();

        table.contender(contender.title());
        table.count("writes done", load.requests());
        table.put("writes/s", String.format(Locale.ROOT, "%,.0f", load.requestsPerSecond()));
        table.count("full syncs", client.info("stats", "sync_full"));
        table.count("partial syncs", client.info("stats", "sync_partial_ok"));
        table.count("times the master dropped the replica's link", link.drops());
        if (lag.isPresent()) {
          table.megabytes("stream the replica lacks when the writing ends, MB", lag.getAsLong());
        } else {
          table.put("stream the replica lacks when the writing ends, MB", "has no dataset yet");
        }
        table.megabytes("received by the replica in all, MB", replica.receivedBytes());
        table.seconds("from then until it is level, s", level);
        table.megabytes(
            "peak of the master's used_memory above the dataset's, MB",
            highest.usedBytes() - before.usedBytes());
        table.megabytes(
            "peak of its resident memory above that before, MB",
            highest.residentBytes() - before.residentBytes());
      }
    }
  }

  private Measured writeAtFullSpeed(ServerProcess master) throws IOException {
    return new ClosedLoop(
            master.port(),
            contest.connections(),
            pipeline,
            Form.SET,
            Contest.value(valueBytes),
            Contest.randomKeys(keys))
        .run(writesMax, Contest.nanos(seconds));
  }
}
