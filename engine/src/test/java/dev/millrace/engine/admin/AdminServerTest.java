package dev.millrace.engine.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.config.Config;
import dev.millrace.engine.config.ConfigLoader;
import dev.millrace.engine.config.ServerArguments;
import dev.millrace.engine.server.Server;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import dev.millrace.engine.testing.RespError;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What administration commands do to a running server: its clients, its files, its end. */
@Timeout(60)
class AdminServerTest {
  @TempDir Path directory;

  private final Config config = new Config();
  private final CountDownLatch shutdown = new CountDownLatch(1);
  private Path file;
  private Server server;
  private RespClient one;
  private RespClient two;

  @BeforeEach
  void start() throws Exception {
    file =
        Files.writeString(
            directory.resolve("millrace.conf"),
            "# ours\nport 0\nbind 127.0.0.1\nappendonly no\nsave \"\"\nio-transport nio\n"
                + "enable-debug-command yes\ndir "
                + directory
                + "\n");
    try (java.net.ServerSocket free = new java.net.ServerSocket(0)) {
      Files.writeString(
          file, Files.readString(file).replace("port 0", "port " + free.getLocalPort()));
    }
    new ConfigLoader(config, "Millrace")
        .load(
            ServerArguments.parse(List.of(file.toString())), new ByteArrayInputStream(new byte[0]));
    server = new Server(config, shutdown::countDown, shutdown::countDown);
    server.start();
    one = RespClient.connect(server.port());
    two = RespClient.connect(server.port());
  }

  @AfterEach
  void stop() throws Exception {
    one.close();
    two.close();
    server.stop();
  }

  @Test
  void shouldWriteTheConfigurationFileAndAnswerWhenItIsThere() throws Exception {
    one.text("CONFIG", "SET", "maxmemory", "3gb", "requirepass", "a\"b");
    assertThat(one.text("CONFIG", "REWRITE")).isEqualTo("OK");

    assertThat(Files.readString(file))
        .startsWith("# ours\n")
        .contains("\nmaxmemory 3gb\n", "\nrequirepass \"a\\\"b\"\n");
    assertThat(one.call("MULTI")).isEqualTo("OK");
    one.call("CONFIG", "REWRITE");
    assertThat(one.text("EXEC")).contains("not possible inside a transaction");
  }

  @Test
  void shouldSayWhyTheConfigurationFileCannotBeWritten() throws Exception {
    Files.delete(file);
    Files.createDirectory(file);

    assertThat(one.call("CONFIG", "REWRITE"))
        .isInstanceOfSatisfying(
            RespError.class,
            error -> assertThat(error.text()).startsWith("ERR Rewriting config file: "));
  }

  @Test
  void shouldSaveWhatRedisLoads() {
    one.text("SET", "a", "1");
    one.text("SET", "b", "x".repeat(1000), "EX", "100000");
    String digest = one.text("DEBUG", "DIGEST");
    assertThat(one.text("SAVE")).isEqualTo("OK");

    try (RealRedis redis =
        RealRedis.startIn(directory, "--enable-debug-command", "yes", "--bind", "127.0.0.1")) {
      assertThat(redis.client().text("DEBUG", "DIGEST")).isEqualTo(digest);
    }
    assertThat(one.text("DEBUG", "RELOAD")).isEqualTo("OK");
    assertThat(one.text("DEBUG", "DIGEST")).isEqualTo(digest);
  }

  @Test
  void shouldCloseTheClientsThatAreKilledAndNoOther() {
    String id = two.text("CLIENT", "ID");
    two.text("CLIENT", "SETNAME", "victim");
    assertThat(one.text("CLIENT", "LIST")).contains("name=victim").contains("id=" + id + " ");
    assertThat(one.call("CLIENT", "KILL", "ID", id)).isEqualTo(1L);

    assertThat(two.isAtEnd()).isTrue();
    assertThat(one.text("PING")).isEqualTo("PONG");
    assertThat(one.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no")).isEqualTo(1L);
    assertThat(one.isAtEnd()).isTrue();
  }

  @Test
  void shouldHoldBackWritesDuringAPause() {
    one.text("CLIENT", "PAUSE", "100000", "WRITE");
    two.send("SET", "a", "1");
    assertThat(one.call("GET", "a")).isNull();
    one.text("CLIENT", "UNPAUSE");

    assertThat(two.read()).isEqualTo("OK");
    assertThat(one.text("GET", "a")).isEqualTo("1");
  }

  @Test
  void shouldDropTheRepliesAClientDoesNotWant() {
    one.send("CLIENT", "REPLY", "OFF");
    one.send("SET", "a", "1");
    one.send("CLIENT", "REPLY", "ON");
    assertThat(one.read()).isEqualTo("OK");
    one.send("CLIENT", "REPLY", "SKIP");
    one.send("GET", "a");
    assertThat(one.text("GET", "a")).isEqualTo("1");
  }

  @Test
  void shouldEndAWaitFromAnotherClient() throws Exception {
    String id = two.text("CLIENT", "ID");
    two.text("SET", "a", "1");
    two.send("WAIT", "1", "0");
    while (one.text("CLIENT", "UNBLOCK", id, "ERROR").equals("0")) {
      TimeUnit.MILLISECONDS.sleep(5);
    }

    assertThat(two.read())
        .isEqualTo(new RespError("UNBLOCKED client unblocked via CLIENT UNBLOCK"));
    assertThat(two.text("PING")).isEqualTo("PONG");
    assertThat(one.text("INFO", "errorstats")).contains("errorstat_UNBLOCKED:count=1\r\n");
  }

  @Test
  void shouldNotCountAnExecAsFailedForACommandThatFailedInIt() {
    one.text("SET", "a", "1");
    one.text("MULTI");
    one.text("LPUSH", "a", "1");
    one.call("EXEC");
    assertThat(one.text("INFO", "commandstats"))
        .containsPattern("cmdstat_lpush:calls=1,[^\r]*rejected_calls=0,failed_calls=1\r")
        .containsPattern("cmdstat_exec:calls=1,[^\r]*rejected_calls=0,failed_calls=0\r");
    one.text("MULTI");
    one.call("NOSUCH");
    one.call("EXEC");
    assertThat(one.text("INFO", "commandstats"))
        .containsPattern("cmdstat_exec:calls=2,[^\r]*rejected_calls=0,failed_calls=1\r");
  }

  @Test
  void shouldCountInUsedMemoryOnlyWhatTheServerIsUsedFor() {
    long before = memory("used_memory");
    one.text("SET", "a", "x".repeat(100_000));
    for (int i = 0; i < 1000; i++) {
      one.text("PING");
    }
    assertThat(memory("used_memory") - before).isBetween(100_000L, 1_000_000L);
    assertThat(memory("mem_java_heap")).isPositive();
  }

  private long memory(String field) {
    return one.text("INFO", "memory")
        .lines()
        .filter(line -> line.startsWith(field + ":"))
        .mapToLong(line -> Long.parseLong(line.substring(field.length() + 1)))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void shouldMakeNewClientsAuthenticate() {
    one.text("CONFIG", "SET", "requirepass", "secret");
    assertThat(one.text("PING")).as("who was there stays").isEqualTo("PONG");
    try (RespClient late = RespClient.connect(server.port())) {
      assertThat(late.call("GET", "a")).isEqualTo(new RespError("NOAUTH Authentication required."));
      assertThat(late.call("AUTH", "wrong")).isInstanceOf(RespError.class);
      assertThat(late.call("AUTH", "secret")).isEqualTo("OK");
      assertThat(late.call("GET", "a")).isNull();
    }
  }

  @Test
  void shouldCountInInfoAndSetBackWithResetstat() {
    one.call("GET", "nokey");
    one.call("NOSUCH");
    assertThat(one.text("INFO", "everything"))
        .contains("keyspace_misses:1", "cmdstat_get:calls=1,", "errorstat_ERR:count=1")
        .contains("latency_percentiles_usec_get:p50=");
    assertThat(one.text("LATENCY", "HISTOGRAM", "get")).contains("calls");

    one.text("CONFIG", "RESETSTAT");
    assertThat(one.text("INFO", "everything"))
        .contains("keyspace_misses:0")
        .doesNotContain("cmdstat_get:", "errorstat_ERR", "latency_percentiles_usec_get:");
  }

  @Test
  void shouldSetAllOrNoneOnALiveServer() {
    assertThat(one.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru", "hz", "x"))
        .isInstanceOf(RespError.class);
    assertThat(one.text("CONFIG", "GET", "maxmemory-policy")).contains("noeviction");
  }

  @Test
  void shouldEndWhenTold() throws Exception {
    one.send("SHUTDOWN", "NOSAVE");

    assertThat(shutdown.await(20, TimeUnit.SECONDS)).isTrue();
  }
}
