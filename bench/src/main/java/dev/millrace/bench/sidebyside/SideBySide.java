package dev.millrace.bench.sidebyside;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Runs the same load against Millrace and Redis in turn, A B A B …, and prints medians.
 *
 * <p>Both servers stay up for all rounds, with the same keys in them; while one is measured the
 * other is idle. The ratio is taken within a round and its median over rounds, so that a machine
 * that is slower for a while does not decide.
 */
@Command(
    name = "bench/side-by-side",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    showDefaultValues = true,
    description = "Measures Millrace beside Redis with redis-benchmark, in turn.")
@SuppressWarnings("NullAway.Init") // picocli sets the options
public final class SideBySide implements Callable<Integer> {
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
      description = "As redis-benchmark -t names them.",
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

  @Option(
      names = "--client-cpus",
      description = "Processors of redis-benchmark, as for taskset -c.")
  private @Nullable String clientCpus;

  @Option(
      names = "--redis-server",
      description = "The Redis to compare with.",
      defaultValue = "redis-server")
  private Path redisServer;

  @Option(
      names = "--redis-benchmark",
      description = "The load generator.",
      defaultValue = "redis-benchmark")
  private String redisBenchmark;

  @Option(names = "--out", description = "Writes the tables to this file too.")
  private @Nullable Path out;

  private final PrintWriter progress = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
  private final Report report = new Report();
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
    List<Work> works = Work.of(tests, pipelines);
    compareLoad(works);
    if (memoryKeys > 0) {
      for (Contender contender : Contender.values()) {
        progress.printf("memory per key: %s%n", contender.title());
        report.add(
            contender,
            MemoryPerKey.measure(
                contender, program(contender), pinnedTo(serverCpus), memoryKeys, valueBytes));
      }
    }
    String markdown = report.markdown(heading());
    System.out.print(markdown);
    if (out != null) {
      Files.writeString(out, markdown);
    }
    return 0;
  }

  private static void requirePositive(String option, long value) {
    if (value < 1) {
      throw new CommandLine.ParameterException(
          new CommandLine(new SideBySide()), option + " must be at least 1");
    }
  }

  private void compareLoad(List<Work> works) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
    LoadGenerator load =
        new LoadGenerator(
            redisBenchmark,
            pinnedTo(clientCpus),
            new Options(connections, requests, keys, valueBytes));
    try (ServerProcess millrace = start(Contender.MILLRACE);
        ServerProcess redis = start(Contender.REDIS)) {
      Map<Contender, ServerProcess> servers = new EnumMap<>(Contender.class);
      servers.put(Contender.MILLRACE, millrace);
      servers.put(Contender.REDIS, redis);
      for (ServerProcess server : servers.values()) {
        try (PlainClient client = new PlainClient(server.port())) {
          client.fill(keys, valueBytes);
        }
      }
      for (int round = 1 - warmup; round <= rounds; round++) {
        if (round > 1 && System.nanoTime() > deadline) {
          progress.printf("%d minutes are over%n", minutes);
          break;
        }
        playRound(round, works, servers, load);
      }
    }
  }

  private void playRound(
      int round, List<Work> works, Map<Contender, ServerProcess> servers, LoadGenerator load)
      throws IOException, InterruptedException {
    String name = round > 0 ? "round " + round + " of " + rounds : "warm-up";
    for (Work work : works) {
      for (ServerProcess server : servers.values()) {
        Sample sample = load.run(server, work);
        progress.printf(
            "%s: %s: %s %,.0f req/s, %.2f µs%n",
            name,
            work.title(),
            server.contender().title(),
            sample.requestsPerSecond(),
            sample.cpuMicrosPerRequest());
        if (round > 0) {
          report.add(work, server.contender(), sample);
        }
      }
    }
    roundsDone = Math.max(round, 0);
  }

  private ServerProcess start(Contender contender) throws IOException, InterruptedException {
    return new ServerProcess(contender, program(contender), pinnedTo(serverCpus));
  }

  private Path program(Contender contender) throws IOException {
    if (contender == Contender.REDIS) {
      return redisServer;
    }
    return Contender.launcher();
  }

  private static List<String> pinnedTo(@Nullable String cpus) {
    return cpus == null ? List.of() : List.of("taskset", "-c", cpus);
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
            "%d connections, %d-byte values, %,d random keys; appendonly yes, appendfsync everysec,"
                + " save \"\".",
            connections, valueBytes, keys));
    lines.add(
        "Figures are medians over rounds; ratios are Millrace / Redis within a round, then the"
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
            Runtime.getRuntime().availableProcessors(),
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
