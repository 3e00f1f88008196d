package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.testing.InProcessServer;
import dev.millrace.engine.testing.RespClient;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A Bloom filter is still there after a restart, from the log and from a base. */
@Timeout(60)
class BloomRestartTest {
  private static final int ITEMS = 3_000;

  @TempDir Path directory;

  @Test
  void shouldComeBackFromTheLogAndFromABase() {
    String digest;
    try (InProcessServer server = InProcessServer.start(directory)) {
      RespClient client = server.client();
      assertThat(client.text("BF.RESERVE", "f", "0.001", "100")).isEqualTo("OK");
      for (int i = 0; i < ITEMS; i++) {
        client.call("BF.ADD", "f", "item:" + i);
      }
      client.call("EXPIRE", "f", "10000");
      digest = client.wire("DUMP", "f");
    }
    try (InProcessServer server = InProcessServer.start(directory)) {
      RespClient client = server.client();
      assertThat(client.wire("DUMP", "f")).isEqualTo(digest);
      assertThat(client.text("DEBUG", "RELOAD")).isEqualTo("OK");
      assertThat(client.wire("DUMP", "f")).isEqualTo(digest);
      assertThat((Long) client.call("TTL", "f")).isBetween(9_000L, 10_000L);
      client.call("BF.ADD", "f", "one more");
      digest = client.wire("DUMP", "f");
    }
    try (InProcessServer server = InProcessServer.start(directory)) {
      RespClient client = server.client();
      assertThat(client.wire("DUMP", "f")).isEqualTo(digest);
      for (int i = 0; i < ITEMS; i++) {
        assertThat(client.call("BF.EXISTS", "f", "item:" + i)).isEqualTo(1L);
      }
    }
  }
}
