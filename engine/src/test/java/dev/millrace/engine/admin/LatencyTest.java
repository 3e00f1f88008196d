package dev.millrace.engine.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.config.Config;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LatencyTest {
  private final Config config = new Config();
  private long nowMillis = 1_000_000;
  private final LatencyMonitor monitor = new LatencyMonitor(config.server, () -> nowMillis);

  private LatencyMonitor.Event event() {
    return Objects.requireNonNull(monitor.events().get("command"));
  }

  @Test
  void shouldTellPercentilesWithinThreePercent() {
    long seed = 7;
    SplittableRandom random = new SplittableRandom(seed);
    LatencyHistogram histogram = new LatencyHistogram();
    long[] values = new long[10_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = (long) Math.pow(2, 10 + random.nextDouble() * 22);
      histogram.record(values[i]);
    }
    Arrays.sort(values);
    for (double percentile : new double[] {0.1, 1, 50, 90, 99, 99.9, 100}) {
      long exact = values[(int) Math.ceil(percentile / 100 * values.length) - 1];
      assertThat((double) histogram.percentileNanos(percentile))
          .as("p%s, seed %d", percentile, seed)
          .isBetween(exact * 1.0, exact * 1.032);
    }
  }

  @Test
  void shouldCountDurationsOfAnyLength() {
    LatencyHistogram histogram = new LatencyHistogram();
    for (long nanos : new long[] {-1, 0, 1, 1023, 1024, Long.MAX_VALUE}) {
      histogram.record(nanos);
    }

    assertThat(histogram.total()).isEqualTo(6);
    assertThat(histogram.percentileNanos(1)).isBetween(0L, 32L);
  }

  @Test
  void shouldTellCumulativeCountsAtPowersOfTwo() {
    LatencyHistogram histogram = new LatencyHistogram();
    for (long micros : new long[] {1, 1, 3, 100}) {
      histogram.record(micros * 1000);
    }
    Map<Long, Long> told = new LinkedHashMap<>();

    int powers = histogram.powers(told::put);

    assertThat(powers).isEqualTo(told.size());
    assertThat(told).containsExactly(Map.entry(1L, 2L), Map.entry(4L, 3L), Map.entry(131L, 4L));
  }

  @Test
  void shouldKeepTheWorstOfEachSecondAndABoundedNumberOfThem() throws Exception {
    monitor.took("command", 50_000_000);
    assertThat(monitor.events()).as("off until there is a threshold").isEmpty();

    config.set(List.of("latency-monitor-threshold", "5"), false);
    monitor.took("command", 4_000_000);
    assertThat(monitor.events()).isEmpty();
    monitor.took("command", 10_000_000);
    monitor.took("command", 30_000_000);
    monitor.took("command", 20_000_000);
    assertThat(event().samples()).containsExactly(new LatencyMonitor.Sample(1000, 30));

    for (int i = 0; i < 500; i++) {
      nowMillis += 1000;
      monitor.took("command", 6_000_000);
    }
    LatencyMonitor.Event event = event();
    assertThat(event.samples()).hasSize(160);
    assertThat(event.maxMillis()).isEqualTo(30);
    assertThat(event.latest()).isEqualTo(new LatencyMonitor.Sample(1500, 6));
  }

  @Test
  void shouldDrawEverySampleInItsColumn() throws Exception {
    config.set(List.of("latency-monitor-threshold", "1"), false);
    for (long millis : new long[] {10, 20, 55}) {
      monitor.took("command", millis * 1_000_000);
      nowMillis += 1000;
    }

    List<String> lines = LatencyGraph.draw("command", event(), nowMillis / 1000).lines().toList();

    assertThat(lines.get(0)).isEqualTo("command - high 55 ms, low 10 ms (all time high 55 ms)");
    assertThat(lines.subList(2, 6)).allSatisfy(line -> assertThat(line).hasSize(3));
    assertThat(lines.get(5).charAt(0)).as("the lowest").isEqualTo('_');
    assertThat(lines.get(2).charAt(2)).as("the highest").isEqualTo('#');
    assertThat(lines.subList(7, 9)).containsExactly("321", "sss");
  }
}
