package dev.millrace.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.config.EncodingSettings;
import dev.millrace.engine.keyspace.ExpiryMode;
import dev.millrace.engine.testing.RealRedis;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random commands on streams answered by Millrace and by a real Redis: replies, data, effects. */
class StreamsBesideRedisTest {
  private static final int COMMANDS = Integer.getInteger("millrace.differential", 4_000);
  private static final int CLIENTS = 2;
  private static final String WRAPPED = "entries-read\r\n:-";

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void shouldReplyAsRedisDoes(long seed) throws IOException {
    int entries = 2 + (int) (seed % 7);
    int bytes = seed % 3 == 0 ? 300 : 4096;
    RealRedis redis =
        RealRedis.start(
            "--stream-node-max-entries",
            Integer.toString(entries),
            "--stream-node-max-bytes",
            Integer.toString(bytes),
            "--appendonly",
            "yes",
            "--auto-aof-rewrite-percentage",
            "0");
    try (SideBySide both = new SideBySide(redis, "seed " + seed, seed, CLIENTS)) {
      both.runner().config().encodings.streamNodeMaxEntries.value(entries);
      both.runner().config().encodings.streamNodeMaxBytes.value(bytes);
      StreamMix mix = new StreamMix(both, new SplittableRandom(seed), CLIENTS);
      mix.run(COMMANDS);
      mix.compareDatasets();
      List<List<String>> effects = both.runner().takeStreamArguments();
      compareEffects(seed, claimsAlone(effects), redis);
      compareReplica(seed, both.runner(), effects);
    }
  }

  /**
   * What a replica makes of the effects is what the master has, but for what reading again does
   * (when and how often an entry was delivered), which Redis does not propagate.
   */
  private static void compareReplica(long seed, CommandRunner master, List<List<String>> effects) {
    try (CommandRunner replica = new CommandRunner(seed)) {
      EncodingSettings ofMaster = master.config().encodings;
      EncodingSettings ofReplica = replica.config().encodings;
      ofReplica.streamNodeMaxEntries.value(ofMaster.streamNodeMaxEntries.value());
      ofReplica.streamNodeMaxBytes.value(ofMaster.streamNodeMaxBytes.value());
      replica.keyspace().expiryMode(ExpiryMode.IGNORE);
      replica.setMillis(master.nowMillis());
      for (List<String> effect : effects) {
        if (!effect.get(1).matches("MULTI|EXEC")) {
          String reply = replica.wire(effect.subList(1, effect.size()).toArray());
          assertThat(reply).as("seed %d: %s", seed, effect).doesNotStartWith("-");
        }
      }
      for (String key : StreamMix.KEYS) {
        String wanted = contents(master, key);
        String kept = contents(replica, key);
        if (wanted.contains(WRAPPED)) {
          wanted = withoutCounts(wanted);
          kept = withoutCounts(kept);
        }
        assertThat(kept).as("seed " + seed).isEqualTo(wanted);
      }
    }
  }

  private static String contents(CommandRunner runner, String key) {
    String info = runner.wire("XINFO", "STREAM", key, "FULL", "COUNT", "0");
    return StreamMix.withoutMoments()
        .apply(info)
        .replaceAll(":[T0-9]+\r\n:\\d+\r\n", ":T\r\n:N\r\n");
  }

  /**
   * What groups have read and have still to read: a count that has wrapped is not told to replicas.
   */
  private static String withoutCounts(String info) {
    return info.replaceAll("(entries-read\r\n)\\S+(\r\n\\$3\r\nlag\r\n)\\S+", "$1?$2?");
  }

  private static void compareEffects(long seed, List<List<String>> ours, RealRedis redis)
      throws IOException {
    List<List<String>> theirs = claimsAlone(StreamBesideRedisTest.appendOnlyFile(redis));
    for (int i = 0; i < Math.min(ours.size(), theirs.size()); i++) {
      assertThat(StreamBesideRedisTest.isSame(ours.get(i), theirs.get(i)))
          .as(
              "seed %d, effect %d: %s beside %s, after %s",
              seed, i, ours.get(i), theirs.get(i), ours.subList(Math.max(0, i - 3), i))
          .isTrue();
    }
    assertThat(ours).as("seed " + seed).hasSameSizeAs(theirs);
  }

  /**
   * Without what Millrace adds to the effects of reading in a group, where Redis 7.0 leaves its
   * replicas behind: the count of entries read, and consumers that got nothing.
   */
  private static List<List<String>> claimsAlone(List<List<String>> effects) {
    return effects.stream()
        .filter(effect -> !effect.get(1).matches("(?i)MULTI|EXEC"))
        .filter(effect ->
            !(effect.get(1).equalsIgnoreCase("XGROUP")
                && effect.get(2).matches("(?i)SETID|CREATECONSUMER")))
        .toList();
  }
}
