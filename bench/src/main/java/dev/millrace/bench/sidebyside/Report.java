package dev.millrace.bench.sidebyside;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Collects samples and writes them as Markdown. */
final class Report {
  private final Map<Work, Map<Contender, List<Sample>>> samples = new LinkedHashMap<>();
  private final Map<Contender, MemoryPerKey> memory = new EnumMap<>(Contender.class);

  void add(Work work, Contender contender, Sample sample) {
    samples
        .computeIfAbsent(work, w -> new EnumMap<>(Contender.class))
        .computeIfAbsent(contender, c -> new ArrayList<>())
        .add(sample);
  }

  void add(Contender contender, MemoryPerKey perKey) {
    memory.put(contender, perKey);
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
    if (!memory.isEmpty()) {
      memory(text);
    }
    return text.toString();
  }

  private void throughput(StringBuilder text) {
    text.append(
        """

        | work | rounds | Millrace req/s | Redis req/s | ratio | Millrace p50 / p99 ms | Redis p50 / p99 ms |
        |---|---:|---:|---:|---:|---:|---:|
        """);
    samples.forEach((work, by) -> {
      List<Sample> ours = by.getOrDefault(Contender.MILLRACE, List.of());
      List<Sample> theirs = by.getOrDefault(Contender.REDIS, List.of());
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %d | %,.0f | %,.0f | **%.2f** | %.2f / %.2f | %.2f / %.2f |\n",
              work.title(),
              ours.size(),
              Medians.of(ours, Sample::requestsPerSecond),
              Medians.of(theirs, Sample::requestsPerSecond),
              Medians.ofRatios(ours, theirs, Sample::requestsPerSecond),
              Medians.of(ours, Sample::p50Millis),
              Medians.of(ours, Sample::p99Millis),
              Medians.of(theirs, Sample::p50Millis),
              Medians.of(theirs, Sample::p99Millis)));
    });
  }

  private void processorTime(StringBuilder text) {
    text.append(
        """

        | processor time of the server per request | Millrace µs | Redis µs | ratio |
        |---|---:|---:|---:|
        """);
    samples.forEach((work, by) -> {
      List<Sample> ours = by.getOrDefault(Contender.MILLRACE, List.of());
      List<Sample> theirs = by.getOrDefault(Contender.REDIS, List.of());
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %.2f | %.2f | **%.2f** |\n",
              work.title(),
              Medians.of(ours, Sample::cpuMicrosPerRequest),
              Medians.of(theirs, Sample::cpuMicrosPerRequest),
              Medians.ofRatios(ours, theirs, Sample::cpuMicrosPerRequest)));
    });
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
