package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.LiveServer;
import dev.millrace.engine.testing.RespClient;
import dev.millrace.engine.testing.Traffic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** More replicas that return at once than files are sent to at a time. */
@Timeout(180)
class ManyReturnsTest {
  private static final int TRANSFERS_AT_ONCE = 16;
  private static final int REPLICAS = TRANSFERS_AT_ONCE + 5;
  private static final int MISSED_BYTES = 12 << 20;
  private static final int RECEIVE_BUFFER_BYTES = 32 << 10;
  private static final int PIECE_BYTES = 64 << 10;

  /** A replica that has asked for the stream, and reads it when it is told to. */
  private static RespClient returning(int port, String id) {
    // Little is received unread, so that a transfer cannot end before anything was read.
    RespClient replica = RespClient.connect(port, RECEIVE_BUFFER_BYTES);
    assertThat(replica.text("REPLCONF", "capa", "psync2")).isEqualTo("OK");
    assertThat(replica.text("PSYNC", id, "1")).isEqualTo("CONTINUE " + id);
    return replica;
  }

  /** The checksum of so many bytes of the stream. */
  private static long read(RespClient replica, long bytes) {
    CRC32C crc = new CRC32C();
    for (long left = bytes; left > 0; ) {
      byte[] piece = replica.readBytes((int) Math.min(left, PIECE_BYTES));
      crc.update(piece);
      left -= piece.length;
    }
    return crc.getValue();
  }

  @Test
  void thoseBeyondTheTransferThreadsShouldWaitAndAllContinueFromTheLog() {
    List<RespClient> replicas = new ArrayList<>();
    try (LiveServer master =
        LiveServer.start("--repl-backlog-size", "256kb", "--auto-aof-rewrite-percentage", "0")) {
      Traffic.set(master.port(), "missed", 2000, 1000, MISSED_BYTES);
      long end = master.offset();
      await().until(() -> master.infoNumber("replication", "log_written_offset") >= end);
      String id = master.infoField("replication", "master_replid");
      try {
        for (int i = 0; i < REPLICAS; i++) {
          replicas.add(returning(master.port(), id));
        }
        await()
            .atMost(Duration.ofSeconds(30))
            .until(
                () -> replicas.stream().filter(RespClient::hasInput).count() == TRANSFERS_AT_ONCE);
        await()
            .during(Duration.ofSeconds(1))
            .atMost(Duration.ofSeconds(5))
            .until(
                () -> replicas.stream().filter(RespClient::hasInput).count() == TRANSFERS_AT_ONCE);
        // Those that wait keep nobody else from being served.
        assertThat(master.client().text("SET", "meanwhile", "v")).isEqualTo("OK");
        assertThat(master.infoNumber("replication", "connected_slaves")).isEqualTo(REPLICAS);
        // Those that were served first give their places up.
        List<RespClient> inTurn = new ArrayList<>(replicas);
        inTurn.sort((a, b) -> Boolean.compare(b.hasInput(), a.hasInput()));
        List<Long> sums = inTurn.stream().map(replica -> read(replica, end)).toList();
        assertThat(sums.stream().distinct().count()).isEqualTo(1);
        assertThat(master.infoNumber("stats", "sync_partial_ok")).isEqualTo(REPLICAS);
        assertThat(master.infoNumber("stats", "sync_full")).isZero();
        await()
            .atMost(Duration.ofSeconds(30))
            .until(() ->
                master.infoNumber("replication", "repl_transfers") == REPLICAS
                    && !master.info("replication").toString().contains("source=log"));
      } finally {
        replicas.forEach(RespClient::close);
      }
    }
  }
}
