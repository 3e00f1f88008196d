package dev.millrace.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.testing.RealRedis;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Random PF commands answered by Millrace and by a real Redis: replies, bytes kept, effects. */
class HyperLogLogBesideRedisTest {
  private static final int COMMANDS = Integer.getInteger("millrace.differential", 1_500);
  private static final int CLIENTS = 2;

  @ParameterizedTest
  @CsvSource({"1, 3000", "2, 300", "3, 40", "4, 0"})
  void shouldReplyKeepAndPropagateAsRedisDoes(long seed, int sparseBytesMax) throws IOException {
    RealRedis redis =
        RealRedis.start(
            "--appendonly",
            "yes",
            "--auto-aof-rewrite-percentage",
            "0",
            "--hll-sparse-max-bytes",
            Integer.toString(sparseBytesMax));
    try (SideBySide both = new SideBySide(redis, "seed " + seed, seed, CLIENTS)) {
      both.runner().sparseBytesMax(sparseBytesMax);
      new HyperLogLogMix(both, new SplittableRandom(seed), CLIENTS).run(COMMANDS);
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

  @Test
  void shouldPassItsOwnTest() {
    try (CommandRunner runner = new CommandRunner(1)) {
      assertThat(runner.wire("PFSELFTEST")).isEqualTo("+OK\r\n");
    }
  }

  @Test
  void shouldDumpWhatRedisDumps() {
    RealRedis redis = RealRedis.start("--rdbcompression", "no");
    try (SideBySide both = new SideBySide(redis, "dump", 1, 1)) {
      for (int i = 0; i < 3_000; i++) {
        both.same(0, "PFADD", "hll", "element:" + i);
        if (i % 500 == 7) {
          both.same(0, "PFCOUNT", "hll");
          String their = both.theirReply(0, "DUMP", "hll");
          String our = both.ourReply(0, "DUMP", "hll");
          both.ourReply(0, "DEL", "copy");
          assertThat(both.ourReply(0, "RESTORE", "copy", "0", bulk(their))).isEqualTo("+OK\r\n");
          assertThat(both.theirReply(0, "RESTORE", "copy", "0", bulk(our), "REPLACE"))
              .isEqualTo("+OK\r\n");
          both.same(0, "PFCOUNT", "copy");
          both.same(0, "GET", "copy");
        }
      }
    }
  }

  private static byte[] bulk(String reply) {
    return reply
        .substring(reply.indexOf("\r\n") + 2, reply.length() - 2)
        .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
  }
}
