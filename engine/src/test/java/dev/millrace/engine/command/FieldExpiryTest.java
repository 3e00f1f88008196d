package dev.millrace.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.keyspace.ExpiryMode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fields of hashes that expire: what commands answer, what goes to the stream, what is left. */
class FieldExpiryTest {
  private static final long START = CommandRunner.START_MILLIS;

  private static String[] numbers(String reply) {
    return Arrays.stream(reply.split("\r\n"))
        .skip(1)
        .map(n -> n.substring(1))
        .toArray(String[]::new);
  }

  private static String wire(CommandRunner runner, String line) {
    return runner.wire((Object[]) line.split(" "));
  }

  @Test
  void shouldSetTellAndClearWhenFieldsExpire() {
    try (CommandRunner runner = new CommandRunner(1)) {
      wire(runner, "HSET h a 1 b 2 c 3");
      assertThat(numbers(wire(runner, "HEXPIRE h 10 FIELDS 3 a b x")))
          .containsExactly("1", "1", "-2");
      assertThat(numbers(wire(runner, "HTTL h FIELDS 4 a b c x")))
          .containsExactly("10", "10", "-1", "-2");
      assertThat(numbers(wire(runner, "HPEXPIRETIME h FIELDS 1 a")))
          .containsExactly("" + (START + 10_000));
      assertThat(numbers(wire(runner, "HEXPIRETIME h FIELDS 1 a")))
          .containsExactly("" + (START / 1000 + 10));
      runner.advanceMillis(2500);
      assertThat(numbers(wire(runner, "HPTTL h FIELDS 2 a c"))).containsExactly("7500", "-1");
      assertThat(numbers(wire(runner, "HTTL h FIELDS 1 a"))).containsExactly("8");
      assertThat(numbers(wire(runner, "HPEXPIRE h 1 NX FIELDS 2 a c"))).containsExactly("0", "1");
      assertThat(numbers(wire(runner, "HEXPIRE h 5 GT FIELDS 2 a c"))).containsExactly("0", "1");
      assertThat(numbers(wire(runner, "HEXPIRE h 6 LT FIELDS 2 a c"))).containsExactly("1", "0");
      assertThat(numbers(wire(runner, "HEXPIRE h 9 XX FIELDS 2 a b"))).containsExactly("1", "1");
      assertThat(numbers(wire(runner, "HPERSIST h FIELDS 4 a b c x")))
          .containsExactly("1", "1", "1", "-2");
      assertThat(numbers(wire(runner, "HPERSIST h FIELDS 1 a"))).containsExactly("-1");
      assertThat(numbers(wire(runner, "HTTL none FIELDS 2 a b"))).containsExactly("-2", "-2");
      assertThat(numbers(wire(runner, "HEXPIRE none 1 FIELDS 1 a"))).containsExactly("-2");
      assertThat(numbers(wire(runner, "HEXPIREAT h 1 FIELDS 2 a x"))).containsExactly("2", "-2");
      assertThat(wire(runner, "HMGET h a b c")).isEqualTo("*3\r\n$-1\r\n$1\r\n2\r\n$1\r\n3\r\n");
      assertThat(numbers(wire(runner, "HPEXPIREAT h 1 FIELDS 2 b c"))).containsExactly("2", "2");
      assertThat(wire(runner, "EXISTS h")).isEqualTo(":0\r\n");
    }
  }

  @Test
  void shouldRefuseInRedissWords() {
    try (CommandRunner runner = new CommandRunner(1)) {
      wire(runner, "HSET h a 1");
      wire(runner, "SET s x");
      assertThat(wire(runner, "HEXPIRE s abc FIELDS 1 a")).startsWith("-WRONGTYPE");
      assertThat(wire(runner, "HEXPIRE h abc FIELDS 1 a"))
          .isEqualTo("-ERR value is not an integer or out of range\r\n");
      assertThat(wire(runner, "HEXPIRE h -1 FIELDS 1 a"))
          .isEqualTo("-ERR invalid expire time, must be >= 0\r\n");
      assertThat(wire(runner, "HEXPIRE h 9999999999999999 FIELDS 1 a"))
          .isEqualTo("-ERR invalid expire time in 'hexpire' command\r\n");
      assertThat(wire(runner, "HEXPIRE h 1 FOO 1 a"))
          .isEqualTo("-ERR Mandatory argument FIELDS is missing or not at the right position\r\n");
      assertThat(wire(runner, "HEXPIRE h 1 FIELDS 0 a"))
          .isEqualTo("-ERR Parameter `numFields` should be greater than 0\r\n");
      assertThat(wire(runner, "HEXPIRE h 1 FIELDS 2 a"))
          .isEqualTo("-ERR The `numfields` parameter must match the number of arguments\r\n");
      assertThat(wire(runner, "HTTL h FIELDS x a"))
          .isEqualTo("-ERR Number of fields must be a positive integer\r\n");
      assertThat(wire(runner, "HEXPIRE h 1 NX FIELDS"))
          .isEqualTo("-ERR wrong number of arguments for 'hexpire' command\r\n");
      assertThat(wire(runner, "HEXPIRE h 1 NX XX FIELDS"))
          .isEqualTo("-ERR Mandatory argument FIELDS is missing or not at the right position\r\n");
    }
  }

  @Test
  void shouldHideFieldsPastTheirExpiryAndDeleteThemWithoutBeingAsked() {
    try (CommandRunner runner = new CommandRunner(1)) {
      wire(runner, "HSET h a 1 b 2 c 3");
      wire(runner, "HPEXPIRE h 100 FIELDS 2 a b");
      runner.advanceMillis(101);
      runner.takeStream();
      assertThat(wire(runner, "HGET h a")).isEqualTo("$-1\r\n");
      assertThat(wire(runner, "HGETALL h")).isEqualTo("*2\r\n$1\r\nc\r\n$1\r\n3\r\n");
      assertThat(wire(runner, "HRANDFIELD h 5")).isEqualTo("*1\r\n$1\r\nc\r\n");
      assertThat(wire(runner, "HRANDFIELD h")).isEqualTo("$1\r\nc\r\n");
      assertThat(wire(runner, "HSCAN h 0"))
          .isEqualTo("*2\r\n$1\r\n0\r\n*2\r\n$1\r\nc\r\n$1\r\n3\r\n");
      assertThat(wire(runner, "HLEN h")).isEqualTo(":3\r\n");
      assertThat(runner.takeStream()).isEmpty();
      assertThat(wire(runner, "HSETNX h a 9")).isEqualTo(":1\r\n");
      assertThat(runner.takeStream())
          .containsExactly("0> MULTI", "0> HDEL h a", "0> HSETNX h a 9", "0> EXEC");
      runner.keyspace().expireSlice(1_000_000);
      assertThat(wire(runner, "HLEN h")).isEqualTo(":2\r\n");
      assertThat(runner.takeStream()).containsExactly("0> HDEL h b");
      wire(runner, "HPEXPIRE h 50 FIELDS 2 a c");
      runner.advanceMillis(51);
      runner.takeStream();
      runner.keyspace().expireSlice(1_000_000);
      assertThat(wire(runner, "EXISTS h")).isEqualTo(":0\r\n");
      assertThat(runner.takeStream().stream().filter(e -> e.startsWith("0> HDEL h"))).hasSize(2);
    }
  }

  @Test
  void shouldPropagateMomentsAndDeletionsOnly() {
    try (CommandRunner runner = new CommandRunner(1)) {
      wire(runner, "HSET h a 1 b 2 c 3");
      runner.takeStream();
      wire(runner, "HEXPIRE h 10 NX FIELDS 3 a x b");
      wire(runner, "HEXPIRE h 20 NX FIELDS 2 a x");
      wire(runner, "HINCRBY h a 5");
      wire(runner, "HPERSIST h FIELDS 2 b c");
      wire(runner, "HPEXPIREAT h 5 FIELDS 2 b x");
      assertThat(runner.takeStream())
          .containsExactly(
              "0> HPEXPIREAT h " + (START + 10_000) + " FIELDS 2 a b",
              "0> HINCRBY h a 5",
              "0> HPERSIST h FIELDS 2 b c",
              "0> HDEL h b");
      assertThat(numbers(wire(runner, "HTTL h FIELDS 1 a"))).containsExactly("10");
      wire(runner, "HSET h a 6");
      assertThat(numbers(wire(runner, "HTTL h FIELDS 1 a"))).containsExactly("-1");
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void shouldMakeTheSameHashesWhereTheStreamIsApplied(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    try (CommandRunner master = new CommandRunner(seed);
        CommandRunner replica = new CommandRunner(seed + 1)) {
      replica.keyspace().expiryMode(ExpiryMode.IGNORE);
      for (int i = 0; i < 4000; i++) {
        master.wire(command(random));
        master.advanceMillis(random.nextInt(40));
        if (random.nextInt(10) == 0) {
          master.keyspace().expireSlice(1_000_000);
        }
        replica.setMillis(master.nowMillis() + 30);
        apply(master, replica);
        if (random.nextInt(30) == 0) {
          restore(master, "h" + random.nextInt(3));
          apply(master, replica);
        }
      }
      master.advanceMillis(1_000_000);
      for (int i = 0; i < 20; i++) {
        master.keyspace().expireSlice(1_000_000);
      }
      master.wire("EXISTS", "flush");
      apply(master, replica);
      for (int key = 0; key < 3; key++) {
        List<String> all = new ArrayList<>(SideBySide.bulks(master.wire("HGETALL", "h" + key)));
        List<String> copied = new ArrayList<>(SideBySide.bulks(replica.wire("HGETALL", "h" + key)));
        all.sort(null);
        copied.sort(null);
        assertThat(copied).as("seed " + seed).isEqualTo(all);
        assertThat(replica.wire("HLEN", "h" + key)).isEqualTo(master.wire("HLEN", "h" + key));
      }
    }
  }

  /** Puts a key away and takes it up again, as a restart does. */
  private static void restore(CommandRunner master, String key) {
    String dump = master.wire("DUMP", key);
    if (dump.startsWith("$-1")) {
      return;
    }
    String before = times(master, key);
    byte[] payload = CommandMix.payload(dump);
    assertThat(master.wire("RESTORE", key, "0", payload, "REPLACE")).isEqualTo("+OK\r\n");
    assertThat(times(master, key)).isEqualTo(before);
  }

  private static String times(CommandRunner runner, String key) {
    List<Object> command = new ArrayList<>(List.of("HPEXPIRETIME", key, "FIELDS", "20"));
    for (int i = 0; i < 20; i++) {
      command.add("f" + i);
    }
    return runner.wire(command.toArray());
  }

  private static void apply(CommandRunner master, CommandRunner replica) {
    for (List<String> effect : master.takeStreamArguments()) {
      if (effect.size() == 2 && effect.get(1).matches("MULTI|EXEC")) {
        continue;
      }
      Object[] arguments =
          effect.subList(1, effect.size()).stream()
              .map(argument -> argument.getBytes(StandardCharsets.ISO_8859_1))
              .toArray();
      assertThat(replica.wire(arguments)).as(effect.toString()).doesNotStartWith("-");
    }
  }

  private static Object[] command(SplittableRandom random) {
    String key = "h" + random.nextInt(3);
    String field = "f" + random.nextInt(20);
    String other = "f" + random.nextInt(20);
    String time = Integer.toString(random.nextInt(600));
    return switch (random.nextInt(14)) {
      case 0, 1, 2 -> new Object[] {"HSET", key, field, time, other, "v"};
      case 3 -> new Object[] {"HSETNX", key, field, time};
      case 4 -> new Object[] {"HINCRBY", key, "f" + random.nextInt(3) * 7, "3"};
      case 5 -> new Object[] {"HDEL", key, field, other};
      case 6, 7, 8 -> new Object[] {"HPEXPIRE", key, time, "FIELDS", "2", field, other};
      case 9 -> new Object[] {"HPEXPIRE", key, time, "XX", "FIELDS", "1", field};
      case 10 -> new Object[] {"HPERSIST", key, "FIELDS", "2", field, other};
      case 11 -> new Object[] {"COPY", key, "h" + random.nextInt(3), "REPLACE"};
      case 12 -> new Object[] {"RENAME", key, "h" + random.nextInt(3)};
      default ->
          random.nextInt(10) == 0
              ? new Object[] {"DEL", key}
              : new Object[] {"HINCRBYFLOAT", key, field + "x", "0.5"};
    };
  }
}
