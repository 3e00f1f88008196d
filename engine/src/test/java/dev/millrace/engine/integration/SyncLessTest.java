package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.LiveServer;
import dev.millrace.engine.testing.Peer;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Replicas that keep a cache: they begin with no keys, and get the stream from then on. */
@Timeout(180)
class SyncLessTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Test
  void shouldBeginWithNoKeysAndCountWhatFailsForWantOfThem() {
    try (LiveServer master = LiveServer.start();
        LiveServer replica = LiveServer.start("--repl-sync-less", "yes")) {
      RespClient client = master.client();
      client.text("SELECT", "4");
      client.text("SET", "old", "v");
      client.text("RPUSH", "list", "a", "b");
      client.text("XADD", "stream", "1-1", "f", "v");
      replica.client().text("SET", "own", "v");
      follow(replica, master.port());
      awaitLevel(master, replica);
      assertThat(replica.client().text("DBSIZE")).isEqualTo("0");
      assertThat(replica.infoNumber("replication", "repl_sync_less")).isEqualTo(1);

      client.text("SET", "new", "v");
      client.text("RENAME", "old", "renamed");
      client.text("LSET", "list", "0", "x");
      client.text("XSETID", "stream", "5-5");
      client.text("MULTI");
      client.text("RPUSH", "other", "a");
      client.text("RENAME", "list", "renamed-too");
      client.text("EXEC");
      client.text("SET", "last", "v");
      awaitLevel(master, replica);
      RespClient cache = replica.client();
      cache.text("SELECT", "4");
      assertThat(cache.text("GET", "new")).isEqualTo("v");
      assertThat(cache.text("GET", "last")).isEqualTo("v");
      assertThat(cache.text("LLEN", "other")).isEqualTo("1");
      assertThat(cache.text("DBSIZE")).isEqualTo("3");
      assertThat(replica.infoNumber("replication", "repl_sync_less_failed_commands")).isEqualTo(4);

      // It is a replica like any other: what it misses later it gets from the log.
      client.text("CLIENT", "KILL", "TYPE", "replica");
      client.text("SET", "after", "cut");
      awaitLevel(master, replica);
      assertThat(cache.text("GET", "after")).isEqualTo("cut");
      assertThat(master.infoNumber("stats", "sync_full")).isZero();
      assertThat(master.infoNumber("stats", "sync_partial_ok")).isEqualTo(1);
      assertThat(master.infoNumber("replication", "repl_bytes_from_base")).isZero();
      assertThat(master.client().call("WAIT", "1", "10000")).isEqualTo(1L);

      // And begins where its log ends when it is started again.
      replica.shutdown();
      client.text("SET", "while", "away");
      replica.restart();
      follow(replica, master.port());
      awaitLevel(master, replica);
      replica.client().text("SELECT", "4");
      assertThat(replica.client().text("GET", "while")).isEqualTo("away");
      assertThat(replica.client().text("GET", "last")).isEqualTo("v");
      assertThat(replica.client().text("EXISTS", "renamed")).isEqualTo("0");
    }
  }

  @Test
  void shouldBeMadeWholeByAFullSyncWhenItIsTurnedOff() {
    try (LiveServer master = LiveServer.start();
        LiveServer replica = LiveServer.start("--repl-sync-less", "yes")) {
      master.client().text("SET", "old", "v");
      follow(replica, master.port());
      awaitLevel(master, replica);
      assertThat(replica.client().text("EXISTS", "old")).isEqualTo("0");
      replica.client().text("CONFIG", "SET", "repl-sync-less", "no");
      master.client().text("CLIENT", "KILL", "TYPE", "replica");
      await()
          .atMost(PATIENCE)
          .until(() -> RespClient.render(replica.client().call("EXISTS", "old")).equals("1"));
      awaitLevel(master, replica);
      assertThat(replica.digest()).isEqualTo(master.digest());
      assertThat(replica.info("replication")).doesNotContainKey("repl_sync_less");
      assertThat(master.infoNumber("stats", "sync_full")).isEqualTo(1);
    }
  }

  @Test
  void l5_aPromotedOneShouldNotPassForAContinuationOfItsMaster() {
    try (LiveServer master = LiveServer.start();
        LiveServer replica = LiveServer.start("--repl-sync-less", "yes")) {
      master.client().text("SET", "old", "v");
      follow(replica, master.port());
      awaitLevel(master, replica);
      String id = master.infoField("replication", "master_replid");
      assertThat(replica.client().text("REPLICAOF", "NO", "ONE")).isEqualTo("OK");
      assertThat(replica.infoField("replication", "master_replid")).isNotEqualTo(id);
      assertThat(replica.infoField("replication", "master_replid2")).isEqualTo("0".repeat(40));
      replica.client().text("SET", "own", "v");
      assertThat(replica.client().text("DBSIZE")).isEqualTo("1");
    }
  }

  @Test
  void aStockMasterShouldSendItsDatasetAndTheLogSayWhy() {
    try (RealRedis master = RealRedis.start("--enable-debug-command", "yes");
        LiveServer replica = LiveServer.start("--repl-sync-less", "yes")) {
      master.client().text("SET", "old", "v");
      follow(replica, master.port());
      await()
          .atMost(PATIENCE)
          .until(() -> RespClient.render(replica.client().call("EXISTS", "old")).equals("1"));
      assertThat(replica.log()).contains("repl-sync-less is refused by this master");
      assertThat(replica.info("replication")).doesNotContainKey("repl_sync_less");
    }
  }

  private static void follow(Peer replica, int port) {
    assertThat(replica.client().text("REPLICAOF", "127.0.0.1", Integer.toString(port)))
        .startsWith("OK");
  }

  private static void awaitLevel(Peer master, Peer replica) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          assertThat(replica.infoField("replication", "master_link_status")).isEqualTo("up");
          assertThat(replica.infoField("replication", "master_replid"))
              .isEqualTo(master.infoField("replication", "master_replid"));
          assertThat(replica.offset()).isEqualTo(master.offset());
        });
  }
}
