package dev.millrace.bench.sidebyside;

import dev.millrace.bench.servers.ProcessFacts;
import dev.millrace.bench.servers.ServerProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs {@code redis-benchmark} and reads its CSV: {@code
 * "test","rps","avg","min","p50","p95","p99","max"}, latencies in milliseconds.
 */
final class RedisBenchmarkLoad implements Load {
  private static final int RPS = 1;
  private static final int P50 = 4;
  private static final int P99 = 6;
  private static final int FIELDS = 8;
  private static final long RUN_SECONDS_MAX = 300;

  private final String program;
  private final List<String> prefix;
  private final Options options;
  private final ProcessFacts own;

  /**
   * A generator.
   *
   * @param prefix what comes before its command line, such as {@code taskset -c 1}
   */
  RedisBenchmarkLoad(String program, List<String> prefix, Options options) throws IOException {
    this.own = new ProcessFacts(ProcessHandle.current().pid());
    this.program = program;
    this.prefix = prefix;
    this.options = options;
  }

  @Override
  public String title() {
    return "redis-benchmark";
  }

  @Override
  public Sample run(ServerProcess server, Work work) throws IOException, InterruptedException {
    long requests = work.requests(options.requests());
    long cpuBefore = server.facts().cpuMicros();
    long ownBefore = own.endedChildrenMicros();
    List<String> fields = benchmark(server.port(), work, requests);
    double cpuMicros = server.facts().cpuMicros() - cpuBefore;
    return new Sample(
        Double.parseDouble(fields.get(RPS)),
        Double.parseDouble(fields.get(P50)),
        Double.parseDouble(fields.get(P99)),
        Double.NaN,
        cpuMicros / requests,
        (double) (own.endedChildrenMicros() - ownBefore) / requests);
  }

  private List<String> benchmark(int port, Work work, long requests)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(
        List.of(
            program,
            "-h",
            "127.0.0.1",
            "-p",
            Integer.toString(port),
            "-c",
            Integer.toString(options.connections()),
            "-n",
            Long.toString(requests),
            "-d",
            Integer.toString(options.valueBytes()),
            "-r",
            Long.toString(options.keys()),
            "-P",
            Integer.toString(work.pipeline()),
            "-t",
            work.test(),
            "--csv"));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    // The output is a few lines, less than a pipe holds.
    if (!process.waitFor(RUN_SECONDS_MAX, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException("took more than " + RUN_SECONDS_MAX + " s: " + command);
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    for (String line : output.split("\n", -1)) {
      List<String> fields = List.of(line.replace("\"", "").split(",", -1));
      if (fields.size() == FIELDS && fields.get(0).equalsIgnoreCase(work.test())) {
        return fields;
      }
    }
    throw new IOException("redis-benchmark said: " + output);
  }
}
