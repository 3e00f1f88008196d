package dev.millrace.tools.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ScreenTest {
  private final StringWriter out = new StringWriter();

  private Screen screen(boolean terminal) {
    return new Screen(new PrintWriter(out), terminal);
  }

  @Test
  void shouldPrintALineEveryFifthOfTheWayWhereThereIsNoTerminal() {
    Screen screen = screen(false);
    for (int i = 1; i <= 1000; i++) {
      screen.progress(i, 1000, "at " + i);
    }
    screen.progressDone();
    screen.say("done");
    assertThat(out.toString().lines())
        .hasSize(6)
        .contains("   [######........................]  20 %  at 200", "done")
        .endsWith("   [##############################] 100 %  at 1000", "done");
    assertThat(out.toString()).doesNotContain("\r");
  }

  @Test
  void shouldDrawTheBarAgainInItsPlaceOnATerminal() {
    Screen screen = screen(true);
    screen.progress(1, 2, "a longer text");
    screen.progress(1001, 2000, "not a percent further");
    screen.progress(2, 2, "short");
    screen.progressDone();
    screen.say("done");
    assertThat(out.toString())
        .isEqualTo(
            "\r   [###############...............]  50 %  a longer text"
                + "\r   [##############################] 100 %  short        "
                + System.lineSeparator()
                + "done"
                + System.lineSeparator());
  }
}
