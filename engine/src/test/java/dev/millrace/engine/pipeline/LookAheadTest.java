package dev.millrace.engine.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandRunner;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import dev.millrace.engine.protocol.RequestBuffer;
import dev.millrace.engine.protocol.RequestDecoder;
import dev.millrace.engine.protocol.RequestLimits;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What the look-ahead guesses from. That it changes nothing every test of commands shows, for
 * {@link CommandRunner} looks ahead before it runs them.
 */
class LookAheadTest {
  private final CommandRunner runner = new CommandRunner(1);
  private final RequestBuffer batch = new RequestBuffer();
  private final RequestDecoder decoder = new RequestDecoder(runner.table(), new RequestLimits());

  @AfterEach
  void close() {
    batch.close();
    runner.close();
  }

  private void decode(Object... command) {
    byte[] bytes = CommandRunner.encode(command);
    batch.clear();
    decoder.reset();
    batch.append(bytes, 0, bytes.length);
    decoder.decode(batch, 1);
    assertThat(batch.count()).isEqualTo(1);
  }

  private static long hash(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    try (Region region = new Region(64)) {
      Memory.put(region.address(), bytes, 0, bytes.length);
      return Memory.hash(region.address(), bytes.length);
    }
  }

  private long dictUnder(String key) {
    return runner.keyspace().database(0).membersDict(hash(key));
  }

  @Test
  void theMemberOfACommandShouldBeWhereItsDeclarationHasAFieldOrMember() {
    List<String> found = new ArrayList<>();
    for (Command command : runner.table().all()) {
      List<Argument> arguments = command.arguments();
      if (command.member() == 0) {
        continue;
      }
      Argument last = arguments.getLast();
      // ZADD's options stand before; the look-ahead guesses that there are none.
      Argument named =
          command.name().equals("zadd")
              ? last.parts().get(1)
              : arguments.get(command.member() - 1).parts().isEmpty()
                  ? arguments.get(command.member() - 1)
                  : last.parts().getFirst();
      assertThat(named.name()).as(command.name()).isIn("field", "member");
      found.add(command.name());
      List<Object> request = new ArrayList<>(List.of(command.name(), "key"));
      while (request.size() < command.member()) {
        request.add("1");
      }
      decode(request.toArray());
      assertThat(batch.memberHash(0)).as(command.name() + " without it").isZero();
      request.add("the-member");
      decode(request.toArray());
      assertThat(batch.memberHash(0)).as(command.name()).isEqualTo(hash("the-member"));
    }
    assertThat(found)
        .contains("sadd", "sismember", "hset", "hget", "hincrby", "zadd", "zscore", "zincrby");
    decode("GET", "key");
    assertThat(batch.memberHash(0)).isZero();
    decode("UNKNOWN", "key", "member");
    assertThat(batch.memberHash(0)).isZero();
  }

  @Test
  void onlyLargeCollectionsShouldHaveADictToLookAheadIn() {
    runner.wire("SET", "string", "s");
    runner.wire("RPUSH", "list", "a");
    runner.wire("SADD", "small-set", "a");
    runner.wire("SADD", "numbers", "1");
    runner.wire("HSET", "small-hash", "a", "1");
    runner.wire("ZADD", "small-zset", "1", "a");
    for (String key : List.of("missing", "string", "list", "numbers")) {
      assertThat(dictUnder(key)).as(key).isZero();
    }
    for (String key : List.of("small-set", "small-hash", "small-zset")) {
      assertThat(dictUnder(key)).as(key).isZero();
    }
    for (int i = 0; i < 1000; i++) {
      runner.wire("SADD", "set", "member-" + i);
      runner.wire("HSET", "hash", "field-" + i, "1");
      runner.wire("ZADD", "zset", "1", "member-" + i);
    }
    for (String key : List.of("set", "hash", "zset")) {
      assertThat(dictUnder(key)).as(key).isNotZero();
    }
  }
}
