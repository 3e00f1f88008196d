package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.testing.InProcessServer;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** MIGRATE from Millrace to a stock Redis: what arrives there is gone here, and nothing else is. */
@Timeout(60)
class MigrateTest {
  private static final List<String> KEYS = List.of("string", "list", "hash", "set", "zset", "none");

  @TempDir Path directory;
  private InProcessServer millrace;
  private RealRedis redis;
  private RespClient client;
  private String port = "";

  @BeforeEach
  void start() {
    millrace = InProcessServer.start(directory);
    redis = RealRedis.start();
    client = millrace.client();
    port = Integer.toString(redis.port());
    client.call("SET", "string", "value", "PX", "5000000");
    client.call("RPUSH", "list", "a", "b");
    client.call("HSET", "hash", "f", "v");
    client.call("SADD", "set", "1", "2");
    client.call("ZADD", "zset", "1.5", "m");
  }

  @AfterEach
  void stop() {
    millrace.close();
    redis.close();
  }

  @Test
  void shouldMoveKeysOfEveryTypeWithTheirExpiry() {
    Object[] command = new Object[13];
    Object[] head = {"MIGRATE", "127.0.0.1", port, "", "3", "5000", "KEYS"};
    System.arraycopy(head, 0, command, 0, head.length);
    System.arraycopy(KEYS.toArray(), 0, command, head.length, KEYS.size());
    assertThat(client.wire(command)).isEqualTo("+OK\r\n");
    assertThat(client.call("DBSIZE")).isEqualTo(0L);
    RespClient there = redis.client();
    there.call("SELECT", "3");
    assertThat(there.text("GET", "string")).isEqualTo("value");
    assertThat((Long) there.call("PTTL", "string")).isBetween(4_000_000L, 5_000_000L);
    assertThat(there.wire("LRANGE", "list", "0", "-1")).isEqualTo("*2\r\n$1\r\na\r\n$1\r\nb\r\n");
    assertThat(there.text("HGET", "hash", "f")).isEqualTo("v");
    assertThat(there.call("SCARD", "set")).isEqualTo(2L);
    assertThat(there.text("ZSCORE", "zset", "m")).isEqualTo("1.5");
    assertThat(client.wire(command)).isEqualTo("+NOKEY\r\n");
  }

  @Test
  void shouldCopyAndReplaceAsTold() {
    redis.client().call("SET", "string", "other");
    assertThat(client.wire("MIGRATE", "127.0.0.1", port, "string", "0", "5000"))
        .isEqualTo(
            "-ERR Target instance replied with error: BUSYKEY Target key name already exists.\r\n");
    assertThat(client.call("EXISTS", "string")).isEqualTo(1L);
    assertThat(client.wire("MIGRATE", "127.0.0.1", port, "string", "0", "5000", "COPY", "REPLACE"))
        .isEqualTo("+OK\r\n");
    assertThat(client.call("EXISTS", "string")).isEqualTo(1L);
    assertThat(redis.client().text("GET", "string")).isEqualTo("value");
  }

  @Test
  void shouldKeepTheKeyWhenTheOtherServerDoesNotTakeIt() {
    String nobody = "1"; // a port nobody listens on
    assertThat(client.wire("MIGRATE", "127.0.0.1", nobody, "string", "0", "500"))
        .isEqualTo("-IOERR error or timeout writing to target instance\r\n");
    assertThat(client.wire("MIGRATE", "127.0.0.1", port, "string", "99", "500"))
        .isEqualTo("-ERR Target instance replied with error: ERR DB index is out of range\r\n");
    assertThat(client.wire("MIGRATE", "127.0.0.1", port, "list", "0", "500", "KEYS", "a"))
        .startsWith("-ERR When using MIGRATE KEYS option");
    assertThat(client.wire("MIGRATE", "127.0.0.1", port, "list", "0", "500", "FOO"))
        .isEqualTo("-ERR syntax error\r\n");
    assertThat(client.call("DBSIZE")).isEqualTo(5L);
    redis.client().call("CONFIG", "SET", "requirepass", "secret");
    assertThat(client.wire("MIGRATE", "127.0.0.1", port, "list", "0", "900", "AUTH", "wrong"))
        .startsWith("-ERR Target instance replied with error: WRONGPASS");
    assertThat(client.wire("MIGRATE", "127.0.0.1", port, "list", "0", "900", "AUTH", "secret"))
        .isEqualTo("+OK\r\n");
    assertThat(client.call("EXISTS", "list")).isEqualTo(0L);
  }

  @Test
  void shouldBeGoneAfterARestartToo() {
    client.call("MIGRATE", "127.0.0.1", port, "string", "0", "5000");
    millrace.close();
    millrace = InProcessServer.start(directory);
    assertThat(millrace.client().call("EXISTS", "string", "list")).isEqualTo(1L);
  }
}
