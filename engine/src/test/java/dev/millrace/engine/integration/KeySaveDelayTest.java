package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.LiveServer;
import dev.millrace.engine.testing.RawReplica;
import dev.millrace.engine.testing.RespClient;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code rdb-key-save-delay}: snapshots take their time, and nobody else does. */
@Timeout(60)
class KeySaveDelayTest {
  @Test
  void shouldSlowSnapshotsAndFullSyncsDownButNotCommands() {
    try (LiveServer server = LiveServer.start("--rdb-key-save-delay", "1000")) {
      RespClient client = server.client();
      client.text("DEBUG", "POPULATE", "2000");
      client.text("BGSAVE");
      await()
          .pollDelay(Duration.ofMillis(500))
          .until(() -> server.infoNumber("persistence", "rdb_bgsave_in_progress") == 1);
      client.text("SET", "key:1", "meanwhile");
      assertThat(server.infoNumber("persistence", "rdb_bgsave_in_progress")).isEqualTo(1);
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> server.infoNumber("persistence", "rdb_bgsave_in_progress") == 0);
      assertThat(server.infoField("persistence", "rdb_last_bgsave_status")).isEqualTo("ok");

      long start = System.nanoTime();
      try (RawReplica replica = RawReplica.psync(server.port())) {
        assertThat(Duration.ofNanos(System.nanoTime() - start))
            .isGreaterThan(Duration.ofSeconds(2));
        assertThat(replica.rdb()).isNotEmpty();
      }
      client.text("CONFIG", "SET", "rdb-key-save-delay", "-10");
      client.text("SAVE");
    }
  }
}
