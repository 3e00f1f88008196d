package dev.millrace.engine.admin;

import java.util.List;
import java.util.Locale;

/**
 * Draws the samples of an event, newest last: one column each, four rows high between its lowest
 * and its highest sample, and under each column its age.
 */
final class LatencyGraph {
  private static final int ROWS = 4;
  private static final int WIDTH = 80;

  private LatencyGraph() {}

  static String draw(String name, LatencyMonitor.Event event, long nowSeconds) {
    List<LatencyMonitor.Sample> all = event.samples();
    List<LatencyMonitor.Sample> shown = all.subList(Math.max(0, all.size() - WIDTH), all.size());
    long high = 0;
    long low = Long.MAX_VALUE;
    for (LatencyMonitor.Sample sample : shown) {
      high = Math.max(high, sample.millis());
      low = Math.min(low, sample.millis());
    }
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%s - high %d ms, low %d ms (all time high %d ms)\n",
            name,
            high,
            low,
            event.maxMillis()));
    text.append("-".repeat(WIDTH)).append('\n');
    long range = Math.max(1, high - low);
    for (int row = ROWS - 1; row >= 0; row--) {
      for (LatencyMonitor.Sample sample : shown) {
        text.append(mark(sample.millis() - low, range, row));
      }
      text.append('\n');
    }
    ages(text, shown, nowSeconds);
    return text.toString();
  }

  /** The top of a column is {@code #} when it is full, else {@code o} or {@code _}. */
  private static char mark(long height, long range, int row) {
    // Eight steps: each row has an upper and a lower half.
    long steps = height * ROWS * 2 / range;
    long inRow = steps - row * 2L;
    if (inRow > 2 || (inRow == 2 && row < ROWS - 1 && steps > row * 2L + 2)) {
      return '|';
    }
    if (inRow == 2) {
      return '#';
    }
    if (inRow == 1) {
      return 'o';
    }
    return inRow == 0 && row == 0 ? '_' : ' ';
  }

  private static void ages(StringBuilder text, List<LatencyMonitor.Sample> shown, long nowSeconds) {
    int longest = 0;
    String[] labels = new String[shown.size()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = age(Math.max(0, nowSeconds - shown.get(i).unixSeconds()));
      longest = Math.max(longest, labels[i].length());
    }
    text.append('\n');
    for (int row = 0; row < longest; row++) {
      for (String label : labels) {
        text.append(row < label.length() ? label.charAt(row) : ' ');
      }
      text.append('\n');
    }
  }

  private static String age(long seconds) {
    if (seconds < 60) {
      return seconds + "s";
    }
    if (seconds < 3600) {
      return seconds / 60 + "m";
    }
    return seconds < 86400 ? seconds / 3600 + "h" : seconds / 86400 + "d";
  }
}
