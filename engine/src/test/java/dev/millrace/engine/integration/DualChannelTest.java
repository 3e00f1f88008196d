package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.InProcessServer;
import dev.millrace.engine.testing.LiveServer;
import dev.millrace.engine.testing.RespClient;
import dev.millrace.engine.testing.RespError;
import dev.millrace.engine.testing.ScriptedMaster;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Full syncs by two connections in the words of Valkey 8 (dual channel), of which no server is at
 * hand here: the peers of these tests say what the handshake in Valkey's source says.
 */
@Timeout(180)
class DualChannelTest {
  private static final String ID = "c".repeat(40);
  private static final long OFFSET = 7000;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path directory;

  @Test
  void l1_aValkeyReplicaShouldGetTheDatasetByOneConnectionAndTheStreamByTheOther() {
    try (LiveServer master = LiveServer.start();
        RespClient first = RespClient.connect(master.port())) {
      master.client().text("SET", "before", "v");
      introduce(first);
      assertThat(first.text("PSYNC", "?", "-1")).isEqualTo("DUALCHANNELSYNC");
      try (RespClient second = RespClient.connect(master.port())) {
        String[] stands = askForDataset(second);
        // The dataset is there, and nobody has asked for the stream yet: it waits in the log.
        master.client().text("SELECT", "3");
        master.client().text("SET", "during", "sync");
        assertThat(first.call("REPLCONF", "set-rdb-client-id", "999999"))
            .isEqualTo(new RespError("ERR Unrecognized RDB client id 999999"));
        assertThat(first.text("REPLCONF", "set-rdb-client-id", stands[3])).isEqualTo("OK");
        long offset = Long.parseLong(stands[0]);
        assertThat(first.text("PSYNC", stands[1], Long.toString(offset + 1)))
            .isEqualTo("CONTINUE " + stands[1]);
        assertThat(master.info("replication").toString()).contains("state=send_bulk_and_stream");
        String stream =
            "*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n*3\r\n$3\r\nSET\r\n$6\r\nduring\r\n$4\r\nsync\r\n";
        assertThat(new String(first.readBytes(stream.length()), StandardCharsets.US_ASCII))
            .isEqualTo(stream);
        assertThat(offset + stream.length()).isEqualTo(master.offset());
        assertThat(text(dataset(second))).contains("before").doesNotContain("during");
      }
      first.send("REPLCONF", "ACK", Long.toString(master.offset()));
      await()
          .atMost(PATIENCE)
          .until(() -> master.info("replication").toString().contains("state=online"));
      // One full sync, of which the second PSYNC was a part.
      assertThat(master.infoNumber("stats", "sync_full")).isEqualTo(1);
      assertThat(master.infoNumber("stats", "sync_partial_ok")).isZero();
      assertThat(master.infoNumber("stats", "sync_partial_err")).isZero();
      assertThat(resyncs(master)).contains("done").doesNotContain("under-way", "broken-off");
    }
  }

  @Test
  void theDatabaseOfAStreamThatIsPassedOnShouldBeTold() {
    try (LiveServer top = LiveServer.start();
        LiveServer master = LiveServer.start()) {
      top.client().text("SELECT", "5");
      top.client().text("SET", "key", "1");
      assertThat(master.client().text("REPLICAOF", "127.0.0.1", Integer.toString(top.port())))
          .isEqualTo("OK");
      await()
          .atMost(PATIENCE)
          .until(() -> master.infoField("replication", "master_link_status").equals("up"));
      top.client().text("SET", "key", "2");
      await().atMost(PATIENCE).until(() -> master.offset() == top.offset());
      try (RespClient second = RespClient.connect(master.port())) {
        assertThat(askForDataset(second)[2]).isEqualTo("5");
        assertThat(text(dataset(second))).contains("key");
      }
    }
  }

  @Test
  void aReplicaThatWasNotToldToUseTwoShouldGetBothByOne() {
    try (LiveServer master = LiveServer.start("--repl-rdb-channel", "no");
        RespClient first = RespClient.connect(master.port())) {
      introduce(first);
      assertThat(first.text("PSYNC", "?", "-1")).startsWith("FULLRESYNC ");
    }
  }

  @Test
  void whoeverAsksForTheDatasetOnlyShouldGetIt() {
    try (LiveServer master = LiveServer.start();
        RespClient dump = RespClient.connect(master.port());
        RespClient announced = RespClient.connect(master.port())) {
      master.client().text("SET", "key", "v");
      assertThat(dump.text("REPLCONF", "rdb-only", "1")).isEqualTo("OK");
      dump.send("SYNC");
      assertThat(text(dataset(dump))).startsWith("REDIS").contains("key");
      assertThat(announced.text("REPLCONF", "rdb-only", "1")).isEqualTo("OK");
      assertThat(announced.text("PSYNC", "?", "-1")).startsWith("FULLRESYNC ");
      assertThat(text(dataset(announced))).startsWith("REDIS").contains("key");
      await().atMost(PATIENCE).until(() -> dump.isAtEnd() && announced.isAtEnd());
      assertThat(master.infoNumber("replication", "connected_slaves")).isZero();
      assertThat(resyncs(master)).contains("done").doesNotContain("under-way", "broken-off");
    }
  }

  @Test
  void whoeverHangsUpAsSoonAsItHasTheDatasetShouldBeNotedAsServed() {
    try (LiveServer master = LiveServer.start()) {
      master.client().text("SET", "key", "v".repeat(100_000));
      for (int i = 0; i < 20; i++) {
        try (RespClient dump = RespClient.connect(master.port())) {
          dump.text("REPLCONF", "rdb-only", "1");
          dump.send("SYNC");
          dataset(dump);
        }
      }
      await().atMost(PATIENCE).until(() -> !resyncs(master).contains("under-way"));
      assertThat(resyncs(master)).contains("done").doesNotContain("broken-off");
    }
  }

  @Test
  void whoeverHangsUpBeforeItHasTheDatasetShouldBeNotedAsNotServed() {
    try (LiveServer master = LiveServer.start("--repl-transfer-max-rate", "2mb")) {
      // More than a socket takes at once.
      SplittableRandom random = new SplittableRandom(1);
      for (int i = 0; i < 100; i++) {
        StringBuilder value = new StringBuilder();
        random.ints(50_000, 'a', 'z').forEach(c -> value.append((char) c));
        master.client().text("SET", "key" + i, value.toString());
      }
      try (RespClient dump = RespClient.connect(master.port())) {
        dump.text("REPLCONF", "rdb-only", "1");
        dump.send("SYNC");
        assertThat(dump.nextLine()).startsWith("$");
      }
      await().atMost(PATIENCE).until(() -> !resyncs(master).contains("under-way"));
      assertThat(resyncs(master)).contains("broken-off").doesNotContain("done");
    }
  }

  @Test
  void aReplicaOfAValkeyShouldApplyWhatCameMeanwhileAfterTheDataset() {
    CountDownLatch hold = new CountDownLatch(1);
    String set = "*3\r\n$3\r\nSET\r\n$6\r\nduring\r\n$4\r\nsync\r\n";
    byte[] rdb = datasetInDatabase(4);
    try (ScriptedMaster master =
            ScriptedMaster.start(
                link -> {
                  assertThat(link.shakeHands()).isEqualTo("PSYNC ? -1");
                  link.send("+DUALCHANNELSYNC\r\n");
                  assertThat(link.shakeHands()).isEqualTo("PSYNC " + ID + " " + (OFFSET + 1));
                  // No SELECT: the database is the dataset's.
                  link.send("+CONTINUE " + ID + "\r\n" + set);
                  hold.countDown();
                  link.stay();
                },
                link -> {
                  assertThat(link.shakeHands()).isEqualTo("SYNC");
                  link.send("\n$ENDOFF:" + OFFSET + " " + ID + " 4 78\r\n");
                  hold.await();
                  String mark = "m".repeat(40);
                  link.send("$EOF:" + mark + "\r\n");
                  link.send(rdb);
                  link.send(mark);
                  link.stay();
                });
        InProcessServer replica = InProcessServer.start(directory)) {
      assertThat(replica.client().text("REPLICAOF", "127.0.0.1", Integer.toString(master.port())))
          .isEqualTo("OK");
      await().atMost(PATIENCE).until(() -> replica.offset() == OFFSET + set.length());
      assertThat(replica.infoField("replication", "master_replid")).isEqualTo(ID);
      replica.client().text("SELECT", "4");
      assertThat(replica.client().text("GET", "base")).isEqualTo("0");
      assertThat(replica.client().text("GET", "during")).isEqualTo("sync");
      assertThat(master.asked())
          .contains(
              "REPLCONF capa eof rdb-only 1 rdb-channel 1 listening-port " + replica.port(),
              "REPLCONF set-rdb-client-id 78");
      assertThat(master.syncsAsked()).hasSize(3);
    }
  }

  @Test
  void aValkeyThatForgotTheSecondConnectionShouldBeAskedAnew() {
    byte[] rdb = datasetInDatabase(0);
    try (ScriptedMaster master =
            ScriptedMaster.start(
                link -> {
                  link.shakeHands();
                  link.send("+DUALCHANNELSYNC\r\n");
                  link.command();
                  link.send("-ERR Unrecognized RDB client id 78\r\n");
                  link.stay();
                },
                link -> {
                  link.shakeHands();
                  link.send("$ENDOFF:" + OFFSET + " " + ID + " 0 78\r\n");
                  link.stay();
                },
                ScriptedMaster.fullSync(ID, OFFSET, rdb));
        InProcessServer replica = InProcessServer.start(directory)) {
      assertThat(replica.client().text("REPLICAOF", "127.0.0.1", Integer.toString(master.port())))
          .isEqualTo("OK");
      await().atMost(PATIENCE).until(() -> replica.offset() == OFFSET);
      assertThat(replica.client().text("GET", "base")).isEqualTo("0");
    }
  }

  private static void introduce(RespClient first) {
    assertThat(first.text("REPLCONF", "capa", "eof", "capa", "psync2", "capa", "dual-channel"))
        .isEqualTo("OK");
    assertThat(first.text("REPLCONF", "version", "8.0.1")).isEqualTo("OK");
  }

  /** Offset, history, database and client ID, as the master says them. */
  private static String[] askForDataset(RespClient second) {
    assertThat(
            second.text(
                "REPLCONF",
                "capa",
                "eof",
                "rdb-only",
                "1",
                "rdb-channel",
                "1",
                "listening-port",
                "7001",
                "version",
                "8.0.1"))
        .isEqualTo("OK");
    second.send("SYNC");
    String line = second.nextLine();
    assertThat(line).matches("\\$ENDOFF:\\d+ [0-9a-f]{40} \\d+ \\d+");
    return line.substring("$ENDOFF:".length()).split(" ");
  }

  private static byte[] dataset(RespClient from) {
    return from.readBytes(Integer.parseInt(from.nextLine().substring(1)));
  }

  private byte[] datasetInDatabase(int database) {
    try (LiveServer source = LiveServer.start();
        LiveServer below = LiveServer.start();
        RespClient dump = RespClient.connect(below.port())) {
      source.client().text("SELECT", Integer.toString(database));
      source.client().text("SET", "base", "0");
      below.client().text("REPLICAOF", "127.0.0.1", Integer.toString(source.port()));
      await().atMost(PATIENCE).until(() -> below.offset() == source.offset());
      source.client().text("SET", "base", "0");
      await().atMost(PATIENCE).until(() -> below.offset() == source.offset());
      dump.text("REPLCONF", "rdb-only", "1");
      dump.send("SYNC");
      return dataset(dump);
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static String resyncs(LiveServer of) {
    return RespClient.render(of.client().call("MILLRACE", "RESYNCS"));
  }
}
