package dev.millrace.bench.sidebyside;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One kind of load.
 *
 * @param test as {@code redis-benchmark -t} names it
 * @param pipeline commands sent before replies are awaited
 */
record Work(String test, int pipeline) {
  /** Every test at every depth. */
  static List<Work> of(List<String> tests, List<Integer> pipelines) {
    List<Work> works = new ArrayList<>();
    for (String test : tests) {
      for (int pipeline : pipelines) {
        works.add(new Work(test.toLowerCase(Locale.ROOT), pipeline));
      }
    }
    return works;
  }

  /** Deeper pipelines are faster: so that each run takes seconds, they get more requests. */
  long requests(long base) {
    return base * Math.min(pipeline, 8);
  }

  String title() {
    return test.toUpperCase(Locale.ROOT) + ", pipeline " + pipeline;
  }
}
