package dev.millrace.bench.replication;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Figures by contender, as Markdown: a row for each figure, a column for each contender.
 *
 * <p>Owned by: the thread of the run.
 */
final class Table {
  private static final double MEGABYTE = 1e6;

  private final List<String> contenders = new ArrayList<>();
  private final Map<String, List<String>> rows = new LinkedHashMap<>();

  /** Begins the column of the next contender. */
  void contender(String title) {
    contenders.add(title);
  }

  /** A figure of the contender begun last. */
  void put(String figure, String value) {
    List<String> row = rows.computeIfAbsent(figure, name -> new ArrayList<>());
    while (row.size() < contenders.size() - 1) {
      row.add("");
    }
    row.add(value);
  }

  void count(String figure, long value) {
    put(figure, String.format(Locale.ROOT, "%,d", value));
  }

  void megabytes(String figure, long bytes) {
    put(figure, String.format(Locale.ROOT, "%,.1f", bytes / MEGABYTE));
  }

  void decimal(String figure, double value) {
    put(figure, String.format(Locale.ROOT, "%,.2f", value));
  }

  /** A time that may have been longer than was waited. */
  void seconds(String figure, OptionalLong nanos) {
    if (nanos.isPresent()) {
      put(figure, String.format(Locale.ROOT, "%,.2f", nanos.getAsLong() / 1e9));
    } else {
      put(figure, "never");
    }
  }

  /** The table, with a head of its own. */
  String markdown(String head) {
    StringBuilder text = new StringBuilder(head).append("\n\n| |");
    contenders.forEach(title -> text.append(' ').append(title).append(" |"));
    text.append("\n|---|").append("---:|".repeat(contenders.size())).append('\n');
    rows.forEach((figure, values) -> {
      text.append("| ").append(figure).append(" |");
      values.forEach(value -> text.append(' ').append(value).append(" |"));
      text.append(" |".repeat(contenders.size() - values.size())).append('\n');
    });
    return text.toString();
  }
}
