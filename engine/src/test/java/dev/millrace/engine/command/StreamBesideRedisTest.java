package dev.millrace.engine.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.keyspace.ExpiryMode;
import dev.millrace.engine.protocol.Request;
import dev.millrace.engine.protocol.RequestBuffer;
import dev.millrace.engine.protocol.RequestDecoder;
import dev.millrace.engine.protocol.RequestLimits;
import dev.millrace.engine.testing.RealRedis;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What commands send to the replication stream, beside the append-only file of a real Redis. */
class StreamBesideRedisTest {
  private static final int COMMANDS = 2_000;
  private static final int CLIENTS = 3;
  private static final long CLOCK_MILLIS = 5_000;

  /** Numbers above are moments in milliseconds, which the two clocks may tell apart. */
  private static final long MOMENT_MIN = 1_000_000_000_000L;

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void shouldPropagateWhatRedisPropagates(long seed) throws IOException {
    RealRedis redis = RealRedis.start("--appendonly", "yes", "--auto-aof-rewrite-percentage", "0");
    try (SideBySide both = new SideBySide(redis, "seed " + seed, seed, CLIENTS)) {
      new CommandMix(both, new SplittableRandom(seed), CLIENTS).run(COMMANDS);
      List<List<String>> ours = both.runner().takeStreamArguments();
      List<List<String>> theirs = appendOnlyFile(redis);
      for (int i = 0; i < Math.min(ours.size(), theirs.size()); i++) {
        assertThat(isSame(ours.get(i), theirs.get(i)))
            .as(
                "seed %d, effect %d: %s beside %s, after %s",
                seed, i, ours.get(i), theirs.get(i), ours.subList(Math.max(0, i - 3), i))
            .isTrue();
      }
      assertThat(ours).as("seed " + seed).hasSameSizeAs(theirs);
    }
  }

  static boolean isSame(List<String> ours, List<String> theirs) {
    if (ours.size() != theirs.size()) {
      return false;
    }
    // Each server restored what the other had dumped.
    boolean restore = ours.size() > 1 && ours.get(1).equalsIgnoreCase("restore");
    for (int i = 0; i < ours.size(); i++) {
      String our = ours.get(i);
      String their = theirs.get(i);
      // Redis writes words it knows in its own case, where Millrace passes a command on as it came.
      boolean word = i == 1 || their.equals("PXAT");
      boolean same = our.equals(their) || (word && our.equalsIgnoreCase(their));
      if (!same && !isSameMoment(our, their) && !(restore && i == 4)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isSameMoment(String our, String their) {
    return our.matches("\\d{13,18}")
        && their.matches("\\d{13,18}")
        && Long.parseLong(our) >= MOMENT_MIN
        && Math.abs(Long.parseLong(our) - Long.parseLong(their)) < CLOCK_MILLIS;
  }

  /** The commands of the file with the database each is meant for in front, SELECT left out. */
  static List<List<String>> appendOnlyFile(RealRedis redis) throws IOException {
    // While it forces the file it keeps what it has to write for up to two seconds.
    await().until(() -> redis.client().text("INFO", "persistence").contains("aof_buffer_length:0"));
    Path file = redis.directory().resolve("appendonlydir").resolve("appendonly.aof.1.incr.aof");
    byte[] bytes = Files.readAllBytes(file);
    List<List<String>> commands = new ArrayList<>();
    try (RequestBuffer buffer = new RequestBuffer()) {
      buffer.append(bytes, 0, bytes.length);
      RequestDecoder decoder = new RequestDecoder((name, length) -> null, new RequestLimits());
      decoder.decode(buffer, Integer.MAX_VALUE);
      assertThat(decoder.consumed()).isEqualTo(bytes.length);
      Request request = new Request();
      String database = "0";
      for (int i = 0; i < buffer.count(); i++) {
        buffer.select(i, request);
        String name = request.text(0).toUpperCase(java.util.Locale.ROOT);
        if (name.equals("SELECT")) {
          database = request.text(1);
        } else if (!name.equals("LPUSH")) {
          List<String> command = new ArrayList<>(List.of(database));
          for (int j = 0; j < request.argc(); j++) {
            command.add(request.text(j));
          }
          commands.add(command);
        }
      }
    }
    return commands;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void shouldMakeTheSameDatasetWhereTheStreamIsApplied(long seed) {
    RandomGenerator random = new SplittableRandom(seed);
    RandomCommands make = new RandomCommands(random, "a", "b", "c", "d", "counter");
    try (CommandRunner master = new CommandRunner(seed);
        CommandRunner replica = new CommandRunner(seed + 1)) {
      replica.keyspace().expiryMode(ExpiryMode.IGNORE);
      for (int i = 0; i < 3_000; i++) {
        master.client().select(random.nextInt(3)).send(CommandRunner.encode(write(make)));
        // Time passes, so that some keys expire, on the master only until it says so.
        master.advanceMillis(random.nextInt(200));
        replica.setMillis(master.nowMillis() + 50);
        for (List<String> effect : master.takeStreamArguments()) {
          if (effect.size() == 2 && effect.get(1).matches("MULTI|EXEC")) {
            continue; // the frame of a unit: SELECT would be queued inside it
          }
          replica.client().select(Integer.parseInt(effect.getFirst()));
          String reply = replica.client().wire(effect.subList(1, effect.size()).toArray());
          assertThat(reply).as("seed %d: %s", seed, effect).doesNotStartWith("-");
        }
      }
      for (int database = 0; database < 3; database++) {
        assertThat(contents(replica, database))
            .as("seed " + seed)
            .isEqualTo(contents(master, database));
      }
    }
  }

  private static Object[] write(RandomCommands make) {
    Object key = make.key();
    Object other = make.key();
    String soon = Integer.toString(1 + make.below(3000));
    return switch (make.below(18)) {
      case 0 -> new Object[] {"SET", key, make.value(), "PX", soon};
      case 1 -> new Object[] {"SET", key, make.value(), "KEEPTTL", "GET"};
      case 2 -> new Object[] {"SET", key, make.value(), make.anyOf("NX", "XX"), "EX", "1"};
      case 3 -> new Object[] {"PSETEX", key, soon, make.value()};
      case 4 -> new Object[] {"MSET", key, make.value(), other, make.value()};
      case 5 -> new Object[] {"MSETNX", key, make.value(), other, make.value()};
      case 6 -> new Object[] {"APPEND", key, make.value()};
      case 7 -> new Object[] {"SETRANGE", key, make.below(50), make.value()};
      case 8 -> new Object[] {"INCRBY", key, make.below(100)};
      case 9 -> new Object[] {"INCRBYFLOAT", key, make.real()};
      case 10 -> new Object[] {"GETEX", key, make.anyOf("PX", "PXAT"), soon};
      case 11 -> new Object[] {"GETDEL", key};
      case 12 -> new Object[] {"PEXPIRE", key, soon, make.anyOf("NX", "XX", "GT", "LT")};
      case 13 -> new Object[] {make.anyOf("PERSIST", "UNLINK", "DEL"), key};
      case 14 -> new Object[] {make.anyOf("RENAME", "RENAMENX", "GETSET"), key, other};
      case 15 -> new Object[] {"COPY", key, other, "DB", make.below(3), "REPLACE"};
      case 16 -> new Object[] {"MOVE", key, make.below(3)};
      default -> make.chance(30) ? new Object[] {"FLUSHDB"} : new Object[] {"EXPIREAT", key, "1"};
    };
  }

  /** All keys with their values and expiry, those a master would have deleted by now left out. */
  private static List<String> contents(CommandRunner runner, int database) {
    runner.client().select(database);
    List<String> all = new ArrayList<>();
    for (String key : List.of("a", "b", "c", "d", "counter", "missing")) {
      String expiry = runner.wire("PEXPIRETIME", key);
      long at = Long.parseLong(expiry.substring(1).trim());
      if (at == -1 || at > runner.nowMillis() + 1000) {
        all.add(key + " " + expiry + runner.wire("GET", key));
      }
    }
    return all;
  }

  @Test
  void shouldPropagateNothingForWhatChangesNothing() {
    try (CommandRunner runner = new CommandRunner(1)) {
      runner.wire("SET", "k", "v");
      runner.takeStream();
      runner.wire("SET", "k", "w", "NX");
      runner.wire("SETNX", "k", "w");
      runner.wire("GET", "k");
      runner.wire("GETEX", "k");
      runner.wire("GETEX", "k", "PERSIST");
      runner.wire("DEL", "missing");
      runner.wire("PERSIST", "k");
      runner.wire("EXPIRE", "missing", "10");
      runner.wire("EXPIRE", "k", "10", "XX");
      runner.wire("RENAME", "k", "k");
      runner.wire("COPY", "missing", "x");
      runner.wire("SETRANGE", "k", "1", "");
      runner.wire("INCR", "k");
      assertThat(runner.takeStream()).isEmpty();
    }
  }

  @Test
  void shouldPropagateMomentsInsteadOfTimesToLive() {
    try (CommandRunner runner = new CommandRunner(1)) {
      long at = CommandRunner.START_MILLIS + 10_000;
      runner.wire("SET", "k", "v", "EX", "10");
      runner.wire("SETEX", "k", "10", "v");
      runner.wire("GETEX", "k", "PX", "10000");
      runner.wire("EXPIRE", "k", "10", "lt");
      runner.wire("EXPIRE", "k", "11", "gt");
      runner.wire("SET", "k", "v", "pxat", Long.toString(at));
      String dump = runner.wire("DUMP", "k");
      byte[] payload = bulk(dump);
      runner.wire("RESTORE", "r", "10000", payload, "REPLACE");
      String raw = new String(payload, StandardCharsets.ISO_8859_1);
      assertThat(runner.takeStream())
          .containsExactly(
              "0> SET k v PXAT " + at,
              "0> SET k v PXAT " + at,
              "0> PEXPIREAT k " + at,
              "0> PEXPIREAT k " + (at + 1000) + " gt",
              "0> SET k v PXAT " + at,
              "0> RESTORE r " + at + " " + raw + " REPLACE ABSTTL");
    }
  }

  @Test
  void shouldPropagateWhatBecameOfTheKey() {
    try (CommandRunner runner = new CommandRunner(1)) {
      runner.wire("MSET", "a", "1", "b", "2", "c", "3");
      runner.wire("GETDEL", "a");
      runner.wire("EXPIREAT", "b", "1");
      runner.wire("INCRBYFLOAT", "c", "0.5");
      runner.wire("SET", "c", "4", "GET", "XX", "get");
      runner.wire("GETSET", "c", "5");
      runner.wire("FLUSHALL", "ASYNC");
      runner.wire("FLUSHDB");
      assertThat(runner.takeStream())
          .containsExactly(
              "0> MSET a 1 b 2 c 3",
              "0> DEL a",
              "0> DEL b",
              "0> SET c 3.5 KEEPTTL",
              "0> SET c 4 XX",
              "0> SET c 5",
              "0> FLUSHALL ASYNC",
              "0> FLUSHDB");
    }
  }

  @Test
  void shouldPropagateADeletionBeforeTheCommandThatMetTheExpiredKey() {
    try (CommandRunner runner = new CommandRunner(1)) {
      runner.wire("SET", "k", "5", "PX", "100");
      runner.advanceMillis(101);
      runner.takeStream();
      runner.wire("INCR", "k");
      assertThat(runner.takeStream())
          .containsExactly("0> MULTI", "0> DEL k", "0> INCR k", "0> EXEC");
      runner.wire("PEXPIRE", "k", "100");
      runner.advanceMillis(101);
      runner.takeStream();
      assertThat(runner.wire("GET", "k")).isEqualTo("$-1\r\n");
      assertThat(runner.takeStream()).containsExactly("0> DEL k");
    }
  }

  private static byte[] bulk(String reply) {
    int start = reply.indexOf("\r\n") + 2;
    return reply.substring(start, reply.length() - 2).getBytes(StandardCharsets.ISO_8859_1);
  }
}
