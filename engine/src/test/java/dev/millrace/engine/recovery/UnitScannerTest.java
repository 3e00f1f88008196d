package dev.millrace.engine.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class UnitScannerTest {
  private final UnitScanner scanner = new UnitScanner();

  private long end(String text) {
    return scanner.wholeUnitsEnd(MemorySegment.ofArray(text.getBytes(StandardCharsets.ISO_8859_1)));
  }

  private static String command(String... arguments) {
    StringBuilder text = new StringBuilder("*" + arguments.length + "\r\n");
    for (String argument : arguments) {
      text.append('$').append(argument.length()).append("\r\n").append(argument).append("\r\n");
    }
    return text.toString();
  }

  @Test
  void shouldEndAtTheLastWholeUnitWhereverTheStreamIsCut() {
    long seed = 20261123;
    SplittableRandom random = new SplittableRandom(seed);
    StringBuilder stream = new StringBuilder();
    List<Integer> unitEnds = new ArrayList<>(List.of(0));
    for (int i = 0; i < 60; i++) {
      if (random.nextInt(4) == 0) {
        stream.append(command("MULTI"));
        for (int j = random.nextInt(4); j >= 0; j--) {
          stream.append(command("SET", "k" + j, "EXEC\r\n$MULTI*1".repeat(random.nextInt(3))));
        }
        stream.append(command(random.nextBoolean() ? "EXEC" : "exec"));
      } else {
        stream.append(command("SET", "multi", "x".repeat(random.nextInt(40))));
      }
      unitEnds.add(stream.length());
    }
    String whole = stream.toString();
    int unit = 0;
    for (int cut = 0; cut <= whole.length(); cut++) {
      if (unit + 1 < unitEnds.size() && unitEnds.get(unit + 1) <= cut) {
        unit++;
      }
      assertThat(end(whole.substring(0, cut)))
          .as("cut at %d, seed %d", cut, seed)
          .isEqualTo(unitEnds.get(unit).longValue());
    }
  }

  @Test
  void shouldStopWhereSomethingIsNoCommand() {
    String good = command("INCR", "n");
    for (String bad :
        List.of(
            "\0\0\0\0",
            "PING\r\n",
            "*0\r\n",
            "*-1\r\n",
            "*1\r\n$-1\r\n",
            "*1\r\n$4\nPING\r\n",
            "*1\r\n$4\r\nPINGxx",
            "*1\r\n$99999999999999999999\r\n",
            "*99999999999\r\n")) {
      assertThat(end(good + bad + good)).as(bad).isEqualTo(good.length());
    }
  }
}
