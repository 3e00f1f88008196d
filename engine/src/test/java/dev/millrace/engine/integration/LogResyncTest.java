package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.LiveServer;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.Signals;
import dev.millrace.engine.testing.SlowLink;
import dev.millrace.engine.testing.SteadyWriter;
import dev.millrace.engine.testing.Traffic;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Replicas that were away for longer than memory remembers, or are too slow for it. */
@Timeout(240)
class LogResyncTest {
  private static final long MEGABYTE = 1 << 20;
  private static final long MISSED_BYTES = 12 * MEGABYTE;
  private static final long FAST = 4096 * MEGABYTE;
  private static final String[] SMALL = {
    "--repl-backlog-size",
    "256kb",
    "--aof-segment-size",
    "2mb",
    "--auto-aof-rewrite-percentage",
    "0"
  };

  @Test
  void shouldContinueFromTheLogWhileWritersGoOn() {
    try (LiveServer master = LiveServer.start(SMALL);
        RealRedis replica = StockReplica.of(master.port())) {
      Traffic.set(master.port(), "old", 1000, 1000, MEGABYTE);
      StockReplica.awaitEqual(master, replica);
      try (SteadyWriter writer = SteadyWriter.start(master.port(), "counter", 300)) {
        long fullSyncs = master.infoNumber("stats", "sync_full");
        Signals.freeze(replica.processId());
        StockReplica.cutLinks(master);
        Traffic.set(master.port(), "missed", 2000, 1000, MISSED_BYTES);
        // The journal is a little behind what was acknowledged.
        await().until(() -> master.infoNumber("replication", "log_segments") > 5);
        Signals.thaw(replica.processId());
        long atReturn = writer.acknowledged();
        await()
            .atMost(StockReplica.PATIENCE)
            .until(() -> "up".equals(replica.infoField("replication", "master_link_status")));
        await().until(() -> writer.acknowledged() > atReturn + 100);
        assertThat(master.infoNumber("stats", "sync_full")).isEqualTo(fullSyncs);
      }
      StockReplica.awaitEqual(master, replica);
      Map<String, String> sent = master.info("replication");
      assertThat(Long.parseLong(sent.get("repl_bytes_from_log"))).isGreaterThan(MISSED_BYTES);
      assertThat(sent.get("last_resync")).contains("continued from the log");
      assertThat(master.infoNumber("stats", "sync_partial_ok")).isEqualTo(1);
    }
  }

  @Test
  void shouldContinueFromTheLogAfterTheMasterWasShutDownMeanwhile() {
    try (LiveServer master = LiveServer.start(SMALL);
        RealRedis replica = StockReplica.of(master.port())) {
      Traffic.set(master.port(), "old", 500, 1000, MEGABYTE);
      StockReplica.takeAway(master, replica);
      Traffic.set(master.port(), "missed", 2000, 1000, MISSED_BYTES);
      String id = master.infoField("replication", "master_replid");
      long offset = master.offset();
      String digest = master.digest();

      master.shutdown();
      master.restart();

      assertThat(master.info("replication"))
          .containsEntry("master_replid", id)
          .containsEntry("master_repl_offset", Long.toString(offset));
      assertThat(master.digest()).isEqualTo(digest);
      Traffic.set(master.port(), "later", 300, 1000, 300_000);
      Signals.thaw(replica.processId());
      StockReplica.awaitEqual(master, replica);
      assertThat(master.infoNumber("stats", "sync_full")).isZero();
      assertThat(master.infoNumber("stats", "sync_partial_ok")).isEqualTo(1);
      assertThat(master.infoNumber("replication", "repl_bytes_from_log"))
          .isGreaterThan(MISSED_BYTES);
    }
  }

  @Test
  void l5_shouldContinueUnderANewIdAfterTheMasterWasKilledMeanwhile() {
    try (LiveServer master = LiveServer.start(SMALL);
        RealRedis replica = StockReplica.of(master.port())) {
      Traffic.set(master.port(), "old", 500, 1000, MEGABYTE);
      StockReplica.takeAway(master, replica);
      Traffic.set(master.port(), "missed", 2000, 1000, MISSED_BYTES);
      String id = master.infoField("replication", "master_replid");
      // What the journal has written is in the page cache, and survives a kill of the process.
      long offset = master.offset();
      await().until(() -> master.infoNumber("replication", "log_written_offset") >= offset);

      master.kill();
      master.restart();

      Map<String, String> recovered = master.info("replication");
      String newId = recovered.get("master_replid");
      assertThat(newId).isNotEqualTo(id);
      assertThat(recovered).containsEntry("master_replid2", id);
      assertThat(Long.parseLong(recovered.get("second_repl_offset")))
          .isEqualTo(Long.parseLong(recovered.get("master_repl_offset")) + 1);
      assertThat(master.offset()).isGreaterThanOrEqualTo(offset);
      Traffic.set(master.port(), "later", 300, 1000, 300_000);
      Signals.thaw(replica.processId());
      StockReplica.awaitEqual(master, replica);
      assertThat(replica.info("replication")).containsEntry("master_replid", newId);
      assertThat(master.infoNumber("stats", "sync_full")).isZero();
      assertThat(master.infoNumber("stats", "sync_partial_ok")).isEqualTo(1);
      assertThat(master.infoNumber("replication", "repl_bytes_from_log"))
          .isGreaterThan(MISSED_BYTES);
    }
  }

  @Test
  void l5_aReplicaAheadOfWhatTheMasterRecoveredShouldBeCopiedWhole() throws Exception {
    // Without fsync the ledger promises nothing about the tail, as after a power cut.
    try (LiveServer master = LiveServer.start("--appendfsync", "no");
        RealRedis ahead = StockReplica.of(master.port());
        RealRedis behind = StockReplica.of(master.port())) {
      Traffic.set(master.port(), "kept", 200, 1000, 200_000);
      StockReplica.awaitEqual(master, ahead, behind);
      long seen = master.offset();
      Signals.freeze(behind.processId());
      StockReplica.cutLinks(master);
      StockReplica.awaitAttached(master, 1);
      Traffic.set(master.port(), "kept", 200, 1000, 200_000);
      master.client().text("SET", "lost", "on the master only");
      StockReplica.awaitOffset(master, ahead);
      long offset = master.offset();
      await().until(() -> master.infoNumber("replication", "log_written_offset") >= offset);
      master.kill();
      cutTail(master.logDirectory(), "on the master only".length());

      master.restart();

      long recovered = master.offset();
      assertThat(recovered).isBetween(seen, offset - 1);
      assertThat(master.client().text("GET", "lost")).isEqualTo("(nil)");
      StockReplica.awaitEqual(master, ahead);
      assertThat(ahead.client().text("GET", "lost")).isEqualTo("(nil)");
      assertThat(master.infoNumber("stats", "sync_full")).isEqualTo(1);
      assertThat(master.infoNumber("stats", "sync_partial_ok")).isZero();
      assertThat(master.infoField("replication", "last_resync")).contains("full sync");
      Signals.thaw(behind.processId());
      StockReplica.awaitEqual(master, ahead, behind);
      assertThat(master.infoNumber("stats", "sync_full")).isEqualTo(1);
      assertThat(master.infoNumber("stats", "sync_partial_ok")).isEqualTo(1);
    }
  }

  @Test
  void l7_aSlowReplicaShouldReadFilesAndNeitherBeDroppedNorCostMemory() throws Exception {
    long burst = 96 * MEGABYTE;
    int valueBytes = 32 * 1024;
    try (LiveServer master = LiveServer.startWithResidentHeap(192, SMALL);
        SlowLink link = SlowLink.to(master.port(), FAST);
        RealRedis replica = StockReplica.of(link.port())) {
      StockReplica.awaitAttached(master, 1);
      Traffic.set(master.port(), "burst", 64, valueBytes, burst);
      StockReplica.awaitEqual(master, replica);
      long fullSyncs = master.infoNumber("stats", "sync_full");
      long demotions = master.infoNumber("replication", "repl_demotions");
      long resident = residentBytes(master);

      link.speed(2 * MEGABYTE);
      Traffic.set(master.port(), "burst", 64, valueBytes, 3 * burst);

      // What waits for the journal goes when it has written, up to the 64 blocks of 1 MB that are
      // kept for the next burst. What a slow replica cost in memory would stay, and be all of it.
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> assertThat(residentBytes(master) - resident).isLessThan(burst));
      // What the kernel holds for the socket goes first: a few megabytes, or seconds.
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() ->
              assertThat(master.infoNumber("replication", "repl_demotions"))
                  .as(() -> master.info("replication").toString())
                  .isGreaterThan(demotions));
      assertThat(master.infoField("replication", "slave0")).contains("source=log");
      assertThat(master.offset() - link.carriedBytes()).isGreaterThan(2 * burst);
      link.speed(FAST);
      StockReplica.awaitEqual(master, replica);
      assertThat(master.infoNumber("stats", "sync_full")).isEqualTo(fullSyncs);
      assertThat(master.infoNumber("stats", "sync_partial_ok")).isZero();
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> master.infoField("replication", "slave0").contains("source=backlog"));
    }
  }

  private static void cutTail(Path logDirectory, int bytes) throws IOException {
    Path last = Segments.of(logDirectory).getLast();
    try (RandomAccessFile file = new RandomAccessFile(last.toFile(), "rw")) {
      file.setLength(file.length() - bytes);
    }
  }

  private static long residentBytes(LiveServer server) throws IOException {
    String[] pages = Files.readString(Path.of("/proc/" + server.processId() + "/statm")).split(" ");
    return Long.parseLong(pages[1]) * 4096;
  }
}
