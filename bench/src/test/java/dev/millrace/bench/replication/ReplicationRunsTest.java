package dev.millrace.bench.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.bench.servers.Contender;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import picocli.CommandLine;

/**
 * Each run once, as small as it still shows something, against both servers; all at once, for they
 * mostly wait. Their figures mean nothing.
 */
class ReplicationRunsTest {
  private static final String MILLRACE = "Millrace";
  private static final String REDIS = "Redis";
  private static final String NO_DELAY = "repl-diskless-sync-delay=0";

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void shouldShowThatRedisDropsASlowReplicaAndMillraceDoesNot() {
    Map<String, Map<String, String>> table =
        run(
            "complaint --seconds 2 --writes-max 20000 --keys 10000 --link-megabytes 6"
                + " --level-seconds 30 --connections 20",
            "--replica-buffer",
            "1mb 1mb 60",
            "--all",
            NO_DELAY);
    Map<String, String> millrace = column(table, MILLRACE);
    Map<String, String> redis = column(table, REDIS);
    assertThat(millrace)
        .containsEntry("full syncs", "1")
        .containsEntry("partial syncs", "0")
        .containsEntry("times the master dropped the replica's link", "0");
    assertThat(number(redis, "full syncs")).isGreaterThan(1);
    assertThat(number(redis, "times the master dropped the replica's link")).isPositive();
    for (Map<String, String> each : List.of(millrace, redis)) {
      assertThat(number(each, "received by the replica in all, MB")).isGreaterThan(5);
      assertThat(number(each, "writes done")).isBetween(1.0, 20_020.0);
      assertThat(number(each, "from then until it is level, s")).isPositive();
    }
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void shouldShowWhoNeedsAFullSyncAfterAnOutage() {
    Map<String, Map<String, String>> table =
        run(
            "outage --gigabytes 0.005 --seconds 1.5 --undisturbed-seconds 0.5 --rate 2000"
                + " --level-seconds 30 --connections 5 --replica-idle",
            "--all",
            NO_DELAY,
            "--millrace",
            "aof-retention-size=64mb");
    for (String each : List.of(MILLRACE, "Redis, 1gb backlog")) {
      assertThat(column(table, each))
          .containsEntry("full syncs", "0")
          .containsEntry("partial syncs", "1");
    }
    assertThat(column(table, "Redis, default backlog")).containsEntry("full syncs", "1");
    for (Map<String, String> each : table.values()) {
      assertThat(number(each, "from the return until level, s")).isPositive();
      // What was written meanwhile, or all keys: several megabytes either way.
      assertThat(number(each, "transferred to the replica, MB")).isGreaterThan(2);
      assertThat(number(each, "master's p99 undisturbed, ms")).isPositive();
      assertThat(number(each, "master's p99.9 while it returns, ms")).isPositive();
    }
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void shouldMeasureASnapshotUnderLoad() {
    Map<String, Map<String, String>> table =
        run(
            "snapshot --gigabytes 0.02 --rate 1000 --warm-seconds 0.3 --undisturbed-seconds 0.7"
                + " --save-seconds 30 --connections 5");
    Map<String, String> millrace = column(table, MILLRACE);
    Map<String, String> redis = column(table, REDIS);
    assertThat(millrace)
        .containsEntry("latest fork, ms", "0.00")
        .containsEntry("rdb_last_cow_size, MB", "0.0");
    assertThat(number(redis, "latest fork, ms")).isPositive();
    for (Map<String, String> each : List.of(millrace, redis)) {
      assertThat(number(each, "duration, s")).isPositive();
      assertThat(number(each, "p50 undisturbed, ms")).isPositive();
      assertThat(number(each, "longest during the snapshot, ms"))
          .isGreaterThanOrEqualTo(number(each, "p50 during the snapshot, ms"));
    }
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void shouldMeasureTheStreamFromFilesBesideABareSendfile() {
    Map<String, String> speeds =
        column(run("transfer --gigabytes 0.02 --rounds 2 --millrace aof-segment-size=8mb"), "MB/s");
    assertThat(number(speeds, "bare sendfile")).isPositive();
    assertThat(number(speeds, "PSYNC")).isPositive();
    assertThat(number(speeds, "PSYNC for the first time, with the segments' checksums"))
        .isPositive();
  }

  @Test
  void shouldRefuseWhatCannotBeMeasured() {
    for (String words :
        List.of(
            "outage --seconds 1 --undisturbed-seconds 2",
            "outage --rate 0",
            "complaint --all appendonly",
            "snapshot --gigabytes -1")) {
      CommandLine line = ReplicationRuns.commandLine(millrace(), System.out);
      StringWriter said = new StringWriter();
      line.setErr(new PrintWriter(said));
      assertThat(line.execute(words.split(" ", -1))).isEqualTo(CommandLine.ExitCode.USAGE);
      assertThat(said.toString()).contains("Usage: bench/replication");
    }
  }

  /** Does a run; returns its table by contender and figure. */
  private static Map<String, Map<String, String>> run(String words, String... more) {
    List<String> arguments = new ArrayList<>(List.of(words.split(" ", -1)));
    arguments.addAll(Arrays.asList(more));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int status =
        ReplicationRuns.commandLine(millrace(), new PrintStream(out, true, StandardCharsets.UTF_8))
            .execute(arguments.toArray(String[]::new));
    String said = out.toString(StandardCharsets.UTF_8);
    assertThat(status).as(said).isZero();
    return columns(said.lines().filter(line -> line.startsWith("|")).toList());
  }

  private static Map<String, Map<String, String>> columns(List<String> lines) {
    List<String> titles = cells(lines.getFirst());
    Map<String, Map<String, String>> columns = new LinkedHashMap<>();
    for (int i = 1; i < titles.size(); i++) {
      Map<String, String> column = new LinkedHashMap<>();
      for (String line : lines.subList(2, lines.size())) {
        column.put(cells(line).getFirst(), cells(line).get(i));
      }
      columns.put(titles.get(i), column);
    }
    return columns;
  }

  private static List<String> cells(String line) {
    return Arrays.stream(line.substring(1, line.length() - 1).split("\\|", -1))
        .map(String::strip)
        .toList();
  }

  private static Map<String, String> column(Map<String, Map<String, String>> table, String title) {
    assertThat(table).containsKey(title);
    return table.getOrDefault(title, Map.of());
  }

  private static double number(Map<String, String> column, String figure) {
    assertThat(column).containsKey(figure);
    return Double.parseDouble(column.getOrDefault(figure, "").replace(",", ""));
  }

  /** As users run it, but from the class path of this test: nothing is packaged yet. */
  private static Contender millrace() {
    List<String> program = new ArrayList<>();
    program.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> flag.startsWith("--") || flag.startsWith("-XX:+Use"))
        .forEach(program::add);
    program.addAll(
        List.of("-Xmx256m", "-Dchronicle.analytics.disable=true", "-XX:TieredStopAtLevel=1"));
    program.addAll(List.of("-cp", System.getProperty("java.class.path")));
    program.add("dev.millrace.engine.server.MillraceServer");
    return new Contender(MILLRACE, program, List.of());
  }
}
