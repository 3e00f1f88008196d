package dev.millrace.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.testing.RealRedis;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random commands on bits answered by Millrace and by a real Redis: replies, bytes, effects. */
class BitmapBesideRedisTest {
  private static final int COMMANDS = Integer.getInteger("millrace.differential", 3_000);
  private static final int CLIENTS = 2;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void shouldReplyAndPropagateAsRedisDoes(long seed) throws IOException {
    RealRedis redis = RealRedis.start("--appendonly", "yes", "--auto-aof-rewrite-percentage", "0");
    try (SideBySide both = new SideBySide(redis, "seed " + seed, seed, CLIENTS)) {
      BitmapMix mix = new BitmapMix(both, new SplittableRandom(seed), CLIENTS);
      mix.run(COMMANDS);
      mix.compareDatasets();
      List<List<String>> ours = both.runner().takeStreamArguments();
      List<List<String>> theirs = StreamBesideRedisTest.appendOnlyFile(redis);
      for (int i = 0; i < Math.min(ours.size(), theirs.size()); i++) {
        assertThat(StreamBesideRedisTest.isSame(ours.get(i), theirs.get(i)))
            .as("seed %d, effect %d: %s beside %s", seed, i, ours.get(i), theirs.get(i))
            .isTrue();
      }
      assertThat(ours).as("seed " + seed).hasSameSizeAs(theirs);
    }
  }
}
