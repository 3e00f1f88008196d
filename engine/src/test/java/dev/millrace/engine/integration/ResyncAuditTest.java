package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.InProcessServer;
import dev.millrace.engine.testing.RawReplica;
import dev.millrace.engine.testing.RespClient;
import dev.millrace.engine.testing.RespError;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** MILLRACE RESYNCS: what the ledger tells of replicas that asked. */
@Timeout(120)
@SuppressWarnings("NullAway") // a reply that is null fails the test as well
class ResyncAuditTest {
  @TempDir Path directory;
  @TempDir Path other;

  private static Map<String, String> newest(RespClient client) {
    return resyncs(client, "1").getFirst();
  }

  private static List<Map<String, String>> resyncs(RespClient client, String count) {
    return ((List<?>) client.call("MILLRACE", "RESYNCS", count))
        .stream().map(each -> fields((List<?>) each)).toList();
  }

  private static Map<String, String> fields(List<?> flat) {
    Map<String, String> fields = new LinkedHashMap<>();
    for (int i = 0; i < flat.size(); i += 2) {
      Object value = flat.get(i + 1);
      fields.put(text(flat.get(i)), value instanceof List<?> ? value.toString() : text(value));
    }
    return fields;
  }

  private static String text(Object value) {
    return value instanceof byte[] bytes
        ? new String(bytes, java.nio.charset.StandardCharsets.UTF_8)
        : String.valueOf(value);
  }

  @Test
  void shouldTellOfEachResyncWhatWasAskedHeldDecidedAndSent() {
    String id;
    try (InProcessServer master = InProcessServer.start(directory, "--repl-backlog-size", "16kb")) {
      RespClient client = master.client();
      assertThat((List<?>) client.call("MILLRACE", "RESYNCS")).isEmpty();
      client.text("SET", "k", "v".repeat(1000));
      long asked = master.offset();
      try (RawReplica replica = RawReplica.psync(master.port())) {
        await().until(() -> master.infoField("replication", "slave0").contains("state=online"));
        assertThat(newest(client))
            .containsEntry("outcome", "full")
            .containsEntry("rule", "first-sync")
            .containsEntry("asked-id", "?")
            .containsEntry("asked-offset", "-1")
            .containsEntry("memory", "[0, " + asked + "]")
            .containsEntry("log", "[0, " + asked + "]")
            .containsEntry("setting", "")
            .containsEntry("state", "under-way")
            .containsEntry("bytes", "-1");
        assertThat(client.call("WAIT", "1", "5000")).isEqualTo(1L);
        assertThat(newest(client)).containsEntry("state", "done");
        assertThat(Long.parseLong(newest(client).get("bytes")))
            .isGreaterThanOrEqualTo(replica.rdb().length);
        assertThat(Long.parseLong(newest(client).get("microseconds"))).isPositive();
        id = master.infoField("replication", "master_replid");
      }
      // From the log: it is long gone from memory.
      for (int i = 0; i < 200; i++) {
        client.text("SET", "k" + i, "v".repeat(20_000));
      }
      long end = master.offset();
      try (RespClient replica = RespClient.connect(master.port())) {
        replica.text("REPLCONF", "listening-port", "1234");
        assertThat(replica.text("PSYNC", id, "11")).startsWith("CONTINUE");
        await().until(() -> newest(client).get("outcome").equals("from-log"));
        assertThat(newest(client))
            .containsEntry("rule", "in-log")
            .containsEntry("asked-id", id)
            .containsEntry("asked-offset", "10")
            .containsEntry("setting", "repl-backlog-size")
            .containsEntry("state", "under-way");
        replica.send("REPLCONF", "ACK", Long.toString(end));
        await().until(() -> newest(client).get("state").equals("done"));
        assertThat(newest(client)).containsEntry("bytes", Long.toString(end - 10));
      }
      assertThat(master.infoField("replication", "last_resync_result"))
          .startsWith("outcome=from-log,rule=in-log,setting=repl-backlog-size,state=done,bytes=");
      // Of a history nobody knows, and lost before it had everything.
      try (RespClient replica = RespClient.connect(master.port())) {
        assertThat(replica.text("PSYNC", "f".repeat(40), "11")).startsWith("FULLRESYNC");
      }
      await().until(() -> newest(client).get("state").equals("broken-off"));
      assertThat(newest(client)).containsEntry("rule", "unknown-history");
      assertThat(resyncs(client, "2")).hasSize(2);
      assertThat(resyncs(client, "-1")).hasSize(3);
      assertThat(client.call("MILLRACE", "RESYNCS", "-2"))
          .isEqualTo(new RespError("ERR count should be greater than or equal to -1"));
      assertThat(RespClient.render(client.call("MILLRACE", "HELP"))).contains("RESYNCS [<count>]");
      assertThat(RespClient.render(client.call("COMMAND", "DOCS", "millrace")))
          .contains("millrace|resyncs");
    }
    try (InProcessServer again = InProcessServer.start(directory)) {
      List<Map<String, String>> kept = resyncs(again.client(), "-1");
      assertThat(kept).hasSize(3);
      assertThat(kept.get(0)).containsEntry("state", "broken-off");
      assertThat(kept.get(1))
          .containsEntry("outcome", "from-log")
          .containsEntry("asked-offset", "10")
          .containsEntry("state", "done");
      assertThat(kept.get(2)).containsEntry("rule", "first-sync").containsEntry("state", "done");
    }
  }

  @Test
  void aReplicaOfTheOldSyncShouldBeToldOfToo() {
    try (InProcessServer master = InProcessServer.start(other, "--appendonly", "no")) {
      master.client().text("SET", "k", "v");
      try (RawReplica replica = RawReplica.sync(master.port())) {
        await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> newest(master.client()).get("state").equals("done"));
        assertThat(Long.parseLong(newest(master.client()).get("bytes")))
            .isGreaterThanOrEqualTo(replica.rdb().length);
        assertThat(newest(master.client())).containsEntry("log", "[]");
      }
    }
  }
}
