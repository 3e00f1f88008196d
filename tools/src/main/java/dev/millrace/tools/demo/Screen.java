package dev.millrace.tools.demo;

import java.io.PrintWriter;
import java.util.Locale;

/**
 * Plain lines, and one progress bar at a time: drawn again in its place on a terminal with every
 * percent, a line every fifth of the way elsewhere. Owned by: one thread.
 */
final class Screen {
  private static final int BAR_CELLS = 30;
  private static final int LINES_PER_BAR = 5;

  private final PrintWriter out;
  private final boolean terminal;
  private String drawn = "";
  private int lastStep = -1;

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
    int percent = (int) (share * 100);
    int step = terminal ? percent : (int) (share * LINES_PER_BAR);
    if (step == lastStep) {
      return;
    }
    lastStep = step;
    int cells = (int) (share * BAR_CELLS);
    String bar =
        String.format(
            Locale.ROOT,
            "   [%s%s] %3d %%  %s",
            "#".repeat(cells),
            ".".repeat(BAR_CELLS - cells),
            percent,
            text);
    if (terminal) {
      // Spaces over what was longer before, so that no terminal's own codes are needed.
      out.print('\r' + bar + " ".repeat(Math.max(0, drawn.length() - bar.length())));
      drawn = bar;
    } else if (step > 0) {
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
    lastStep = -1;
  }

  private void erase() {
    if (!drawn.isEmpty()) {
      out.print('\r' + " ".repeat(drawn.length()) + '\r');
      drawn = "";
    }
    lastStep = -1;
  }
}
