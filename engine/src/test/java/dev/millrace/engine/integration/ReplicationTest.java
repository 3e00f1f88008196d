package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.LiveServer;
import dev.millrace.engine.testing.RawReplica;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import dev.millrace.engine.testing.Signals;
import dev.millrace.engine.testing.SteadyWriter;
import dev.millrace.engine.testing.Traffic;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Stock redis-server 7.0.15 replicas beside one Millrace. */
@Timeout(180)
class ReplicationTest {
  @Test
  void aStockReplicaShouldCopyTheDatasetAndFollowTheStream() {
    try (LiveServer master = LiveServer.start()) {
      RespClient client = master.client();
      Traffic.set(master.port(), "before", 500, 700, 500 * 700);
      client.text("SET", "forgotten", "soon", "PX", "10000000");
      client.text("SELECT", "5");
      client.text("SET", "elsewhere", "1");
      try (RealRedis replica = StockReplica.of(master.port())) {
        try (SteadyWriter _ = SteadyWriter.start(master.port(), "counter", 200)) {
          StockReplica.awaitAttached(master, 1);
          Traffic.set(master.port(), "after", 300, 900, 300 * 900);
          client.text("INCRBY", "elsewhere", "41");
          client.text("SELECT", "0");
          client.text("APPEND", "before:1", "more");
          client.text("EXPIRE", "before:2", "1000");
          client.text("MULTI");
          client.text("DEL", "before:3");
          client.text("SETRANGE", "before:4", "5000", "x");
          client.text("EXEC");
        }
        StockReplica.awaitEqual(master, replica);
        assertThat(replica.client().call("PTTL", "forgotten")).isNotEqualTo(-1L);
        replica.client().text("SELECT", "5");
        assertThat(replica.client().text("GET", "elsewhere")).isEqualTo("42");
      }
    }
  }

  @Test
  void l1_aReplyShouldNeverEnterAReplicasStream() throws IOException {
    // The master's own PING is a part of the stream, and would come in the midst.
    try (LiveServer master = LiveServer.start("--repl-ping-replica-period", "3600")) {
      for (String command : List.of("PING", "GET k", "CLIENT REPLY ON", "NO SUCH")) {
        try (RawReplica replica = RawReplica.psync(master.port())) {
          StockReplica.awaitAttached(master, 1);
          replica.acknowledge();
          replica.say(command);
          await().until(() -> master.infoField("replication", "connected_slaves").equals("0"));
          assertThat(replica.stream()).as(command).isEmpty();
        }
      }
      try (RawReplica replica = RawReplica.psync(master.port())) {
        master.client().text("SET", "k", "v");
        await().until(() -> replica.stream().length > 0);
        assertThat(master.log()).contains("Replica generated a reply to command 'get'");
      }
    }
  }

  @Test
  void shouldContinueFromMemoryAfterAShortCut() {
    try (LiveServer master = LiveServer.start();
        RealRedis replica = StockReplica.of(master.port())) {
      StockReplica.awaitOffset(master, replica);
      long fullSyncs = master.infoNumber("stats", "sync_full");
      long fromLog = master.infoNumber("replication", "repl_bytes_from_log");
      for (int cut = 1; cut <= 3; cut++) {
        StockReplica.cutLinks(master);
        Traffic.set(master.port(), "cut" + cut, 50, 500, 50 * 500);
        StockReplica.awaitEqual(master, replica);
        assertThat(master.infoNumber("stats", "sync_partial_ok")).isEqualTo(cut);
      }
      assertThat(master.infoNumber("stats", "sync_full")).isEqualTo(fullSyncs);
      assertThat(master.infoNumber("replication", "repl_bytes_from_log")).isEqualTo(fromLog);
    }
  }

  @Test
  void severalReplicasAtOnceShouldShareOneBase() {
    try (LiveServer master = LiveServer.start()) {
      Traffic.set(master.port(), "key", 3000, 1000, 3_000_000);
      try (RealRedis first = StockReplica.of(master.port());
          RealRedis second = StockReplica.of(master.port());
          RealRedis third = StockReplica.of(master.port());
          SteadyWriter writer = SteadyWriter.start(master.port(), "counter", 200)) {
        StockReplica.awaitAttached(master, 3);
        await()
            .atMost(StockReplica.PATIENCE)
            .until(() -> master.info("replication").toString().split("state=online").length == 4);
        assertThat(master.infoNumber("stats", "sync_full")).isEqualTo(3);
        assertThat(master.log()).containsOnlyOnce("base at offset");
        long base = master.infoNumber("persistence", "aof_base_size");
        await()
            .untilAsserted(() ->
                assertThat(master.infoNumber("replication", "repl_bytes_from_base"))
                    .isEqualTo(3 * base));
        writer.end();
        StockReplica.awaitEqual(master, first, second, third);
      }
    }
  }

  @Test
  void waitShouldCountTheReplicasThatHaveTheWrite() {
    try (LiveServer master = LiveServer.start();
        RealRedis near = StockReplica.of(master.port());
        RealRedis far = StockReplica.of(master.port())) {
      StockReplica.awaitEqual(master, near, far);
      RespClient client = master.client();
      client.text("SET", "k", "1");
      assertThat(client.call("WAIT", "2", "10000")).isEqualTo(2L);
      Signals.freeze(far.processId());
      client.text("SET", "k", "2");
      assertThat(client.call("WAIT", "1", "10000")).isEqualTo(1L);
      assertThat(client.call("WAIT", "2", "300")).isEqualTo(1L);
      client.send("WAIT", "2", "20000");
      Signals.thaw(far.processId());
      assertThat(client.read()).isEqualTo(2L);
      assertThat(near.client().text("GET", "k")).isEqualTo("2");
      assertThat(far.client().text("GET", "k")).isEqualTo("2");
    }
  }
}
