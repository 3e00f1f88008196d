package dev.millrace.engine.command.bloom;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.command.CommandRunner;
import dev.millrace.engine.keyspace.ExpiryMode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Bloom filters: what they answer, how often they err, and that they survive being carried. */
class BloomCommandsTest {
  private static final String WRONG_TYPE =
      "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";

  private final CommandRunner runner = new CommandRunner(1);

  @AfterEach
  void close() {
    runner.close();
  }

  @Test
  void shouldForgetNothingAndErrNoMoreOftenThanAskedFor() {
    assertThat(runner.wire("BF.RESERVE", "f", "0.01", "500")).isEqualTo("+OK\r\n");
    for (int i = 0; i < 20_000; i++) {
      runner.wire("BF.ADD", "f", "in:" + i);
    }
    int errors = 0;
    for (int i = 0; i < 20_000; i++) {
      assertThat(runner.wire("BF.EXISTS", "f", "in:" + i)).isEqualTo(":1\r\n");
      errors += runner.wire("BF.EXISTS", "f", "out:" + i).equals(":1\r\n") ? 1 : 0;
    }
    assertThat(errors).isLessThan(200 * 3 / 2);
    assertThat(runner.wire("BF.INFO", "f", "FILTERS")).isEqualTo("*1\r\n:6\r\n");
    assertThat(number(runner.wire("BF.CARD", "f"))).isBetween(19_800L, 20_000L);
    assertThat(runner.wire("TYPE", "f")).isEqualTo("+MBbloom--\r\n");
    assertThat(runner.wire("OBJECT", "ENCODING", "f")).isEqualTo("$3\r\nraw\r\n");
  }

  @Test
  void shouldAnswerAsRedisBloomDoes() {
    assertThat(runner.wire("BF.ADD", "f", "a")).isEqualTo(":1\r\n");
    assertThat(runner.wire("BF.ADD", "f", "a")).isEqualTo(":0\r\n");
    assertThat(runner.wire("BF.MADD", "f", "a", "b")).isEqualTo("*2\r\n:0\r\n:1\r\n");
    assertThat(runner.wire("BF.MEXISTS", "f", "a", "c")).isEqualTo("*2\r\n:1\r\n:0\r\n");
    assertThat(runner.wire("BF.EXISTS", "none", "a")).isEqualTo(":0\r\n");
    assertThat(runner.wire("BF.CARD", "none")).isEqualTo(":0\r\n");
    assertThat(runner.wire("BF.INFO", "f"))
        .isEqualTo(
            "*10\r\n+Capacity\r\n:100\r\n+Size\r\n:240\r\n+Number of filters\r\n:1\r\n"
                + "+Number of items inserted\r\n:2\r\n+Expansion rate\r\n:2\r\n");
    assertThat(runner.wire("BF.DEBUG", "f"))
        .isEqualTo(
            "*2\r\n$6\r\nsize:2\r\n$73\r\n"
                + "bytes:144 bits:1152 hashes:8 hashwidth:64 capacity:100 size:2 ratio:0.005\r\n");
    assertThat(runner.wire("BF.RESERVE", "f", "0.1", "10")).isEqualTo("-ERR item exists\r\n");
    assertThat(runner.wire("BF.RESERVE", "g", "0", "10"))
        .isEqualTo("-ERR (0 < error rate range < 1)\r\n");
    assertThat(runner.wire("BF.RESERVE", "g", "x", "10")).isEqualTo("-ERR bad error rate\r\n");
    assertThat(runner.wire("BF.RESERVE", "g", "0.1", "x")).isEqualTo("-ERR bad capacity\r\n");
    assertThat(runner.wire("BF.RESERVE", "g", "0.1", "0"))
        .isEqualTo("-ERR (capacity should be larger than 0)\r\n");
    assertThat(runner.wire("BF.RESERVE", "g", "0.1", "9", "EXPANSION"))
        .isEqualTo("-ERR no expansion\r\n");
    assertThat(runner.wire("BF.RESERVE", "g", "0.1", "9", "NONSCALING", "EXPANSION", "2"))
        .isEqualTo("-ERR Nonscaling filters cannot expand\r\n");
    assertThat(runner.wire("BF.RESERVE", "g", "0.1", Long.toString(Long.MAX_VALUE)))
        .isEqualTo("-ERR could not create filter\r\n");
    assertThat(runner.wire("BF.INSERT", "g", "NOCREATE", "ITEMS", "a"))
        .isEqualTo("-ERR not found\r\n");
    assertThat(runner.wire("BF.INSERT", "g", "FOO", "ITEMS", "a"))
        .isEqualTo("-ERR Unknown argument received\r\n");
    assertThat(runner.wire("BF.INFO", "g")).isEqualTo("-ERR not found\r\n");
    runner.wire("SET", "s", "x");
    assertThat(runner.wire("BF.ADD", "s", "a")).isEqualTo(WRONG_TYPE);
    assertThat(runner.wire("BF.CARD", "s")).isEqualTo(WRONG_TYPE);
    assertThat(runner.wire("BF.EXISTS", "s", "a")).isEqualTo(":0\r\n");
    assertThat(runner.wire("GET", "f")).isEqualTo(WRONG_TYPE);
    assertThat(runner.client().protocol(3).wire("BF.ADD", "f", "a")).isEqualTo("#f\r\n");
  }

  @Test
  void shouldSayWhenAFilterThatDoesNotScaleIsFull() {
    runner.wire("BF.RESERVE", "f", "0.0001", "3", "NONSCALING");
    assertThat(runner.wire("BF.MADD", "f", "a", "b", "c", "d", "e"))
        .isEqualTo("*4\r\n:1\r\n:1\r\n:1\r\n-ERR non scaling filter is full\r\n");
    assertThat(runner.wire("BF.INFO", "f", "EXPANSION")).isEqualTo("*1\r\n$-1\r\n");
    assertThat(runner.wire("BF.ADD", "f", "a")).isEqualTo(":0\r\n");
  }

  @Test
  void shouldCarryAFilterInPiecesAndInADump() {
    fill("f", 5_000);
    // In pieces.
    String iterator = "0";
    while (true) {
      String reply = runner.wire("BF.SCANDUMP", "f", iterator);
      iterator = reply.substring(reply.indexOf(':') + 1, reply.indexOf("\r\n", 4));
      if (iterator.equals("0")) {
        break;
      }
      byte[] data = bulk(reply.substring(reply.indexOf('$')));
      assertThat(runner.wire("BF.LOADCHUNK", "pieces", iterator, data)).isEqualTo("+OK\r\n");
    }
    // In one.
    byte[] dump = bulk(runner.wire("DUMP", "f"));
    assertThat(runner.wire("RESTORE", "whole", "0", dump)).isEqualTo("+OK\r\n");
    assertThat(runner.wire("COPY", "f", "copy")).isEqualTo(":1\r\n");
    for (String key : List.of("pieces", "whole", "copy")) {
      assertThat(runner.wire("BF.DEBUG", key)).isEqualTo(runner.wire("BF.DEBUG", "f"));
      assertThat(bulk(runner.wire("DUMP", key))).as(key).isEqualTo(dump);
    }
    runner.wire("BF.ADD", "copy", "another");
    assertThat(runner.wire("BF.CARD", "f")).isEqualTo(runner.wire("BF.CARD", "whole"));
    assertThat(runner.wire("DEL", "f", "pieces", "whole", "copy")).isEqualTo(":4\r\n");
  }

  @Test
  void shouldRefusePiecesThatDoNotFit() {
    fill("f", 300);
    String header = runner.wire("BF.SCANDUMP", "f", "0");
    byte[] sound = bulk(header.substring(header.indexOf('$')));
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < 2_000; i++) {
      byte[] damaged = sound.clone();
      for (int j = random.nextInt(3); j >= 0; j--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      String reply = runner.wire("BF.LOADCHUNK", "g", "1", damaged);
      if (reply.equals("+OK\r\n")) {
        runner.wire("BF.ADD", "g", "x");
        runner.wire("BF.INFO", "g");
        runner.wire("DEL", "g");
      } else {
        assertThat(reply).isEqualTo("-ERR received bad data\r\n");
      }
    }
    assertThat(runner.wire("BF.LOADCHUNK", "g", "2", sound)).isEqualTo("-ERR not found\r\n");
    assertThat(runner.wire("BF.LOADCHUNK", "f", "1000000", sound))
        .isEqualTo("-ERR invalid offset - no link found\r\n");
    assertThat(runner.wire("BF.LOADCHUNK", "f", "5", sound))
        .isEqualTo("-ERR received bad data\r\n");
    assertThat(runner.wire("BF.LOADCHUNK", "f", "x", sound))
        .isEqualTo("-ERR Second argument must be numeric\r\n");
  }

  @Test
  void shouldMakeTheSameFilterWhereTheStreamIsApplied() {
    try (CommandRunner replica = new CommandRunner(2)) {
      replica.keyspace().expiryMode(ExpiryMode.IGNORE);
      runner.wire("BF.INSERT", "f", "CAPACITY", "7", "ERROR", "0.2", "ITEMS", "a", "b", "a");
      runner.wire("BF.RESERVE", "g", "0.01", "5", "NONSCALING");
      for (int i = 0; i < 500; i++) {
        runner.wire("BF.ADD", "f", "in:" + i % 300);
        runner.wire("BF.MADD", "g", "a" + i, "b" + i, "c" + i);
      }
      for (List<String> effect : runner.takeStreamArguments()) {
        replica.client().wire(effect.subList(1, effect.size()).toArray());
      }
      for (String key : List.of("f", "g")) {
        assertThat(replica.wire("DUMP", key)).isEqualTo(runner.wire("DUMP", key));
      }
    }
  }

  @Test
  void shouldFreeALargeFilterInSlices() {
    assertThat(runner.wire("BF.RESERVE", "f", "0.001", "50000000")).isEqualTo("+OK\r\n");
    runner.wire("BF.ADD", "f", "x");
    runner.wire("DEL", "f");
    assertThat(runner.keyspace().lazyFree().isIdle()).isFalse();
    int slices = 0;
    while (runner.keyspace().lazyFreeSlice(0)) {
      slices++;
    }
    assertThat(slices).isPositive();
    assertThat(runner.keyspace().usedBytes()).isLessThan(100_000);
  }

  private void fill(String key, int items) {
    List<Object> command = new ArrayList<>(List.of("BF.MADD", key));
    for (int i = 0; i < items; i++) {
      command.add("item:" + i);
    }
    runner.wire(command.toArray());
  }

  private static long number(String reply) {
    return Long.parseLong(reply.substring(1).trim());
  }

  private static byte[] bulk(String reply) {
    int from = reply.indexOf("\r\n") + 2;
    int length = Integer.parseInt(reply.substring(1, from - 2));
    return reply.substring(from, from + length).getBytes(StandardCharsets.ISO_8859_1);
  }
}
