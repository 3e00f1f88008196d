package dev.millrace.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.testing.RealRedis;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random commands of hashes and sets by Millrace and by a real Redis: replies and effects. */
class CollectionsBesideRedisTest {
  private static final int COMMANDS = Integer.getInteger("millrace.differential", 2_500);
  private static final int CLIENTS = 2;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void shouldAnswerAndPropagateForHashesAsRedisDoes(long seed) throws IOException {
    RealRedis redis = RealRedis.start("--appendonly", "yes", "--auto-aof-rewrite-percentage", "0");
    try (SideBySide both = new SideBySide(redis, "seed " + seed, seed, CLIENTS)) {
      HashMix mix = new HashMix(both, new SplittableRandom(seed), CLIENTS);
      mix.run(COMMANDS);
      mix.compareDatasets();
      compareStreams(seed, both, redis);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void shouldAnswerAndPropagateForSetsAsRedisDoes(long seed) throws IOException {
    RealRedis redis = RealRedis.start("--appendonly", "yes", "--auto-aof-rewrite-percentage", "0");
    try (SideBySide both = new SideBySide(redis, "seed " + seed, seed, CLIENTS)) {
      SetMix mix = new SetMix(both, new SplittableRandom(seed), CLIENTS, false);
      mix.run(COMMANDS);
      mix.compareDatasets();
      compareStreams(seed, both, redis);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {3, 4, 5})
  void shouldAnswerForSetsAsRedisDoesWhenMembersAreDrawn(long seed) {
    try (SideBySide both = new SideBySide("seed " + seed, seed, CLIENTS)) {
      SetMix mix = new SetMix(both, new SplittableRandom(seed), CLIENTS, true);
      mix.run(COMMANDS);
      mix.compareDatasets();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HSET hash f1 other",
        "HSET hash f1 1",
        "HMSET hash f1 2",
        "HINCRBY hash f1 1",
        "HINCRBYFLOAT hash f1 1",
        "HSETNX hash f1 v",
        "HSETNX hash f9 v",
        "HDEL hash f1",
        "ZADD zset 7 m1",
        "ZADD zset 1 m1",
        "ZADD zset XX 8 m1",
        "ZINCRBY zset 1 m1",
        "ZADD zset 1 m9",
        "ZREM zset m1",
        "ZPOPMIN zset",
        "SADD set 1",
        "SADD set 9",
        "SREM set 1",
        "SMOVE set other 1",
        "SPOP set 0"
      })
  void aLoweredLimitShouldShowWhereItDoesInRedis(String command) {
    try (SideBySide both = new SideBySide("seed 1", 1, 1)) {
      for (int i = 1; i <= 5; i++) {
        both.same(0, "HSET", "hash", "f" + i, "1");
        both.same(0, "ZADD", "zset", "1", "m" + i);
        both.same(0, "SADD", "set", Integer.toString(i));
      }
      for (String limit :
          List.of(
              "hash-max-listpack-entries", "zset-max-listpack-entries", "set-max-intset-entries")) {
        both.theirReply(0, "CONFIG", "SET", limit, "2");
      }
      both.runner().config().encodings.hashMaxListpackEntries.value(2);
      both.runner().config().encodings.zsetMaxListpackEntries.value(2);
      both.runner().config().encodings.setMaxIntsetEntries.value(2);
      both.same(0, (Object[]) command.split(" "));
      for (String key : List.of("hash", "zset", "set")) {
        both.same(0, "OBJECT", "ENCODING", key);
      }
    }
  }

  private static void compareStreams(long seed, SideBySide both, RealRedis redis)
      throws IOException {
    List<List<String>> ours = both.runner().takeStreamArguments();
    List<List<String>> theirs = StreamBesideRedisTest.appendOnlyFile(redis);
    for (int i = 0; i < Math.min(ours.size(), theirs.size()); i++) {
      assertThat(StreamBesideRedisTest.isSame(ours.get(i), theirs.get(i)))
          .as("seed %d, effect %d: %s beside %s", seed, i, ours.get(i), theirs.get(i))
          .isTrue();
    }
    assertThat(ours).as("seed " + seed).hasSameSizeAs(theirs);
  }

  @Test
  void shouldPropagateWhatSpopTook() {
    try (CommandRunner runner = new CommandRunner(1)) {
      runner.wire("SADD", "k", "1", "2", "3", "4", "5");
      runner.takeStream();
      String one = SideBySide.bulks(runner.wire("SPOP", "k")).getFirst();
      assertThat(runner.takeStream()).containsExactly("0> SREM k " + one);
      List<String> two = SideBySide.bulks(runner.wire("SPOP", "k", "2"));
      assertThat(runner.takeStream())
          .containsExactly(
              "0> MULTI", "0> SREM k " + two.get(0), "0> SREM k " + two.get(1), "0> EXEC");
      String three = SideBySide.bulks(runner.wire("SPOP", "k", "1")).getFirst();
      assertThat(runner.takeStream()).containsExactly("0> SREM k " + three);
      runner.wire("SPOP", "k", "7");
      assertThat(runner.takeStream()).containsExactly("0> DEL k");
      assertThat(runner.wire("EXISTS", "k")).isEqualTo(":0\r\n");
    }
  }

  @Test
  void shouldShowEachFieldAndMemberOnceToScansInSmallSteps() {
    try (CommandRunner runner = new CommandRunner(1)) {
      for (int i = 0; i < 3000; i++) {
        runner.wire("HSET", "hash", "f" + i, "v" + i);
        runner.wire("SADD", "set", "m" + i);
      }
      for (String[] names : new String[][] {{"HSCAN", "hash"}, {"SSCAN", "set"}}) {
        List<String> seen = new java.util.ArrayList<>();
        String cursor = "0";
        int calls = 0;
        do {
          List<String> bulks =
              SideBySide.bulks(runner.wire(names[0], names[1], cursor, "COUNT", "20"));
          cursor = bulks.getFirst();
          assertThat(bulks.size()).as("elements of one call").isLessThan(100);
          seen.addAll(bulks.subList(1, bulks.size()));
          calls++;
        } while (!cursor.equals("0"));
        assertThat(seen).doesNotHaveDuplicates().hasSize(names[0].equals("HSCAN") ? 6000 : 3000);
        assertThat(calls).isGreaterThan(50);
      }
    }
  }
}
