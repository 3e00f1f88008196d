package dev.millrace.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.config.ConfigException;
import dev.millrace.engine.testing.RealRedis;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random commands on sorted sets answered by Millrace's handlers and by a real Redis, replies
 * compared; with bounds so low that sets become large, and with the usual ones. {@code
 * -Dmillrace.differential=N} runs that many commands per seed.
 */
class SortedSetsBesideRedisTest {
  private static final int COMMANDS = Integer.getInteger("millrace.differential", 3_000);
  private static final int PROPAGATED = 500;
  private static final int CLIENTS = 2;

  @ParameterizedTest
  @CsvSource({"1,8,64", "2,128,64", "3,0,64", "4,16,4", "5,128,64", "6,5,3"})
  void shouldReplyAsRedisDoes(long seed, int entries, int value) throws ConfigException {
    RealRedis redis =
        RealRedis.start(
            "--zset-max-listpack-entries", Integer.toString(entries),
            "--zset-max-listpack-value", Integer.toString(value));
    try (SideBySide both = new SideBySide(redis, "seed " + seed, seed, CLIENTS)) {
      both.runner()
          .config()
          .set(
              List.of(
                  "zset-max-listpack-entries", Integer.toString(entries),
                  "zset-max-listpack-value", Integer.toString(value)),
              true);
      SplittableRandom random = new SplittableRandom(seed);
      SortedSetMix mix = new SortedSetMix(both, new RandomCommands(random, "z1"));
      mix.prepare(0);
      for (int i = 0; i < COMMANDS; i++) {
        mix.one(random.nextInt(CLIENTS));
      }
      mix.compare(0);
    }
  }

  @Test
  void rangesShouldKeepTheSignOfZeroWhereRedisDoes() {
    try (SideBySide both = new SideBySide("signs of zero", 1, 1)) {
      both.theirReply(0, "CONFIG", "SET", "zset-max-listpack-entries", "3");
      both.runner().config().encodings.zsetMaxListpackEntries.value(3);
      for (int i = 0; i < 9; i++) {
        both.same(0, "ZADD", "z", i % 3 == 0 ? "0" : "-0", "m" + i);
      }
      both.same(0, "ZADD", "z", 7, "x".repeat(65)); // longer than zset-max-listpack-value
      both.same(0, "ZRANGE", "z", "0", "-1", "WITHSCORES");
      for (Object[] range :
          new Object[][] {{0, -1}, {3, -1}, {3, 5}, {7, 9}, {"-inf", "inf", "BYSCORE"}}) {
        List<Object> command = new ArrayList<>(List.of("ZRANGESTORE", "d", "z"));
        command.addAll(List.of(range));
        both.same(0, command.toArray());
        both.same(0, "ZRANGE", "d", "0", "-1", "WITHSCORES");
        both.same(0, "ZUNIONSTORE", "d", "2", "d", "z", "AGGREGATE", "MIN");
        both.same(0, "ZRANGE", "d", "0", "-1", "WITHSCORES");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void placesOfOneDistanceShouldComeInTheSameOrder(long seed) {
    try (SideBySide both = new SideBySide("seed " + seed, seed, 1)) {
      SplittableRandom random = new SplittableRandom(seed);
      for (int size = 1; size < 120; size++) {
        both.same(0, "DEL", "town");
        int longitudes = random.nextInt(1, 12);
        for (int i = 0; i < size; i++) {
          both.same(0, "GEOADD", "town", random.nextInt(longitudes), "0", "place" + i);
        }
        for (String order : List.of("ASC", "DESC")) {
          Object count = random.nextInt(1, size + 1);
          both.same(0, "GEORADIUS_RO", "town", 3, 0, 9000, "km", "COUNT", count, order);
          both.same(0, "GEORADIUS_RO", "town", 3, 0, 9000, "km", order);
        }
        both.same(0, "GEORADIUS_RO", "town", 3, 0, 9000, "km", "COUNT", random.nextInt(1, 9));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void shouldFindPlacesAsRedisDoes(long seed) {
    try (SideBySide both = new SideBySide("geo, seed " + seed, seed, CLIENTS)) {
      SplittableRandom random = new SplittableRandom(seed);
      GeoMix mix = new GeoMix(both, new RandomCommands(random, "town"));
      mix.prepare(0);
      for (int i = 0; i < COMMANDS; i++) {
        mix.one(random.nextInt(CLIENTS));
      }
      mix.compare(0);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void shouldPropagateWhatRedisPropagates(long seed) throws IOException {
    RealRedis redis = RealRedis.start("--appendonly", "yes", "--auto-aof-rewrite-percentage", "0");
    try (SideBySide both = new SideBySide(redis, "seed " + seed, seed, CLIENTS)) {
      SplittableRandom random = new SplittableRandom(seed);
      RandomCommands make = new RandomCommands(random, "z1");
      SortedSetMix members = new SortedSetMix(both, make);
      GeoMix places = new GeoMix(both, make);
      members.prepare(0);
      places.prepare(0);
      for (int i = 0; i < PROPAGATED; i++) {
        members.one(random.nextInt(CLIENTS));
        places.one(random.nextInt(CLIENTS));
      }
      List<List<String>> ours = both.runner().takeStreamArguments();
      List<List<String>> theirs = StreamBesideRedisTest.appendOnlyFile(redis);
      for (int i = 0; i < Math.min(ours.size(), theirs.size()); i++) {
        assertThat(StreamBesideRedisTest.isSame(ours.get(i), theirs.get(i)))
            .as(
                "seed %d, effect %d: %s beside %s, after %s",
                seed, i, ours.get(i), theirs.get(i), ours.subList(Math.max(0, i - 3), i))
            .isTrue();
      }
      assertThat(ours).as("seed " + seed).hasSameSizeAs(theirs);
    }
  }
}
