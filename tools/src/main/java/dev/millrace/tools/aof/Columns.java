package dev.millrace.tools.aof;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows of text set in columns: numbers to the right, words to the left. */
final class Columns {
  private final boolean[] toTheRight;
  private final List<String[]> rows = new ArrayList<>();

  /**
   * Begins with the headings.
   *
   * @param headings one for each column; those that begin with {@code >} are set to the right
   */
  Columns(String... headings) {
    toTheRight = new boolean[headings.length];
    String[] row = new String[headings.length];
    for (int i = 0; i < headings.length; i++) {
      toTheRight[i] = headings[i].startsWith(">");
      row[i] = toTheRight[i] ? headings[i].substring(1) : headings[i];
    }
    rows.add(row);
  }

  void add(Object... cells) {
    rows.add(Arrays.stream(cells).map(String::valueOf).toArray(String[]::new));
  }

  void print(PrintWriter out) {
    int[] widths = new int[toTheRight.length];
    for (String[] row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row[i].length());
      }
    }
    for (String[] row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String gap = " ".repeat(widths[i] - row[i].length());
        line.append("  ");
        line.append(toTheRight[i] ? gap + row[i] : row[i] + gap);
      }
      out.println(line.toString().stripTrailing());
    }
  }
}
