package dev.millrace.bench.sidebyside;

import dev.millrace.bench.servers.Contender;
import dev.millrace.bench.servers.Durability;
import dev.millrace.bench.servers.PlainClient;
import dev.millrace.bench.servers.ServerProcess;
import dev.millrace.bench.servers.StockReplica;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Runs the same load against Millrace and other servers in turn, A B A B …, and prints medians.
 *
 * <p>All servers stay up for all rounds, with the same keys in them; while one is measured the
 * others are idle. The ratio is taken within a round and its median over rounds, so that a machine
 * that is slower for a while does not decide.
 */
@Command(
    name = "bench/side-by-side",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    showDefaultValues = true,
    description = "Measures Millrace beside Redis, in turn.")
@SuppressWarnings("NullAway.Init") // picocli sets the options
public final class SideBySide implements Callable<Integer> {
  private static final long LEVEL_SECONDS_MAX = 120;
  private static final String OWN = "own";
  private static final String REDIS_BENCHMARK = "redis-benchmark";

  /** Lists and streams only grow: each run begins with none. */
  private static final String FORGET = "UNLINK mylist mystream";

  @Option(names = "--rounds", description = "Rounds that count.", defaultValue = "7")
  private int rounds;

  @Option(
      names = "--warmup",
      description = "Rounds before those, for the JVM to compile what is hot; not counted.",
      defaultValue = "2")
  private int warmup;

  @Option(
      names = "--tests",
      split = ",",
      description = "set, get, incr, mset, lpush, rpop, hset, sadd, zadd, xadd.",
      defaultValue = "set,get")
  private List<String> tests;

  @Option(
      names = "--pipelines",
      split = ",",
      description = "Commands sent before replies are awaited.",
      defaultValue = "1,16,64")
  private List<Integer> pipelines;

  @Option(
      names = "--requests",
      description = "Requests per run at pipeline 1; up to eight times as many with deeper ones.",
      defaultValue = "200000")
  private long requests;

  @Option(names = "--connections", description = "Clients at once.", defaultValue = "50")
  private int connections;

  @Option(names = "--keys", description = "Different keys, at random.", defaultValue = "100000")
  private long keys;

  @Option(names = "--value-bytes", description = "Length of a value.", defaultValue = "64")
  private int valueBytes;

  @Option(names = "--zipf", description = "Some keys much more often than others.")
  private boolean zipf;

  @Option(
      names = "--durability",
      description = "What all do for their data: ${COMPLETION-CANDIDATES}.",
      defaultValue = "EVERYSEC")
  private Durability durability;

  @Option(
      names = "--replicas",
      description =
          "Stock replicas attached to each server. Then also the throughput when a run is over"
              + " only once they have all of it.",
      defaultValue = "0")
  private int replicas;

  @Option(
      names = "--load",
      split = ",",
      description =
          "What drives the servers: own, redis-benchmark (which knows no xadd), or both in turn.",
      defaultValue = OWN)
  private List<String> loads;

  @Option(
      names = "--constant-rate",
      description =
          "Then also latency at this share of the first other server's throughput, counted from"
              + " the moment each request was due; 0 for none.",
      defaultValue = "0")
  private double constantRate;

  @Option(
      names = "--constant-seconds",
      description = "How long each such run takes.",
      defaultValue = "10")
  private double constantSeconds;

  @Option(
      names = "--memory-keys",
      description = "Keys for the measurement of memory; 0 for none.",
      defaultValue = "2000000")
  private long memoryKeys;

  @Option(
      names = "--minutes",
      description = "No round begins after so many minutes.",
      defaultValue = "30")
  private int minutes;

  @Option(names = "--server-cpus", description = "Processors of the servers, as for taskset -c.")
  private @Nullable String serverCpus;

  @Option(names = "--client-cpus", description = "Processors of the load, as for taskset -c.")
  private @Nullable String clientCpus;

  @Option(
      names = "--redis-server",
      description = "The Redis to compare with.",
      defaultValue = "redis-server")
  private Path redisServer;

  @Option(
      names = "--also",
      description = "One more server, TITLE=PATH; takes redis-server's directives. Repeatable.")
  private List<String> also = List.of();

  @Option(
      names = "--redis-benchmark",
      description = "For --load redis-benchmark.",
      defaultValue = "redis-benchmark")
  private String redisBenchmark;

  @Option(names = "--out", description = "Writes the tables to this file too.")
  private @Nullable Path out;

  @Option(names = "--chart", description = "Draws the ratios into this SVG file.")
  private @Nullable Path chart;

  private final PrintWriter progress = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
  private final int processors = Runtime.getRuntime().availableProcessors();
  private int roundsDone;

  /** Runs the comparison. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new SideBySide()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    requirePositive("--rounds", rounds);
    requirePositive("--requests", requests);
    requirePositive("--keys", keys);
    List<Contender> contenders = contenders();
    List<Work> works = Work.of(tests, pipelines);
    Report report = new Report(contenders);
    if (clientCpus != null) {
      pinThisProcess(clientCpus);
    }
    compareLoad(contenders, works, report);
    if (memoryKeys > 0) {
      for (Contender contender : contenders) {
        progress.printf("memory per key: %s%n", contender.title());
        report.add(
            contender, MemoryPerKey.measure(contender, serverPrefix(), memoryKeys, valueBytes));
      }
    }
    String markdown = report.markdown(heading());
    System.out.print(markdown);
    if (out != null) {
      Files.writeString(out, markdown);
    }
    if (chart != null) {
      Files.writeString(chart, RatioChart.svg(report, heading()));
    }
    return 0;
  }

  private static void requirePositive(String option, long value) {
    if (value < 1) {
      throw refused(option + " must be at least 1");
    }
  }

  private static CommandLine.ParameterException refused(String why) {
    return new CommandLine.ParameterException(new CommandLine(new SideBySide()), why);
  }

  private List<Contender> contenders() throws IOException {
    List<Contender> all = new ArrayList<>();
    all.add(Contender.millrace());
    all.add(Contender.redis("Redis", redisServer.toString()));
    for (String each : also) {
      try {
        all.add(Contender.given(each));
      } catch (IllegalArgumentException e) {
        throw refused("--also " + e.getMessage());
      }
    }
    return all;
  }

  private List<Load> loads(Options options) throws IOException {
    List<Load> all = new ArrayList<>();
    for (String each : loads) {
      switch (each) {
        case OWN -> all.add(new OwnLoad(options));
        case REDIS_BENCHMARK ->
            all.add(new RedisBenchmarkLoad(redisBenchmark, pinnedTo(clientCpus), options));
        default -> throw refused("--load " + each + " is neither own nor redis-benchmark");
      }
    }
    return all;
  }

  private void compareLoad(List<Contender> contenders, List<Work> works, Report report)
      throws IOException, InterruptedException {
    Options options = new Options(connections, requests, keys, valueBytes, zipf);
    List<Load> driving = loads(options);
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
    Map<ServerProcess, List<StockReplica>> servers = new LinkedHashMap<>();
    try {
      for (Contender contender : contenders) {
        ServerProcess server =
            new ServerProcess(contender, serverPrefix(), durability.directives());
        List<StockReplica> attached = new ArrayList<>();
        servers.put(server, attached);
        try (PlainClient client = new PlainClient(server.port())) {
          client.fill(keys, valueBytes);
        }
        for (int i = 0; i < replicas; i++) {
          attached.add(new StockReplica(redisServer.toString(), serverPrefix(), server.port()));
        }
        awaitLevel(server, attached);
      }
      for (int round = 1 - warmup; round <= rounds; round++) {
        if (round > 1 && System.nanoTime() > deadline) {
          progress.printf("%d minutes are over%n", minutes);
          break;
        }
        for (Load load : driving) {
          playRound(round, works, servers, load, report);
        }
      }
      if (constantRate > 0) {
        holdRate(works, servers.keySet(), new OwnLoad(options), driving.getFirst(), report);
      }
    } finally {
      for (List<StockReplica> each : servers.values()) {
        for (StockReplica replica : each) {
          replica.close();
        }
      }
      for (ServerProcess server : servers.keySet()) {
        server.close();
      }
    }
  }

  /** Waits until these replicas have all that their master has; returns for how many seconds. */
  private static double awaitLevel(ServerProcess server, List<StockReplica> replicas)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    try (PlainClient master = new PlainClient(server.port())) {
      for (StockReplica replica : replicas) {
        replica
            .awaitLevel(master, TimeUnit.SECONDS.toNanos(LEVEL_SECONDS_MAX))
            .orElseThrow(() -> new IOException("a replica does not get level with its master"));
      }
    }
    return (System.nanoTime() - start) / 1e9;
  }

  private void playRound(
      int round,
      List<Work> works,
      Map<ServerProcess, List<StockReplica>> servers,
      Load load,
      Report report)
      throws IOException, InterruptedException {
    String name = round > 0 ? "round " + round + " of " + rounds : "warm-up";
    for (Work work : works) {
      for (ServerProcess server : servers.keySet()) {
        forgetGrowing(server);
        long cpuBefore = server.facts().cpuMicros();
        Sample sample = load.run(server, work);
        progress.printf(
            "%s: %s: %s %,.0f req/s, %.2f µs (%s %.2f µs)%n",
            name,
            work.title(),
            server.contender().title(),
            sample.requestsPerSecond(),
            sample.cpuMicrosPerRequest(),
            load.title(),
            sample.loadMicrosPerRequest());
        if (round > 0) {
          report.add(load, work, server.contender(), sample);
        }
        if (replicas > 0) {
          // A burst is over sooner than its replicas have it, and they would disturb the next run.
          double seconds = awaitLevel(server, servers.get(server));
          Sample level =
              sample.until(
                  seconds, server.facts().cpuMicros() - cpuBefore, work.requests(requests));
          progress.printf(
              "  until its replicas had all of it: %,.0f req/s, %.2f µs%n",
              level.requestsPerSecond(), level.cpuMicrosPerRequest());
          if (round > 0) {
            report.addLevel(load, work, server.contender(), level);
          }
        }
      }
    }
    roundsDone = Math.max(round, roundsDone);
  }

  private void holdRate(
      List<Work> works, Set<ServerProcess> servers, OwnLoad load, Load peakBy, Report report)
      throws IOException, InterruptedException {
    for (Work work : works) {
      if (work.pipeline() != 1) {
        continue;
      }
      double rate = constantRate * report.peakOfOther(peakBy, work);
      for (int round = 0; round <= rounds; round++) {
        for (ServerProcess server : servers) {
          forgetGrowing(server);
          Sample sample = load.run(server, work, rate, round == 0 ? 2 : constantSeconds);
          progress.printf(
              "%,.0f/s: %s: %s p50 %.2f p99 %.2f p99.9 %.2f ms%n",
              rate,
              work.title(),
              server.contender().title(),
              sample.p50Millis(),
              sample.p99Millis(),
              sample.p999Millis());
          if (round > 0) {
            report.addAtRate(work, rate, server.contender(), sample);
          }
        }
      }
    }
  }

  private static void forgetGrowing(ServerProcess server) throws IOException {
    try (PlainClient client = new PlainClient(server.port())) {
      client.call(FORGET);
    }
  }

  private static List<String> pinnedTo(@Nullable String cpus) {
    return cpus == null ? List.of() : List.of("taskset", "-c", cpus);
  }

  /** Where servers run; this process may be pinned, and what it starts would be pinned with it. */
  private List<String> serverPrefix() {
    String all = "0-" + (processors - 1);
    return pinnedTo(serverCpus == null && clientCpus != null ? all : serverCpus);
  }

  private static void pinThisProcess(String cpus) throws IOException, InterruptedException {
    Process taskset =
        new ProcessBuilder(
                "taskset", "-a", "-p", "-c", cpus, Long.toString(ProcessHandle.current().pid()))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    if (taskset.waitFor() != 0) {
      throw new IOException("cannot pin to the processors " + cpus);
    }
  }

  private List<String> heading() {
    List<String> lines = new ArrayList<>();
    lines.add("## Millrace beside Redis");
    lines.add("");
    lines.add(
        String.format(
            "%d rounds (A B A B …), %d warm-up not counted, since the JVM compiles what is hot in its"
                + " first seconds;",
            roundsDone, warmup));
    lines.add(
        String.format(
            "%d connections, %d-byte values, %,d %s keys; %s; stock replicas: %d.",
            connections,
            valueBytes,
            keys,
            zipf ? "zipf-distributed" : "random",
            durability.title(),
            replicas));
    lines.add(
        "Figures are medians over rounds; ratios are Millrace / the other within a round, then the"
            + " median.");
    lines.add(
        "More is better for requests, less for processor time (user and system, all threads) and"
            + " memory.");
    lines.add("");
    lines.add(
        String.format(
            "%s %s, %d processors, Java %s; %s",
            System.getProperty("os.name"),
            System.getProperty("os.version"),
            processors,
            System.getProperty("java.version"),
            redisVersion()));
    return lines;
  }

  private String redisVersion() {
    try {
      Process process = new ProcessBuilder(redisServer.toString(), "--version").start();
      String text =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      int end = text.indexOf(" sha=");
      return end < 0 ? text : text.substring(0, end);
    } catch (IOException e) {
      return redisServer.toString();
    }
  }
}
