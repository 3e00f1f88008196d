package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.LiveServer;
import dev.millrace.engine.testing.Peer;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import dev.millrace.engine.testing.RespError;
import dev.millrace.engine.testing.Traffic;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** FAILOVER between Millrace and a stock redis-server, in both directions. */
@Timeout(120)
class FailoverTest {
  private static final String[] DEBUG = {"--enable-debug-command", "yes"};

  @Test
  void theMastersPartShouldGoToAStockReplicaAndBackByPartialResyncs() {
    try (LiveServer ours = LiveServer.start();
        RealRedis stock = RealRedis.start(DEBUG)) {
      Traffic.set(ours.port(), "before", 100, 700, 100 * 700);
      follow(stock, ours);
      awaitEqual(ours, stock);

      assertThat(ours.client().text("FAILOVER", "TO", "127.0.0.1", port(stock))).isEqualTo("OK");
      awaitEqual(stock, ours);
      assertThat(stock.client().text("SET", "there", "1")).isEqualTo("OK");
      awaitEqual(stock, ours);
      assertThat(ours.infoField("replication", "master_failover_state")).isEqualTo("no-failover");
      assertThat(stock.infoNumber("stats", "sync_full")).isZero();
      assertThat(stock.infoNumber("stats", "sync_partial_ok")).isEqualTo(1);

      long fullSyncs = ours.infoNumber("stats", "sync_full");
      assertThat(stock.client().text("FAILOVER")).isEqualTo("OK");
      awaitEqual(ours, stock);
      assertThat(ours.client().text("SET", "back", "1")).isEqualTo("OK");
      awaitEqual(ours, stock);
      assertThat(ours.infoNumber("stats", "sync_full")).isEqualTo(fullSyncs);
    }
  }

  @Test
  void theMastersPartShouldGoBetweenTwoOfOursWithNothingWrittenInBetween() {
    try (LiveServer first = LiveServer.start();
        LiveServer second = LiveServer.start()) {
      first.client().text("SET", "k", "v");
      follow(second, first);
      awaitEqual(first, second);
      assertThat(first.client().text("FAILOVER")).isEqualTo("OK");
      awaitEqual(second, first);
      long fullSyncs = first.infoNumber("stats", "sync_full");
      assertThat(second.client().text("FAILOVER", "TIMEOUT", "60000")).isEqualTo("OK");
      awaitEqual(first, second);
      assertThat(first.infoNumber("stats", "sync_full")).isEqualTo(fullSyncs);
      assertThat(second.infoNumber("stats", "sync_full")).isZero();
    }
  }

  @Test
  void shouldHoldWritesUntilAbortedAndThenRunThem() throws Exception {
    try (LiveServer ours = LiveServer.start();
        RealRedis stock = RealRedis.start(DEBUG)) {
      follow(stock, ours);
      awaitEqual(ours, stock);
      new ProcessBuilder("kill", "-STOP", Long.toString(stock.processId())).start().waitFor();
      RespClient client = ours.client();
      client.text("SET", "ahead", "1");
      assertThat(client.text("FAILOVER", "TO", "127.0.0.1", port(stock))).isEqualTo("OK");
      assertThat(ours.infoField("replication", "master_failover_state"))
          .isEqualTo("waiting-for-sync");
      assertThat(client.call("FAILOVER"))
          .isEqualTo(new RespError("ERR FAILOVER already in progress."));
      assertThat(client.call("REPLICAOF", "NO", "ONE"))
          .isEqualTo(new RespError("ERR REPLICAOF not allowed while failing over."));
      try (RespClient writer = RespClient.connect(ours.port())) {
        Thread write = Thread.ofVirtual().start(() -> writer.text("SET", "held", "1"));
        await().during(Duration.ofMillis(300)).until(write::isAlive);
        // What ends a pause of CLIENT PAUSE lets nothing into the stream here.
        assertThat(client.text("CLIENT", "UNPAUSE")).isEqualTo("OK");
        assertThat(client.text("GET", "held")).isEqualTo("(nil)");
        assertThat(client.text("FAILOVER", "ABORT")).isEqualTo("OK");
        write.join();
      }
      assertThat(client.text("GET", "held")).isEqualTo("1");
      assertThat(client.call("FAILOVER", "ABORT"))
          .isEqualTo(new RespError("ERR No failover in progress."));
      assertThat(client.text("FAILOVER", "TIMEOUT", "300")).isEqualTo("OK");
      await()
          .atMost(Duration.ofSeconds(10))
          .until(
              () -> "no-failover".equals(ours.infoField("replication", "master_failover_state")));
      assertThat(ours.infoField("replication", "role")).isEqualTo("master");
      new ProcessBuilder("kill", "-CONT", Long.toString(stock.processId())).start().waitFor();
      awaitEqual(ours, stock);
    }
  }

  @Test
  void shouldBeAMasterAgainWhenTheTargetRefuses() throws Exception {
    try (LiveServer ours = LiveServer.start();
        RealRedis stock = RealRedis.start(DEBUG)) {
      follow(stock, ours);
      awaitEqual(ours, stock);
      String id = ours.infoField("replication", "master_replid");
      // PSYNC is forbidden there.
      stock.client().text("ACL", "SETUSER", "default", "-psync");
      assertThat(ours.client().text("FAILOVER", "TO", "127.0.0.1", port(stock))).isEqualTo("OK");
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> "OK".equals(ours.client().call("SET", "k", "v")));
      assertThat(ours.infoField("replication", "role")).isEqualTo("master");
      // It had been a replica for a moment, whose history forks with the next write.
      assertThat(ours.infoField("replication", "master_replid")).isNotEqualTo(id);
      awaitEqual(ours, stock);
    }
  }

  private static String port(Peer peer) {
    return Integer.toString(peer.port());
  }

  private static void follow(Peer replica, Peer master) {
    assertThat(replica.client().text("REPLICAOF", "127.0.0.1", port(master))).isEqualTo("OK");
  }

  private static void awaitEqual(Peer master, Peer replica) {
    await()
        .atMost(StockReplica.PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .untilAsserted(() -> {
          assertThat(replica.infoField("replication", "role")).isEqualTo("slave");
          assertThat(replica.infoField("replication", "master_link_status")).isEqualTo("up");
          assertThat(replica.infoNumber("replication", "slave_repl_offset"))
              .isEqualTo(master.offset());
          assertThat(master.infoNumber("replication", "connected_slaves")).isEqualTo(1);
        });
    assertThat(replica.digest()).isEqualTo(master.digest());
  }
}
