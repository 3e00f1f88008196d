package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.LiveServer;
import dev.millrace.engine.testing.Peer;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import dev.millrace.engine.testing.RespError;
import dev.millrace.engine.testing.Traffic;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Millrace as a replica: of a stock redis-server, of another Millrace, and in between. */
@Timeout(180)
@SuppressWarnings("NullAway") // a reply that is null fails the test as well
class ReplicaTest {
  private static final String[] DEBUG = {"--enable-debug-command", "yes"};

  @ParameterizedTest
  @ValueSource(strings = {"yes", "no"})
  void shouldCopyAndFollowAStockMaster(String diskless) {
    try (RealRedis master =
            RealRedis.start(
                "--repl-diskless-sync", diskless,
                "--repl-diskless-sync-delay", "0",
                "--enable-debug-command", "yes");
        LiveServer replica = LiveServer.start()) {
      Traffic.set(master.port(), "before", 500, 700, 500 * 700);
      replica.client().text("SET", "own", "goes");
      follow(replica, master);
      RespClient client = master.client();
      Traffic.set(master.port(), "after", 300, 900, 300 * 900);
      client.text("SELECT", "5");
      client.text("SET", "elsewhere", "1", "EX", "1000");
      client.text("MULTI");
      client.text("INCRBY", "elsewhere", "41");
      client.text("SET", "large", "x".repeat(300_000));
      client.text("EXEC");
      awaitEqual(master, replica);
      assertThat(replica.client().text("GET", "own")).isEqualTo("(nil)");
      assertThat(client.call("WAIT", "1", "10000")).isEqualTo(1L);
      assertThat(replica.infoField("replication", "master_replid"))
          .isEqualTo(master.infoField("replication", "master_replid"));
    }
  }

  @Test
  void shouldAnswerItsClientsAsAReplicaDoes() {
    try (RealRedis master = RealRedis.start(DEBUG);
        LiveServer replica = LiveServer.start()) {
      master.client().text("SET", "k", "v");
      follow(replica, master);
      awaitEqual(master, replica);
      master.client().text("SET", "brief", "v", "PX", "300");
      RespClient client = replica.client();
      assertThat(client.text("GET", "k")).isEqualTo("v");
      assertThat(client.call("SET", "k", "w"))
          .isEqualTo(new RespError("READONLY You can't write against a read only replica."));
      assertThat(client.text("REPLICAOF", "127.0.0.1", Integer.toString(master.port())))
          .isEqualTo("OK Already connected to specified master");
      List<?> role = (List<?>) client.call("ROLE");
      assertThat(role).hasSize(5);
      assertThat(RespClient.render(role.get(0))).contains("slave");
      assertThat(role.get(2)).isEqualTo((long) master.port());
      assertThat(RespClient.render(role.get(3))).contains("connected");
      // Absent for clients at its time, and gone when the master says so.
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> client.text("GET", "brief").equals("(nil)"));
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> master.client().text("DBSIZE").equals("1"));
      awaitEqual(master, replica);
      client.text("CONFIG", "SET", "replica-serve-stale-data", "no");
      master.kill();
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() ->
              client.call("GET", "k") instanceof RespError error
                  && error.text().startsWith("MASTERDOWN"));
      assertThat(replica.infoField("replication", "master_link_status")).isEqualTo("down");
    }
  }

  @Test
  void monitorShouldShowWhatTheMasterSends() {
    try (RealRedis master = RealRedis.start(DEBUG);
        LiveServer replica = LiveServer.start();
        RespClient monitor = RespClient.connect(replica.port())) {
      follow(replica, master);
      awaitEqual(master, replica);
      assertThat(monitor.text("MONITOR")).isEqualTo("OK");
      master.client().text("SET", "shown", "here");
      String from = "127.0.0.1:" + master.port();
      String line = RespClient.render(monitor.read());
      while (!line.contains("shown")) {
        line = RespClient.render(monitor.read());
      }
      assertThat(line).contains(" [0 " + from + "] \"SET\" \"shown\" \"here\"");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldGoOnByPsyncAfterItsOwnRestart(boolean clean) {
    try (RealRedis master = RealRedis.start(DEBUG);
        LiveServer replica =
            LiveServer.start(
                "--replicaof", "127.0.0.1 " + master.port(), "--aof-segment-size", "64kb")) {
      Traffic.set(master.port(), "before", 500, 700, 500 * 700);
      master.client().text("SELECT", "3");
      master.client().text("SET", "three", "3");
      awaitEqual(master, replica);
      await()
          .until(() ->
              replica.infoNumber("replication", "log_durable_offset") >= replica.offset() - 100);
      long fullSyncs = master.infoNumber("stats", "sync_full");
      if (clean) {
        replica.stop();
      } else {
        replica.kill();
      }
      // Goes on in the database that was selected: the master's stream does not say it again.
      master.client().text("SET", "while", "away");
      replica.restart();
      awaitEqual(master, replica);
      assertThat(master.infoNumber("stats", "sync_full")).as(replica.log()).isEqualTo(fullSyncs);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldGoOnByPsyncHoweverOftenItRestartsWhileItsMasterIsOutOfReach(boolean clean) {
    try (RealRedis master = RealRedis.start(DEBUG);
        LiveServer replica = LiveServer.start("--replicaof", "127.0.0.1 " + master.port())) {
      master.client().text("SET", "before", "1");
      awaitEqual(master, replica);
      long fullSyncs = master.infoNumber("stats", "sync_full");
      replica.kill();
      master.client().text("SET", "while", "away");
      for (int start = 0; start < 2; start++) {
        replica.restart("--replicaof", "127.0.0.1 " + RealRedis.freePort());
        if (clean) {
          replica.stop();
        } else {
          replica.kill();
        }
      }
      replica.restart();
      awaitEqual(master, replica);
      assertThat(master.infoNumber("stats", "sync_full")).as(replica.log()).isEqualTo(fullSyncs);
    }
  }

  @Test
  void aPromotedReplicaShouldBeFollowedByPartialResync() {
    try (RealRedis first = RealRedis.start(DEBUG);
        LiveServer second = LiveServer.start();
        RealRedis third = RealRedis.start(DEBUG)) {
      Traffic.set(first.port(), "before", 100, 700, 100 * 700);
      follow(second, first);
      follow(third, first);
      awaitEqual(first, second);
      awaitEqual(first, third);

      second.client().text("REPLICAOF", "NO", "ONE");
      second.client().text("SET", "promoted", "yes");
      follow(third, second);
      follow(first, second);
      second.client().text("LPUSH", "list", "a", "b");
      awaitEqual(second, first);
      awaitEqual(second, third);
      assertThat(second.infoNumber("stats", "sync_full")).isZero();
      assertThat(second.infoNumber("stats", "sync_partial_ok")).isEqualTo(2);

      // And back again: its history is a part of the one it follows now.
      first.client().text("REPLICAOF", "NO", "ONE");
      first.client().text("SET", "back", "again");
      long fullSyncs = first.infoNumber("stats", "sync_full");
      follow(second, first);
      awaitEqual(first, second);
      assertThat(first.infoNumber("stats", "sync_full")).isEqualTo(fullSyncs);
    }
  }

  @Test
  void shouldAskUnderTheIdItsMasterTookThoughNothingWasWrittenUnderIt() {
    try (LiveServer first = LiveServer.start();
        LiveServer second = LiveServer.start();
        LiveServer third = LiveServer.start()) {
      first.client().text("SET", "k", "v");
      follow(second, first);
      follow(third, first);
      awaitEqual(first, second);
      awaitEqual(first, third);
      // Two promotions in a row, and nothing for the first server to log between them.
      second.client().text("REPLICAOF", "NO", "ONE");
      follow(first, second);
      follow(third, second);
      awaitEqual(second, first);
      awaitEqual(second, third);
      third.client().text("REPLICAOF", "NO", "ONE");
      follow(first, third);
      awaitEqual(third, first);
      assertThat(third.infoNumber("stats", "sync_full")).isZero();
      assertThat(third.infoNumber("stats", "sync_partial_ok")).isEqualTo(1);
    }
  }

  @Test
  void l1_aChainOfServersShouldHoldTheSameBytesAtTheSameOffsets() throws IOException {
    try (LiveServer first = LiveServer.start("--aof-segment-size", "64kb");
        LiveServer second = LiveServer.start("--aof-segment-size", "128kb");
        RealRedis third = RealRedis.start(DEBUG);
        LiveServer fourth = LiveServer.start("--aof-segment-size", "64kb")) {
      follow(second, first);
      awaitEqual(first, second);
      follow(third, second);
      awaitEqual(first, third);
      follow(fourth, third);
      awaitEqual(first, fourth);
      for (int database = 0; database < 3; database++) {
        first.client().text("SELECT", Integer.toString(database));
        first.client().text("MULTI");
        first.client().text("SET", "k", "v");
        first.client().text("SADD", "s", "a", "b", "c", "d");
        first.client().text("EXEC");
        first.client().text("SPOP", "s");
        Traffic.set(first.port(), "key", 200, 900, 300 * 900);
      }
      awaitEqual(first, second);
      awaitEqual(first, third);
      awaitEqual(first, fourth);
      long end = first.offset();
      for (LiveServer server : List.of(first, second, fourth)) {
        await().until(() -> server.infoNumber("replication", "log_written_offset") >= end);
      }
      byte[] expected = logFrom(first, 0);
      for (LiveServer server : List.of(second, fourth)) {
        long start = Segments.start(Segments.of(server.logDirectory()).getFirst());
        byte[] held = logFrom(server, start);
        int common = (int) (Math.min(start + held.length, expected.length) - start);
        assertThat(common).isGreaterThan(500_000);
        assertThat(Arrays.equals(held, 0, common, expected, (int) start, (int) start + common))
            .isTrue();
      }
    }
  }

  @Test
  void aCutLinkShouldResumeAnywhereEvenInsideATransaction() {
    try (LiveServer master = LiveServer.start("--repl-backlog-size", "16kb");
        LiveServer replica = LiveServer.start()) {
      follow(replica, master);
      awaitEqual(master, replica);
      long fullSyncs = master.infoNumber("stats", "sync_full");
      for (int cut = 0; cut < 10; cut++) {
        master.client().text("MULTI");
        for (int i = 0; i < 200; i++) {
          master.client().text("SET", "k" + i, "v".repeat(1000 + cut));
        }
        master.client().text("EXEC");
        StockReplica.cutLinks(master);
      }
      awaitEqual(master, replica);
      assertThat(master.infoNumber("stats", "sync_full")).isEqualTo(fullSyncs);
    }
  }

  private static byte[] logFrom(LiveServer server, long start) throws IOException {
    assertThat(Segments.start(Segments.of(server.logDirectory()).getFirst())).isEqualTo(start);
    return Segments.bytes(server.logDirectory());
  }

  private static void follow(Peer replica, Peer master) {
    assertThat(replica.client().text("REPLICAOF", "127.0.0.1", Integer.toString(master.port())))
        .isEqualTo("OK");
  }

  private static void awaitEqual(Peer master, Peer replica) {
    await()
        .atMost(StockReplica.PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .untilAsserted(() -> {
          assertThat(replica.infoField("replication", "master_link_status")).isEqualTo("up");
          assertThat(replica.infoNumber("replication", "slave_repl_offset"))
              .isEqualTo(master.offset());
        });
    assertThat(replica.digest()).isEqualTo(master.digest());
  }
}
