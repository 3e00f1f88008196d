package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.InProcessServer;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import dev.millrace.engine.testing.SteadyWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** MILLRACE DIGEST: two nodes shown equal at one offset, or the key named that differs. */
class MillraceDigestTest {
  private static final String[] COMMANDS = {
    "SET string abc",
    "SET number 12345",
    "SETEX mortal 1000 x",
    "RPUSH list a b 3",
    "SADD set a b c",
    "SADD intset 1 2 3",
    "HSET hash f v g w",
    "ZADD zset 1 a 2.5 b",
    "XADD stream 1-1 f v",
    "XADD stream 2-1 f v",
    "XGROUP CREATE stream g 0",
    "XREADGROUP GROUP g c STREAMS stream >",
    "PFADD hll a b",
    "SELECT 5",
    "SET string other",
    "RPUSH longer " + "x".repeat(200),
    "SELECT 0"
  };

  @TempDir Path directory;

  @Test
  void shouldComputeWhatDebugDigestDoesHereAndInRedis() {
    try (InProcessServer ours = InProcessServer.start(directory);
        RealRedis redis = RealRedis.start("--enable-debug-command", "yes")) {
      assertThat(digest(ours.client()).get("digest")).isEqualTo("0".repeat(40));
      for (String command : COMMANDS) {
        ours.client().call((Object[]) command.split(" "));
        redis.client().call((Object[]) command.split(" "));
      }
      for (int i = 0; i < 700; i++) {
        ours.client().text("SADD", "large", "member:" + i);
        redis.client().text("SADD", "large", "member:" + i);
      }
      Map<String, Object> told = digest(ours.client());
      assertThat(told)
          .containsEntry("digest", redis.digest())
          .containsEntry("digest", ours.digest())
          .containsEntry("keys", 13L)
          .containsEntry("offset", ours.offset());
      assertThat(directory).isDirectoryNotContaining("glob:**temp-*");
      ours.client().call("BF.ADD", "filter", "x");
      String withFilter = ours.digest();
      assertThat(digest(ours.client())).containsEntry("digest", withFilter);
      ours.client().call("BF.ADD", "filter", "y");
      assertThat(ours.digest()).isNotEqualTo(withFilter);
    }
  }

  @Test
  void shouldBeTheSameOnMasterAndReplicaAtAnOffsetToComeWhileWritesGoOn() throws Exception {
    try (InProcessServer master = InProcessServer.start(Files.createDirectory(in("master")));
        InProcessServer replica =
            InProcessServer.start(
                Files.createDirectory(in("replica")),
                "--replicaof",
                "127.0.0.1 " + master.port())) {
      for (String command : COMMANDS) {
        master.client().call((Object[]) command.split(" "));
      }
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> replica.offset() == master.offset() && master.offset() > 0);
      try (SteadyWriter writer = SteadyWriter.start(master.port(), "counter", 2000);
          RespClient atMaster = RespClient.connect(master.port());
          RespClient atReplica = RespClient.connect(replica.port())) {
        for (int round = 0; round < 5; round++) {
          String offset = Long.toString(master.offset() + 20_000);
          atMaster.send("MILLRACE", "DIGEST", "AT", offset);
          atReplica.send("MILLRACE", "DIGEST", "AT", offset);
          Map<String, Object> one = map(atMaster.read());
          assertThat((long) Objects.requireNonNull(one.get("offset")))
              .isGreaterThanOrEqualTo(Long.parseLong(offset));
          assertThat(map(atReplica.read())).isEqualTo(one);
        }
        assertThat(writer.acknowledged()).isPositive();
      }
    }
  }

  @Test
  void shouldNameTheKeyThatDiffers() throws Exception {
    try (InProcessServer one = InProcessServer.start(Files.createDirectory(in("one")));
        InProcessServer other = InProcessServer.start(Files.createDirectory(in("other")))) {
      for (int i = 0; i < 500; i++) {
        one.client().text("SET", "key:" + i, "value");
        other.client().text("SET", "key:" + i, i == 77 ? "VALUE" : "value");
      }
      Map<Object, Object> ofOne = pairs(digest(one.client(), "PARTS").get("parts"));
      Map<Object, Object> ofOther = pairs(digest(other.client(), "PARTS").get("parts"));
      assertThat(ofOne.keySet()).isEqualTo(ofOther.keySet());
      List<Object> differing =
          ofOne.keySet().stream()
              .filter(part -> !Objects.equals(ofOne.get(part), ofOther.get(part)))
              .toList();
      assertThat(differing).hasSize(1);

      String part = differing.getFirst().toString();
      List<?> keys = (List<?>) digest(one.client(), "KEYS", part).get("keys-of-part");
      List<?> others = (List<?>) digest(other.client(), "KEYS", part).get("keys-of-part");
      assertThat(RespClient.render(keys)).contains("key:77");
      for (int i = 0; i < Objects.requireNonNull(keys).size(); i += 3) {
        String key = text(keys.get(i + 1));
        assertThat(text(keys.get(i + 2)).equals(text(Objects.requireNonNull(others).get(i + 2))))
            .as(key)
            .isEqualTo(!key.equals("key:77"));
      }
    }
  }

  /** What DEBUG DIGEST does not see: when something expires, and the groups of a stream. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SET k v | PEXPIREAT k 9999999999998 | PEXPIREAT k 9999999999999",
        "HSET k f v | HPEXPIREAT k 9999999999998 FIELDS 1 f | HPEXPIREAT k 9999999999999 FIELDS 1 f",
        "XADD k 1-1 f v | XGROUP CREATE k g 0 | XGROUP CREATE k h 0",
        "XADD k 1-1 f v | XGROUP CREATE k g 0 | XGROUP CREATE k g 1-1",
        "XADD k 1-1 f v | XSETID k 5-0 | XSETID k 6-0"
      })
  void shouldTellApartWhatTheDigestOfAllDoesNot(String first, String here, String there)
      throws Exception {
    try (InProcessServer one = InProcessServer.start(Files.createDirectory(in("one")));
        InProcessServer other = InProcessServer.start(Files.createDirectory(in("other")))) {
      List.of(first, here).forEach(command -> one.client().text((Object[]) command.split(" ")));
      List.of(first, there).forEach(command -> other.client().text((Object[]) command.split(" ")));

      Map<String, Object> ofOne = digest(one.client(), "PARTS");
      Map<String, Object> ofOther = digest(other.client(), "PARTS");
      assertThat(ofOne.get("digest")).isEqualTo(ofOther.get("digest"));
      assertThat(pairs(ofOne.get("parts"))).isNotEqualTo(pairs(ofOther.get("parts")));

      String again = there.replace("XGROUP CREATE k g", "XGROUP SETID k g");
      one.client().text((Object[]) again.split(" "));
      boolean same = !there.contains("CREATE k h");
      assertThat(
              pairs(digest(one.client(), "PARTS").get("parts")).equals(pairs(ofOther.get("parts"))))
          .isEqualTo(same);
    }
  }

  @Test
  void shouldSayWhatItCannotDo() {
    try (InProcessServer server = InProcessServer.start(directory)) {
      RespClient client = server.client();
      client.text("SET", "a", "b");
      long offset = server.offset();
      assertThat(client.wire("MILLRACE", "DIGEST", "AT", "1"))
          .isEqualTo("-ERR offset 1 has passed, the dataset stands at " + offset + "\r\n");
      assertThat(client.wire("MILLRACE", "DIGEST", "AT", "-1")).contains("non-negative");
      assertThat(client.wire("MILLRACE", "DIGEST", "AT")).isEqualTo("-ERR syntax error\r\n");
      assertThat(client.wire("MILLRACE", "DIGEST", "KEYS", "4096")).contains("between 0 and 4095");
      client.text("MULTI");
      client.text("MILLRACE", "DIGEST");
      assertThat(client.wire("EXEC")).contains("may not");
      // Who waits for an offset and goes is forgotten.
      try (RespClient gone = RespClient.connect(server.port())) {
        gone.send("MILLRACE", "DIGEST", "AT", Long.toString(offset + 10));
        gone.sendRaw(new byte[0]);
      }
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> server.infoNumber("clients", "blocked_clients") == 0);
      client.text("SET", "a", "c");
      assertThat(digest(client).get("keys")).isEqualTo(1L);
    }
  }

  private Path in(String name) {
    return directory.resolve(name);
  }

  private static Map<String, Object> digest(RespClient client, String... more) {
    String[] command = new String[2 + more.length];
    command[0] = "MILLRACE";
    command[1] = "DIGEST";
    System.arraycopy(more, 0, command, 2, more.length);
    Object reply = client.call((Object[]) command);
    if (!(reply instanceof List)) {
      // Another's snapshot was being written.
      reply = client.call((Object[]) command);
    }
    return map(reply);
  }

  private static Map<String, Object> map(@Nullable Object reply) {
    Map<String, Object> map = new HashMap<>();
    pairs(reply)
        .forEach((key, value) -> map.put(text(key), value instanceof byte[] ? text(value) : value));
    return map;
  }

  private static Map<Object, Object> pairs(@Nullable Object reply) {
    Map<Object, Object> map = new HashMap<>();
    assertThat(reply).as(RespClient.render(reply)).isInstanceOf(List.class);
    List<?> list = (List<?>) Objects.requireNonNull(reply);
    for (int i = 0; i < list.size(); i += 2) {
      Object value = list.get(i + 1);
      map.put(
          list.get(i) instanceof byte[] bytes ? text(bytes) : list.get(i),
          value instanceof byte[] bytes ? text(bytes) : value);
    }
    return map;
  }

  private static String text(@Nullable Object value) {
    return RespClient.render(value);
  }
}
