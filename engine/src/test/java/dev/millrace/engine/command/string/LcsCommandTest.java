package dev.millrace.engine.command.string;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.command.CommandRunner;
import dev.millrace.engine.command.SideBySide;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LcsCommandTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void shouldFindWhatRedisFinds(long seed) {
    RandomGenerator random = new SplittableRandom(seed);
    try (SideBySide both = new SideBySide("seed " + seed, seed, 2)) {
      for (int i = 0; i < 300; i++) {
        int client = i & 1;
        both.same(client, "MSET", "a", text(random), "b", text(random));
        both.same(client, "LCS", "a", "b");
        both.same(client, "LCS", "a", "b", "LEN");
        both.same(client, "LCS", "a", "b", "IDX", "WITHMATCHLEN");
        both.same(client, "LCS", "b", "a", "IDX", "MINMATCHLEN", random.nextInt(6));
      }
    }
  }

  private static String text(RandomGenerator random) {
    int letters = 1 + random.nextInt(5);
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(80); i > 0; i--) {
      text.append((char) ('0' + random.nextInt(letters)));
    }
    return text.toString();
  }

  @Test
  void shouldRefuseATableRedisWouldHaveNoRoomFor() {
    try (CommandRunner runner = new CommandRunner(1)) {
      runner.valueBytesMax(4 * 101 * 11);
      runner.wire("MSET", "a", "x".repeat(100), "b", "x".repeat(10), "c", "x".repeat(11));
      assertThat(runner.wire("LCS", "a", "b", "LEN")).isEqualTo(":10\r\n");
      assertThat(runner.wire("LCS", "a", "c", "LEN"))
          .isEqualTo(
              "-ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len\r\n");
    }
  }
}
