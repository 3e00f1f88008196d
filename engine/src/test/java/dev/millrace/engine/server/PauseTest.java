package dev.millrace.engine.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.InProcessServer;
import dev.millrace.engine.testing.RespClient;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** CLIENT PAUSE keeps the dataset as it is. */
@Timeout(60)
@SuppressWarnings("NullAway") // a reply that is null fails the test as well
class PauseTest {
  @TempDir Path directory;

  @Test
  void shouldHideWhatHasExpiredAndDeleteItAfterThePause() {
    try (InProcessServer server = InProcessServer.start(directory, "--appendonly", "no")) {
      RespClient client = server.client();
      client.call("SET", "gone", "v", "PX", "1");
      client.call("CLIENT", "PAUSE", "100000", "WRITE");
      client.call("DEBUG", "SLEEP", "0.2");

      assertThat(client.call("GET", "gone")).isNull();
      assertThat(client.text("INFO", "stats")).contains("expired_keys:0\r\n");
      client.call("CLIENT", "UNPAUSE");
      await().atMost(Duration.ofSeconds(10)).until(() -> (Long) client.call("DBSIZE") == 0);
    }
  }

  @Test
  void shouldCountWhoeverThePauseHoldsBack() {
    try (InProcessServer server = InProcessServer.start(directory, "--appendonly", "no");
        RespClient held = RespClient.connect(server.port())) {
      server.client().call("CLIENT", "PAUSE", "100000", "WRITE");
      held.send("SET", "k", "v");
      await()
          .until(() -> server.client().text("INFO", "clients").contains("blocked_clients:1\r\n"));
      server.client().call("CLIENT", "UNPAUSE");

      assertThat(held.readWire()).isEqualTo("+OK\r\n");
    }
  }
}
