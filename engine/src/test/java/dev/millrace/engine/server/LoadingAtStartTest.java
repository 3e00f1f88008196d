package dev.millrace.engine.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.engine.testing.InProcessServer;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients get while a server loads what it found at its start. */
class LoadingAtStartTest {
  private static final int KEYS = 200;
  private static final String[] SLOWLY = {"--key-load-delay", "10000"};

  @TempDir Path directory;

  @Test
  void shouldAnswerLoadingUntilTheRdbFileIsLoaded() throws Exception {
    fill("--appendonly", "no");
    answersLoading("--appendonly", "no");
  }

  @Test
  void shouldAnswerLoadingUntilTheLogIsReplayed() throws Exception {
    fill("--appendonly", "yes");
    answersLoading("--appendonly", "yes");
  }

  @Test
  void shouldLeaveWhatIsOnDiskAsItIsWhenToldToStopBeforeAllIsLoaded() throws Exception {
    for (String appendonly : List.of("no", "yes")) {
      fill("--appendonly", appendonly);
      Starting starting = new Starting("--appendonly", appendonly, "--save", "1 1");
      try (RespClient client = starting.client()) {
        assertThat(client.wire("GET", "key:1")).startsWith("-LOADING");
        client.send("SHUTDOWN", "SAVE");
      } finally {
        assertThat(starting.server.stop()).isTrue();
      }
      starting.started.get(10, TimeUnit.SECONDS);

      try (InProcessServer again =
          InProcessServer.start(directory, "--appendonly", appendonly, "--save", "")) {
        assertThat(again.client().text("DBSIZE")).isEqualTo(Integer.toString(KEYS));
      }
    }
  }

  @Test
  void shouldSayWhatCannotBeLoadedAndLeaveItAsItIs() throws Exception {
    fill("--appendonly", "no");
    Path file = directory.resolve("dump.rdb");
    byte[] damaged = Files.readAllBytes(file);
    damaged[damaged.length - 1] ^= 1;
    Files.write(file, damaged);

    assertThatThrownBy(
            () -> InProcessServer.start(directory, "--appendonly", "no", "--save", "1 1"))
        .hasMessageContaining("dump.rdb")
        .hasMessageContaining("checksum");
    assertThat(Files.readAllBytes(file)).isEqualTo(damaged);
  }

  private void fill(String... persistence) {
    List<String> arguments = new ArrayList<>(List.of(persistence));
    arguments.addAll(List.of("--save", ""));
    try (InProcessServer server =
        InProcessServer.start(directory, arguments.toArray(String[]::new))) {
      for (int i = 0; i < KEYS; i++) {
        server.client().call("SET", "key:" + i, "value:" + i);
      }
      if (List.of(persistence).contains("no")) {
        server.client().call("SAVE");
      }
    }
  }

  private void answersLoading(String... persistence) throws Exception {
    Starting starting = new Starting(persistence);
    try (RespClient client = starting.client()) {
      for (String command : List.of("GET key:1", "SET key:1 x", "PING", "DBSIZE", "SAVE", "SYNC")) {
        assertThat(client.wire((Object[]) command.split(" ")))
            .as(command)
            .isEqualTo("-LOADING Redis is loading the dataset in memory\r\n");
      }
      assertThat(client.wire("DEBUG", "RELOAD", "NOSAVE")).contains("is being loaded");
      assertThat(client.text("CONFIG", "SET", "maxmemory", "1")).isEqualTo("OK");
      assertThat(client.text("SELECT", "3")).isEqualTo("OK");
      assertThat(client.text("CLIENT", "PAUSE", "1")).isEqualTo("OK");
      assertThat(client.text("CLIENT", "UNPAUSE")).isEqualTo("OK");
      assertThat(client.text("INFO", "persistence"))
          .contains("\r\nloading:1\r\n", "\r\nloading_total_bytes:");
      assertThat(client.text("CONFIG", "SET", "maxmemory", "0", "key-load-delay", "0"))
          .isEqualTo("OK");

      starting.started.get(10, TimeUnit.SECONDS);
      assertThat(client.text("INFO", "persistence")).contains("\r\nloading:0\r\n");
      assertThat(client.text("SELECT", "0")).isEqualTo("OK");
      assertThat(client.text("DBSIZE")).isEqualTo(Integer.toString(KEYS));
      assertThat(client.text("GET", "key:199")).isEqualTo("value:199");
    } finally {
      assertThat(starting.server.stop()).isTrue();
    }
  }

  /** A server whose start takes a while. */
  private final class Starting {
    final Server server;
    final CompletableFuture<Void> started;
    private final int port = RealRedis.freePort();

    Starting(String... arguments) throws Exception {
      List<String> all = new ArrayList<>(List.of("--save", ""));
      all.addAll(List.of(SLOWLY));
      all.addAll(List.of(arguments));
      server = InProcessServer.prepare(directory, port, () -> {}, all.toArray(String[]::new));
      started =
          CompletableFuture.runAsync(() -> {
            try {
              server.start();
            } catch (java.io.IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
          });
    }

    RespClient client() throws InterruptedException {
      while (true) {
        try {
          return RespClient.connect(port);
        } catch (RuntimeException e) {
          assertThat(started).isNotDone();
          Thread.sleep(5);
        }
      }
    }
  }
}
