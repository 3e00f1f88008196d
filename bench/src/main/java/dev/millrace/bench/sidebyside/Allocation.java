package dev.millrace.bench.sidebyside;

import dev.millrace.bench.servers.Contender;
import dev.millrace.bench.servers.Durability;
import dev.millrace.bench.servers.ServerProcess;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What a command allocates on the Java heap of a Millrace under steady load, by the threads' own
 * counters ({@code jcmd Thread.print -e}), and which threads do.
 */
@Command(
    name = "bench/allocation",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    showDefaultValues = true,
    description = "Measures what a command allocates on the Java heap of Millrace.")
@SuppressWarnings("NullAway.Init") // picocli sets the options
public final class Allocation implements Callable<Integer> {
  private static final int CONNECTIONS = 50;
  private static final int VALUE_BYTES = 64;
  private static final double TOLD = 0.01;
  private static final Pattern THREAD =
      Pattern.compile("^\"([^\"]+)\".* allocated=([0-9.]+)([KMG]?)", Pattern.MULTILINE);

  @Option(names = "--tests", split = ",", description = "What to send.", defaultValue = "set,get")
  private List<String> tests;

  @Option(names = "--pipelines", split = ",", description = "How deep.", defaultValue = "1,16,64")
  private List<Integer> pipelines;

  @Option(
      names = "--requests",
      description = "Requests of each work, at pipeline 1; up to eight times as many with others.",
      defaultValue = "400000")
  private long requests;

  @Option(names = "--keys", description = "Different keys.", defaultValue = "100000")
  private long keys;

  private final PrintWriter progress = new PrintWriter(System.err, true, StandardCharsets.UTF_8);

  /** Runs the measurement. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Allocation()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    StringBuilder table = new StringBuilder();
    table.append("| work | bytes per command | of these by |\n|---|---:|---|\n");
    Load load = new OwnLoad(new Options(CONNECTIONS, requests, keys, VALUE_BYTES, false));
    try (ServerProcess server =
        new ServerProcess(Contender.millrace(), List.of(), Durability.EVERYSEC.directives())) {
      for (Work work : Work.of(tests, pipelines)) {
        progress.println(work.title());
        // The first time is for the compilers.
        load.run(server, work);
        Map<String, Long> before = allocatedBytes(server);
        load.run(server, work);
        table.append(row(work, before, allocatedBytes(server), work.requests(requests)));
      }
    }
    System.out.print(table);
    return 0;
  }

  /** Bytes since its start by each thread there is, exact to a kilobyte. */
  private static Map<String, Long> allocatedBytes(ServerProcess server)
      throws IOException, InterruptedException {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    Process asked =
        new ProcessBuilder(
                jcmd.toString(), Long.toString(server.facts().pid()), "Thread.print", "-e")
            .redirectErrorStream(true)
            .start();
    String answer;
    try (var output = asked.getInputStream()) {
      answer = new String(output.readAllBytes(), StandardCharsets.UTF_8);
    }
    if (asked.waitFor() != 0) {
      throw new IOException(jcmd + " failed: " + answer);
    }
    Map<String, Long> found = new TreeMap<>();
    Matcher thread = THREAD.matcher(answer);
    while (thread.find()) {
      long unit = thread.group(3).isEmpty() ? 1 : 1L << 10 * (1 + "KMG".indexOf(thread.group(3)));
      double units = Double.parseDouble(thread.group(2));
      found.merge(thread.group(1), (long) (units * unit), Long::sum);
    }
    return found;
  }

  private static String row(
      Work work, Map<String, Long> before, Map<String, Long> after, long commands) {
    record Share(String thread, double bytes) {}
    List<Share> shares = new ArrayList<>();
    double sum = 0;
    for (Map.Entry<String, Long> thread : after.entrySet()) {
      long grown = thread.getValue() - before.getOrDefault(thread.getKey(), 0L);
      shares.add(new Share(thread.getKey(), (double) grown / commands));
      sum += (double) grown / commands;
    }
    shares.removeIf(share -> share.bytes < TOLD);
    shares.sort(Comparator.comparingDouble(Share::bytes).reversed());
    StringBuilder told = new StringBuilder();
    for (Share share : shares) {
      told.append(told.isEmpty() ? "" : ", ")
          .append(String.format(Locale.ROOT, "%s %.2f", share.thread, share.bytes));
    }
    return String.format(Locale.ROOT, "| %s | %.2f | %s |%n", work.title(), sum, told);
  }
}
