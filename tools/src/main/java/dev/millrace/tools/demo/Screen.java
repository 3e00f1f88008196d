package dev.millrace.tools.demo;

import java.io.PrintWriter;
import java.util.Locale;

/**
 * Plain lines, and one progress bar at a time: drawn again in its place on a terminal, a line every
 * fifth of the way elsewhere. Owned by: one thread.
 */
final class Screen {
  private static final int BAR_CELLS = 30;
  private static final int LINES_PER_BAR = 5;

  private final PrintWriter out;
  private final boolean terminal;
  private String drawn = "";
  private int linesDone;

  Screen(PrintWriter out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  void say(String line) {
    erase();
    out.println(line);
    out.flush();
  }

  /**
   * Shows how far something came.
   *
   * @param done in the same unit as {@code whole}
   * @param text said behind the bar
   */
  void progress(long done, long whole, String text) {
    double share = whole <= 0 ? 1 : Math.clamp((double) done / whole, 0, 1);
    int cells = (int) (share * BAR_CELLS);
    String bar =
        String.format(
            Locale.ROOT,
            "   [%s%s] %3d %%  %s",
            "#".repeat(cells),
            ".".repeat(BAR_CELLS - cells),
            (int) (share * 100),
            text);
    if (terminal) {
      // Spaces over what was longer before, so that no terminal's own codes are needed.
      out.print('\r' + bar + " ".repeat(Math.max(0, drawn.length() - bar.length())));
      drawn = bar;
    } else if ((int) (share * LINES_PER_BAR) > linesDone) {
      linesDone = (int) (share * LINES_PER_BAR);
      out.println(bar);
    }
    out.flush();
  }

  /** Ends the bar with its last state left standing. */
  void progressDone() {
    if (!drawn.isEmpty()) {
      out.println();
    }
    drawn = "";
    linesDone = 0;
  }

  private void erase() {
    if (!drawn.isEmpty()) {
      out.print('\r' + " ".repeat(drawn.length()) + '\r');
      drawn = "";
    }
    linesDone = 0;
  }
}
