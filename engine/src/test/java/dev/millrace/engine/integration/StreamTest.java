package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.LiveServer;
import dev.millrace.engine.testing.RawReplica;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import dev.millrace.engine.testing.SlowLink;
import dev.millrace.engine.testing.Traffic;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The bytes themselves: what is in the segments, and what goes to a replica. */
@Timeout(120)
class StreamTest {
  private static final String[] SMALL = {
    "--aof-segment-size", "256kb",
    "--repl-backlog-size", "64kb",
    "--repl-ping-replica-period", "1",
    "--auto-aof-rewrite-percentage", "0"
  };

  @Test
  void l1_segmentsShouldHoldTheBytesReplicasReceiveAtTheSameOffsets() throws Exception {
    try (LiveServer master = LiveServer.start(SMALL);
        SlowLink link = SlowLink.to(master.port(), 4L << 30);
        RawReplica near = RawReplica.psync(master.port());
        RawReplica far = RawReplica.psync(link.port())) {
      writeOneOfEach(master.client());
      await()
          .until(() -> master.info("replication").toString().split("source=backlog").length == 3);
      // The far one is fed from files for a while, by other code than the near one.
      link.speed(1 << 20);
      Traffic.set(master.port(), "filler", 100, 20_000, 24 << 20);
      long ahead = master.offset();
      await().until(() -> master.infoNumber("replication", "log_written_offset") >= ahead);
      link.speed(4L << 30);
      writeOneOfEach(master.client());
      awaitPing(near);

      long end = await().until(() -> settledOffset(master, near, far), offset -> offset > 0);
      assertThat(master.infoNumber("replication", "repl_demotions"))
          .as(() -> master.info("replication").toString())
          .isPositive();
      byte[] onDisk = Segments.bytes(master.logDirectory());
      for (RawReplica replica : List.of(near, far)) {
        int start = (int) replica.startOffset();
        byte[] received = Arrays.copyOf(replica.stream(), (int) end - start);
        assertThat(Arrays.mismatch(received, Arrays.copyOfRange(onDisk, start, (int) end)))
            .as("first position where segments and stream differ")
            .isEqualTo(-1);
        String text = new String(received, StandardCharsets.ISO_8859_1);
        assertThat(text)
            .contains("SELECT\r\n$1\r\n3\r\n", "MULTI\r\n", "EXEC\r\n", "PING\r\n")
            .contains("REPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n", "PEXPIREAT\r\n");
      }
    }
  }

  @Test
  void l2_eachSegmentShouldBeginWhereTheOneBeforeEndsAndWithSelect() throws IOException {
    try (LiveServer master = LiveServer.start(SMALL);
        RawReplica _ = RawReplica.psync(master.port())) {
      for (int round = 0; round < 5; round++) {
        writeOneOfEach(master.client());
        Traffic.set(master.port(), "filler", 100, 1000, 300_000);
      }
      master.shutdown();
      List<Path> segments = Segments.of(master.logDirectory());
      assertThat(segments).hasSizeGreaterThan(4);
      long end = Segments.start(segments.getFirst());
      for (Path segment : segments) {
        byte[] bytes = Files.readAllBytes(segment);
        assertThat(Segments.start(segment)).as("%s", segment).isEqualTo(end);
        assertThat(new String(bytes, StandardCharsets.ISO_8859_1))
            .startsWith(bytes.length == 0 ? "" : "*2\r\n$6\r\nSELECT\r\n");
        end += bytes.length;
      }
    }
  }

  @Test
  void aReplicaOfTheOldSyncShouldGetTheDatasetAndTheStreamAfterIt(@TempDir Path directory)
      throws Exception {
    try (LiveServer master = LiveServer.start()) {
      writeOneOfEach(master.client());
      Traffic.set(master.port(), "before", 200, 500, 100_000);
      try (RawReplica old = RawReplica.sync(master.port())) {
        assertThat(new String(old.rdb(), StandardCharsets.ISO_8859_1)).startsWith("REDIS0010");
        Files.write(directory.resolve("dump.rdb"), old.rdb());
        try (RealRedis loaded = RealRedis.startIn(directory, "--enable-debug-command", "yes")) {
          Traffic.set(master.port(), "after", 200, 500, 100_000);
          writeOneOfEach(master.client());
          master.client().text("SET", "last", "word");
          await().until(() -> endsWith(old.stream(), "last\r\n$4\r\nword\r\n"));
          try (RespClient raw = RespClient.connect(loaded.port())) {
            raw.sendRaw(old.stream());
            raw.sendRaw("*1\r\n$4\r\nQUIT\r\n".getBytes(StandardCharsets.US_ASCII));
            while (!raw.isAtEnd()) {
              assertThat(RespClient.render(raw.read())).doesNotStartWith("-");
            }
          }
          assertThat(loaded.digest()).isEqualTo(master.digest());
        }
      }
    }
  }

  private static void writeOneOfEach(RespClient client) {
    client.text("SET", "plain", "1");
    client.text("SELECT", "3");
    client.text("SET", "other", "2", "EX", "1000");
    client.text("MULTI");
    client.text("INCR", "other2");
    client.text("APPEND", "other3", "x");
    client.text("EXEC");
    client.text("SELECT", "0");
    client.text("EXPIRE", "plain", "500");
    client.text("SET", "brief", "3", "PX", "1");
    client.text("GETDEL", "brief");
    client.text("MSET", "a", "1", "b", "2");
    client.call("WAIT", "9", "50");
  }

  private static void awaitPing(RawReplica replica) {
    await()
        .atMost(StockReplica.PATIENCE)
        .until(() ->
            new String(replica.stream(), StandardCharsets.ISO_8859_1).contains("\r\nPING\r\n"));
  }

  /** The offset up to which all have everything, or -1 while one has not. */
  private static long settledOffset(LiveServer master, RawReplica... replicas) {
    long offset = master.offset();
    if (master.infoNumber("replication", "log_written_offset") < offset) {
      return -1;
    }
    for (RawReplica replica : replicas) {
      if (replica.offset() < offset) {
        return -1;
      }
    }
    return offset;
  }

  private static boolean endsWith(byte[] bytes, String text) {
    return new String(bytes, StandardCharsets.ISO_8859_1).endsWith(text);
  }
}
