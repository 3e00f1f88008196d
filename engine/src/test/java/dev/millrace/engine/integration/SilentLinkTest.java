package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.LiveServer;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.SlowLink;
import dev.millrace.engine.testing.Traffic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A link that carries nothing any more and is not closed: both ends find out by {@code
 * repl-timeout}, let go of what they held for it, and go on by a partial resync.
 */
@Timeout(180)
class SilentLinkTest {
  private static final long FAST = 1L << 32;
  private static final int TIMEOUT_SECONDS = 4;

  /** What a loaded machine may add to the second that the specification allows. */
  private static final int GRACE_SECONDS = 3;

  private static final String[] TIMEOUT = {
    "--repl-timeout",
    Integer.toString(TIMEOUT_SECONDS),
    "--repl-ping-replica-period",
    "1",
    "--repl-backlog-size",
    "16kb"
  };

  @Test
  void aMasterShouldGiveUpAReplicaItHearsNothingFromAndContinueItLater() throws Exception {
    try (LiveServer master = LiveServer.start(TIMEOUT);
        SlowLink link = SlowLink.to(master.port(), FAST);
        RealRedis replica = StockReplica.of(link.port(), "--repl-timeout", "4")) {
      Traffic.set(master.port(), "key", 200, 1000, 300_000);
      StockReplica.awaitEqual(master, replica);
      long descriptors = descriptors(master);

      link.fallSilent();

      awaitWithin(() -> master.infoNumber("replication", "connected_slaves") == 0);
      awaitWithin(() -> "down".equals(replica.infoField("replication", "master_link_status")));
      await().atMost(Duration.ofSeconds(5)).until(() -> descriptors(master) < descriptors);
      Traffic.set(master.port(), "missed", 200, 1000, 300_000);
      link.mend();
      StockReplica.awaitEqual(master, replica);
      assertThat(master.infoNumber("stats", "sync_full")).isEqualTo(1);
      assertThat(master.infoNumber("stats", "sync_partial_ok")).isEqualTo(1);
      assertThat(descriptors(master)).isLessThanOrEqualTo(descriptors);
    }
  }

  @Test
  void aReplicaShouldGiveUpAMasterItHearsNothingFromAndContinueLater() throws Exception {
    try (RealRedis master =
            RealRedis.start("--enable-debug-command", "yes", "--repl-timeout", "4");
        SlowLink link = SlowLink.to(master.port(), FAST);
        LiveServer replica = LiveServer.start(TIMEOUT)) {
      replica.client().text("REPLICAOF", "127.0.0.1", Integer.toString(link.port()));
      await()
          .atMost(StockReplica.PATIENCE)
          .until(() -> "up".equals(replica.infoField("replication", "master_link_status")));
      long descriptors = descriptors(replica);

      link.fallSilent();

      awaitWithin(() -> "down".equals(replica.infoField("replication", "master_link_status")));
      Traffic.set(master.port(), "missed", 20, 1000, 20_000);
      link.mend();
      await()
          .atMost(StockReplica.PATIENCE)
          .untilAsserted(() ->
              assertThat(replica.info("replication"))
                  .containsEntry("master_link_status", "up")
                  .containsEntry("slave_repl_offset", Long.toString(master.offset())));
      assertThat(replica.digest()).isEqualTo(master.digest());
      assertThat(master.infoNumber("stats", "sync_full")).isEqualTo(1);
      assertThat(master.infoNumber("stats", "sync_partial_ok")).isEqualTo(1);
      assertThat(descriptors(replica)).isLessThanOrEqualTo(descriptors);
    }
  }

  private interface Condition {
    boolean holds();
  }

  private static void awaitWithin(Condition condition) {
    await()
        .atMost(Duration.ofSeconds(TIMEOUT_SECONDS + 1 + GRACE_SECONDS))
        .pollInterval(Duration.ofMillis(50))
        .until(condition::holds);
  }

  private static long descriptors(LiveServer server) throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/" + server.processId() + "/fd"))) {
      return open.count();
    }
  }
}
