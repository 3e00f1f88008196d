package dev.millrace.engine.command;

import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random commands of lists answered by Millrace's handlers and a real Redis, replies compared. */
class ListsBesideRedisTest {
  private static final int COMMANDS = Integer.getInteger("millrace.differential", 4_000);
  private static final int CLIENTS = 2;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void shouldReplyAsRedisDoes(long seed) {
    try (SideBySide both = new SideBySide("seed " + seed, seed, CLIENTS)) {
      new ListMix(both, new SplittableRandom(seed), CLIENTS).run(COMMANDS);
      both.sameInAnyOrder(0, "KEYS", "*");
      for (String key : ListMix.KEYS) {
        both.same(0, "TYPE", key);
        both.same(0, "LRANGE", key, "0", "-1");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void shouldSortAsRedisDoes(long seed) {
    try (SideBySide both = new SideBySide("seed " + seed, seed, CLIENTS)) {
      new SortMix(both, new SplittableRandom(seed)).run(COMMANDS / 2);
    }
  }
}
