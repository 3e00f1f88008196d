package dev.millrace.engine.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.command.CommandRunner;
import dev.millrace.engine.testing.RealRedis;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Damaged payloads under correct checksums, in checked memory: each is refused, or makes a value
 * that every command can work with, that can be dumped, and whose dump can be restored. For a long
 * run {@code -Dmillrace.fuzz=10000000}, with other damage by {@code -Dmillrace.fuzz.seed=N}.
 */
class RestoreFuzzTest {
  private static final long CYCLES = Long.getLong("millrace.fuzz", 20_000);
  private static final long SEED = Long.getLong("millrace.fuzz.seed", 1717);

  /** After so many cycles everything is deleted, and no memory may be left. */
  private static final int ROUND = 2_000;

  /** Payloads beyond this size are tried less often: the same damage takes longer in them. */
  private static final int LARGE = 1_000;

  private static final int LARGE_SELDOM = 8;

  private static final int FREE_BYTES = 256 << 10;

  /** An LZF string is up to 88 times its bytes, and what is made of it larger again. */
  private static final int BYTES_PER_BYTE = 4096;

  private static final int STREAM = 19;
  private static final byte STREAM_OF_LATER_VERSIONS = 21;

  private static final Map<String, List<String>> USES =
      Map.of(
          "string",
          List.of("GET k", "APPEND k more", "SETRANGE k 3 xyz", "INCR k", "PFADD k a", "PFCOUNT k"),
          "list",
          List.of(
              "LRANGE k 0 -1",
              "LPUSH k x",
              "RPUSH k 12",
              "RPOP k",
              "LPOP k 2",
              "LINDEX k -1",
              "LREM k 0 x",
              "LINSERT k BEFORE 1 y",
              "LSET k 0 longer-than-before",
              "LPOS k 1",
              "LTRIM k 1 -2",
              "LMOVE k k LEFT RIGHT"),
          "hash",
          List.of(
              "HGETALL k",
              "HSET k f v",
              "HSET k f1 a-value-of-more-than-sixty-four-bytes-that-makes-the-hash-a-large-one-at-once",
              "HDEL k f1",
              "HINCRBY k n 5",
              "HRANDFIELD k 5",
              "HSCAN k 0",
              "HGET k 1"),
          "set",
          List.of(
              "SMEMBERS k",
              "SADD k 5",
              "SADD k x",
              "SREM k 1",
              "SPOP k",
              "SRANDMEMBER k 5",
              "SISMEMBER k 2",
              "SADD k 9223372036854775807"),
          "zset",
          List.of(
              "ZRANGE k 0 -1 WITHSCORES",
              "ZADD k 1 x",
              "ZADD k 1.5 a-member-of-more-than-sixty-four-bytes-that-makes-the-sorted-set-a-large-one",
              "ZREM k a",
              "ZRANK k b",
              "ZPOPMIN k",
              "ZPOPMAX k",
              "ZRANGEBYSCORE k -inf +inf",
              "ZRANGEBYLEX k - +",
              "ZINCRBY k 2 c",
              "ZREMRANGEBYRANK k 0 1"),
          "stream",
          List.of(
              "XRANGE k - +",
              "XREVRANGE k + - COUNT 3",
              "XADD k * a b",
              "XADD k MAXLEN 2 * c d",
              "XTRIM k MAXLEN = 3",
              "XDEL k 1-1",
              "XINFO STREAM k FULL",
              "XLEN k",
              "XREADGROUP GROUP g c STREAMS k >",
              "XPENDING k g",
              "XGROUP CREATE k g2 $",
              "XAUTOCLAIM k g c 0 0",
              "XGROUP DESTROY k g"));

  private final SplittableRandom random = new SplittableRandom(SEED);

  @Test
  @Timeout(unit = java.util.concurrent.TimeUnit.HOURS, value = 12)
  void shouldSurviveDamagedPayloadsOfEveryTypeUnderCorrectChecksums() {
    List<byte[]> corpus = corpus();
    List<byte[]> payloads = new ArrayList<>();
    try (CommandRunner runner = new CommandRunner(SEED)) {
      for (byte[] body : corpus) {
        if (runner
            .wire("RESTORE", "k", "0", OldPayloads.sum(body, 9), "REPLACE")
            .equals("+OK\r\n")) {
          payloads.add(body);
        } else {
          System.out.println("not restored: " + HexFormat.of().formatHex(body));
        }
      }
      System.out.printf(
          "fuzzing RESTORE: %,d cycles of seed %d over %d of %d payloads%n",
          CYCLES, SEED, payloads.size(), corpus.size());
      long restored = 0;
      for (long cycle = 0; cycle < CYCLES; cycle++) {
        if (cycle % ROUND == 0) {
          empty(runner);
        }
        byte[] body = payloads.get(random.nextInt(payloads.size()));
        if (body.length > LARGE && random.nextInt(LARGE_SELDOM) != 0) {
          body = payloads.get(random.nextInt(payloads.size()));
        }
        byte[] damaged = OldPayloads.sum(Damage.some(random, body), 1 + random.nextInt(12));
        try {
          restored += once(runner, damaged) ? 1 : 0;
        } catch (RuntimeException | AssertionError e) {
          throw new AssertionError(
              "cycle %d of seed %d: %s".formatted(cycle, SEED, HexFormat.of().formatHex(damaged)),
              e);
        }
        if (CYCLES > 1_000_000 && cycle % 500_000 == 499_999) {
          System.out.printf("%,d cycles, %,d restored%n", cycle + 1, restored);
        }
      }
      assertThat(restored).as("some damage hits contents only").isBetween(CYCLES / 50, CYCLES);
      empty(runner);
    }
  }

  private boolean once(CommandRunner runner, byte[] payload) {
    long before = runner.keyspace().usedBytes();
    runner.wire("DEL", "k");
    String reply = runner.wire("RESTORE", "k", "0", payload);
    if (!reply.equals("+OK\r\n")) {
      assertThat(reply).isEqualTo("-ERR Bad data format\r\n");
      assertThat(runner.wire("EXISTS", "k")).isEqualTo(":0\r\n");
      return false;
    }
    assertThat(runner.keyspace().usedBytes() - before)
        .isLessThan(FREE_BYTES + (long) BYTES_PER_BYTE * payload.length);
    String type = runner.wire("TYPE", "k").substring(1).trim();
    if (random.nextInt(4) == 0) {
      dumpAndRestore(runner);
    }
    List<String> uses = USES.getOrDefault(type, List.of("TYPE k"));
    for (int i = random.nextInt(6); i > 0; i--) {
      runner.wire((Object[]) uses.get(random.nextInt(uses.size())).split(" "));
    }
    runner.wire("OBJECT", "ENCODING", "k");
    runner.wire("MEMORY", "USAGE", "k");
    if (random.nextInt(4) == 0 && runner.wire("EXISTS", "k").equals(":1\r\n")) {
      dumpAndRestore(runner);
      runner.wire("COPY", "k", "copy", "REPLACE");
    }
    return true;
  }

  private static void dumpAndRestore(CommandRunner runner) {
    String bulk = runner.wire("DUMP", "k");
    byte[] own =
        bulk.substring(bulk.indexOf('\n') + 1, bulk.length() - 2)
            .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    assertThat(runner.wire("RESTORE", "again", "0", own, "REPLACE"))
        .as("our own dump %s", HexFormat.of().formatHex(own))
        .isEqualTo("+OK\r\n");
  }

  private static void empty(CommandRunner runner) {
    runner.wire("FLUSHALL");
    // The runner notes every effect, and a long run would fill the heap with them.
    var _ = runner.takeStreamArguments();
    while (runner.keyspace().lazyFreeSlice(1_000_000)) {
      // until nothing waits
    }
    assertThat(runner.keyspace().usedBytes()).as("memory is lost").isLessThan(64 << 10);
  }

  /** Payloads of every type and encoding that a server can meet, without their footers. */
  private static List<byte[]> corpus() {
    List<byte[]> corpus = new ArrayList<>(OldPayloads.all());
    try (RealRedis redis = RealRedis.start("--list-max-listpack-size", "5")) {
      for (String command : OldPayloads.COMMANDS) {
        redis.client().text((Object[]) command.split(" "));
      }
      for (int i = 0; i < 300; i++) {
        redis.client().text("SADD", "big-intset", i * 1000);
        redis.client().text("SADD", "big-set", "member" + i);
        redis.client().text("HSET", "big-hash", "field" + i, "value");
        redis.client().text("ZADD", "big-zset", i / 7.0, "member" + i);
        redis.client().text("XADD", "big-stream", i + 1 + "-1", "field", "value" + i);
        redis.client().text("RPUSH", "big-list", "element" + i);
      }
      List<?> keys = (List<?>) java.util.Objects.requireNonNull(redis.client().call("KEYS", "*"));
      for (Object key : keys) {
        byte[] dump = (byte[]) java.util.Objects.requireNonNull(redis.client().call("DUMP", key));
        byte[] body = Arrays.copyOf(dump, dump.length - 10);
        corpus.add(body);
        if (body[0] == STREAM) {
          // Without groups a stream of later versions has the same bytes.
          byte[] later = body.clone();
          later[0] = STREAM_OF_LATER_VERSIONS;
          corpus.add(later);
        }
      }
    }
    return corpus;
  }
}
