package dev.millrace.bench.sidebyside;

import dev.millrace.bench.servers.Contender;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Collects samples and writes them as Markdown. The first contender is Millrace. */
final class Report {
  /** What was run: the generator's name and the work. */
  record Run(String load, Work work) {
    String title() {
      return work.title();
    }
  }

  private final Contender ours;
  private final List<Contender> others;
  private final Map<Run, Map<Contender, List<Sample>>> samples = new LinkedHashMap<>();
  private final Map<Run, Map<Contender, List<Sample>>> atRate = new LinkedHashMap<>();
  private final Map<Contender, MemoryPerKey> memory = new LinkedHashMap<>();

  Report(List<Contender> contenders) {
    ours = contenders.getFirst();
    others = contenders.subList(1, contenders.size());
  }

  void add(Load load, Work work, Contender contender, Sample sample) {
    add(samples, new Run(load.title(), work), contender, sample);
  }

  /** A run that is over only once the replicas have all of it. */
  void addLevel(Load load, Work work, Contender contender, Sample sample) {
    add(samples, new Run(load.title() + ", until the replicas have it", work), contender, sample);
  }

  void addAtRate(Work work, double perSecond, Contender contender, Sample sample) {
    String rate = String.format(Locale.ROOT, "%,.0f per second", perSecond);
    add(atRate, new Run(rate, work), contender, sample);
  }

  void add(Contender contender, MemoryPerKey perKey) {
    memory.put(contender, perKey);
  }

  private static void add(
      Map<Run, Map<Contender, List<Sample>>> to, Run run, Contender contender, Sample sample) {
    to.computeIfAbsent(run, w -> new LinkedHashMap<>())
        .computeIfAbsent(contender, c -> new ArrayList<>())
        .add(sample);
  }

  /** The first other server's median of requests per second. */
  double peakOfOther(Load load, Work work) {
    Map<Contender, List<Sample>> by = samples.getOrDefault(new Run(load.title(), work), Map.of());
    return Medians.of(by.getOrDefault(others.getFirst(), List.of()), Sample::requestsPerSecond);
  }

  /** One line of a table: a run, one other server, and the samples of both. */
  record Line(Run run, Contender other, List<Sample> ours, List<Sample> theirs) {
    double ours(ToDoubleFunction<Sample> figure) {
      return Medians.of(ours, figure);
    }

    double theirs(ToDoubleFunction<Sample> figure) {
      return Medians.of(theirs, figure);
    }

    double ratio(ToDoubleFunction<Sample> figure) {
      return Medians.ofRatios(ours, theirs, figure);
    }
  }

  /** Every run beside every other server, in the order they were measured. */
  List<Line> lines() {
    return lines(samples);
  }

  private List<Line> lines(Map<Run, Map<Contender, List<Sample>>> of) {
    List<Line> lines = new ArrayList<>();
    of.forEach((run, by) -> {
      for (Contender other : others) {
        lines.add(
            new Line(
                run, other, by.getOrDefault(ours, List.of()), by.getOrDefault(other, List.of())));
      }
    });
    return lines;
  }

  /**
   * The tables.
   *
   * @param heading lines that say what was run
   */
  String markdown(List<String> heading) {
    StringBuilder text = new StringBuilder();
    for (String line : heading) {
      text.append(line).append('\n');
    }
    if (!samples.isEmpty()) {
      throughput(text);
      processorTime(text);
    }
    if (!atRate.isEmpty()) {
      latency(text);
    }
    if (!memory.isEmpty()) {
      memory(text);
    }
    return text.toString();
  }

  private void throughput(StringBuilder text) {
    text.append(
        """

        | work | beside | rounds | Millrace req/s | its req/s | ratio | Millrace p50 / p99 ms | its p50 / p99 ms | load |
        |---|---|---:|---:|---:|---:|---:|---:|---|
        """);
    for (Line line : lines(samples)) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %s | %d | %,.0f | %,.0f | **%.2f** | %.2f / %.2f | %.2f / %.2f | %s |\n",
              line.run().title(),
              line.other().title(),
              line.ours().size(),
              line.ours(Sample::requestsPerSecond),
              line.theirs(Sample::requestsPerSecond),
              line.ratio(Sample::requestsPerSecond),
              line.ours(Sample::p50Millis),
              line.ours(Sample::p99Millis),
              line.theirs(Sample::p50Millis),
              line.theirs(Sample::p99Millis),
              line.run().load()));
    }
  }

  private void processorTime(StringBuilder text) {
    text.append(
        """

        | processor time per request | beside | Millrace µs | its µs | ratio | load's own µs, on either |
        |---|---|---:|---:|---:|---:|
        """);
    for (Line line : lines(samples)) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %s | %.2f | %.2f | **%.2f** | %.2f / %.2f |\n",
              line.run().title(),
              line.other().title(),
              line.ours(Sample::cpuMicrosPerRequest),
              line.theirs(Sample::cpuMicrosPerRequest),
              line.ratio(Sample::cpuMicrosPerRequest),
              line.ours(Sample::loadMicrosPerRequest),
              line.theirs(Sample::loadMicrosPerRequest)));
    }
  }

  private void latency(StringBuilder text) {
    text.append(
        """

        | latency at a constant rate | rate | beside | Millrace p50 / p99 / p99.9 ms | its p50 / p99 / p99.9 ms | ratio of p99.9 |
        |---|---|---|---:|---:|---:|
        """);
    for (Line line : lines(atRate)) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %s | %s | %.2f / %.2f / %.2f | %.2f / %.2f / %.2f | **%.2f** |\n",
              line.run().title(),
              line.run().load(),
              line.other().title(),
              line.ours(Sample::p50Millis),
              line.ours(Sample::p99Millis),
              line.ours(Sample::p999Millis),
              line.theirs(Sample::p50Millis),
              line.theirs(Sample::p99Millis),
              line.theirs(Sample::p999Millis),
              line.ratio(Sample::p999Millis)));
    }
  }

  private void memory(StringBuilder text) {
    text.append(
        """

        | memory per key | keys | used_memory bytes | allocator bytes | resident bytes |
        |---|---:|---:|---:|---:|
        """);
    memory.forEach((contender, perKey) ->
        text.append(
            String.format(
                Locale.ROOT,
                "| %s | %,d | **%.1f** | %.1f | %.1f |\n",
                contender.title(),
                perKey.keys(),
                perKey.usedBytes(),
                perKey.allocatedBytes(),
                perKey.residentBytes())));
  }
}
