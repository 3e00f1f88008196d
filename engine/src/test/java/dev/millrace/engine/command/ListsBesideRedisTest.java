package dev.millrace.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.testing.RealRedis;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void shouldPropagateWhatRedisPropagates(long seed) throws IOException {
    RealRedis redis = RealRedis.start("--appendonly", "yes", "--auto-aof-rewrite-percentage", "0");
    try (SideBySide both = new SideBySide(redis, "seed " + seed, seed, CLIENTS)) {
      new ListMix(both, new SplittableRandom(seed), CLIENTS).run(COMMANDS / 2);
      new SortMix(both, new SplittableRandom(seed)).run(COMMANDS / 8);
      // Words that commands are named by may differ in case.
      List<List<String>> ours = lower(both.runner().takeStreamArguments());
      List<List<String>> theirs = lower(StreamBesideRedisTest.appendOnlyFile(redis));
      for (int i = 0; i < Math.min(ours.size(), theirs.size()); i++) {
        int from = Math.max(0, i - 3);
        assertThat(ours.get(i))
            .as("seed %d, effect %d, after %s", seed, i, ours.subList(from, i))
            .isEqualTo(theirs.get(i));
      }
      assertThat(ours).hasSameSizeAs(theirs);
    }
  }

  private static List<List<String>> lower(List<List<String>> commands) {
    return commands.stream()
        .filter(command -> !command.get(1).equalsIgnoreCase("LPUSH"))
        .map(command -> {
          List<String> lower = new ArrayList<>(command);
          lower.set(1, lower.get(1).toLowerCase(Locale.ROOT));
          return lower;
        })
        .toList();
  }
}
