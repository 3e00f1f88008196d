package dev.millrace.engine.command;

import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random commands answered by Millrace's handlers and by a real Redis, replies compared. */
class CommandsBesideRedisTest {
  private static final int COMMANDS = 2_500;
  private static final int CLIENTS = 4;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void shouldReplyAsRedisDoes(long seed) {
    try (SideBySide both = new SideBySide("seed " + seed, seed, CLIENTS)) {
      new CommandMix(both, new SplittableRandom(seed), CLIENTS).run(COMMANDS);
      compareDatasets(both);
    }
  }

  private static void compareDatasets(SideBySide both) {
    for (int database = 0; database < CommandMix.DATABASES; database++) {
      both.select(0, database);
      both.sameInAnyOrder(0, "KEYS", "*");
      both.sameInAnyOrder(0, "SCAN", "0", "COUNT", "100000");
      both.same(0, "DBSIZE");
      for (String key : CommandMix.KEYS) {
        both.same(0, "TYPE", key);
        both.same(0, "GET", key);
        both.same(0, "OBJECT", "ENCODING", key);
        both.sameButForTime(0, "PEXPIRETIME", key);
      }
    }
  }
}
