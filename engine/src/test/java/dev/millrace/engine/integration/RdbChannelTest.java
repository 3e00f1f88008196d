package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.InProcessServer;
import dev.millrace.engine.testing.LiveServer;
import dev.millrace.engine.testing.Peer;
import dev.millrace.engine.testing.RawReplica;
import dev.millrace.engine.testing.RespClient;
import dev.millrace.engine.testing.RespError;
import dev.millrace.engine.testing.ScriptedMaster;
import dev.millrace.engine.testing.SteadyWriter;
import dev.millrace.engine.testing.Traffic;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Full syncs by two connections: the dataset by one, and the stream meanwhile by the other. */
@Timeout(180)
@SuppressWarnings("NullAway") // a reply that is null fails the test as well
class RdbChannelTest {
  private static final String ID = "b".repeat(40);
  private static final long OFFSET = 5000;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static byte[] dataset;

  @TempDir Path directory;

  @BeforeAll
  static void takeADataset(@TempDir Path directory) {
    try (InProcessServer source = InProcessServer.start(directory)) {
      source.client().text("SET", "base", "0");
      source.client().text("SET", "counter", "100");
      try (RawReplica replica = RawReplica.psync(source.port())) {
        dataset = replica.rdb();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"yes", "no"})
  void twoMillracesShouldSyncByTwoConnectionsWhileWritersGoOn(String appendonly) {
    try (LiveServer master = LiveServer.start();
        InProcessServer replica =
            InProcessServer.start(
                directory, "--appendonly", appendonly, "--masterauth", "secret")) {
      Traffic.set(master.port(), "key", 5000, 1000, 5_000_000);
      master.client().text("SELECT", "7");
      try (SteadyWriter writer = SteadyWriter.start(master.port(), "counter", 1000)) {
        replica.client().text("CONFIG", "SET", "key-load-delay", "200");
        master.client().text("CONFIG", "SET", "requirepass", "secret");
        follow(replica, master.port());
        await()
            .atMost(PATIENCE)
            .until(
                () -> master.info("replication").toString().contains("state=send_bulk_and_stream"));
        assertThat(master.infoNumber("replication", "connected_slaves")).isEqualTo(1);
        await()
            .atMost(PATIENCE)
            .until(() ->
                replica.info("replication").containsKey("master_sync_stream_ahead_bytes")
                    && replica.infoNumber("replication", "master_sync_stream_ahead_bytes") > 0);
        await().atMost(PATIENCE).until(() -> isUp(replica));
        long atSync = writer.acknowledged();
        await().atMost(PATIENCE).until(() -> writer.acknowledged() > atSync + 100);
        writer.end();
      }
      awaitEqual(master, replica);
      assertThat(master.infoNumber("stats", "sync_full")).isEqualTo(1);
      assertThat(master.info("replication").toString()).contains("state=online");
      // It is a replica like any other: its offset is acknowledged, and a cut is no full sync.
      master.client().text("SET", "after", "sync");
      assertThat(master.client().call("WAIT", "1", "10000")).isEqualTo(1L);
      master.client().text("CLIENT", "KILL", "TYPE", "replica");
      master.client().text("SET", "after", "cut");
      awaitEqual(master, replica);
      assertThat(master.infoNumber("stats", "sync_full")).isEqualTo(1);
      assertThat(master.infoNumber("stats", "sync_partial_ok")).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"master", "replica"})
  void eitherSideShouldBeAbleToRefuseIt(String side) {
    String[] no = {"--repl-rdb-channel", "no"};
    String[] yes = {};
    try (LiveServer master = LiveServer.start(side.equals("master") ? no : yes);
        InProcessServer replica =
            InProcessServer.start(directory, side.equals("replica") ? no : yes)) {
      master.client().text("SET", "k", "v");
      follow(replica, master.port());
      awaitEqual(master, replica);
      assertThat(replica.client().text("GET", "k")).isEqualTo("v");
      assertThat(master.infoNumber("stats", "sync_full")).isEqualTo(1);
    }
  }

  @Test
  void l1_theStreamShouldBeginOnTheFirstConnectionWhereTheDatasetEnds() {
    try (LiveServer master = LiveServer.start();
        RespClient first = RespClient.connect(master.port())) {
      master.client().text("SET", "before", "v");
      assertThat(
              first.text("REPLCONF", "capa", "eof", "capa", "psync2", "capa", "rdb-channel-repl"))
          .isEqualTo("OK");
      String[] invitation = first.text("PSYNC", "?", "-1").split(" ");
      assertThat(invitation[0]).isEqualTo("RDBCHANNELSYNC");
      try (RespClient second = RespClient.connect(master.port())) {
        assertThat(second.call("REPLCONF", "rdb-channel", "1", "main-ch-client-id", "999999"))
            .isEqualTo(new RespError("ERR Unrecognized RDB client id: 999999"));
        assertThat(second.text("REPLCONF", "rdb-channel", "1", "main-ch-client-id", invitation[1]))
            .isEqualTo("OK");
        String[] answer = second.text("PSYNC", "?", "-1").split(" ");
        assertThat(answer).hasSize(3);
        assertThat(answer[0]).isEqualTo("FULLRESYNC");
        // Before a byte of the dataset was read.
        master.client().text("SELECT", "3");
        master.client().text("SET", "during", "sync");
        String stream =
            "*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n*3\r\n$3\r\nSET\r\n$6\r\nduring\r\n$4\r\nsync\r\n";
        assertThat(new String(first.readBytes(stream.length()), StandardCharsets.US_ASCII))
            .isEqualTo(stream);
        assertThat(Long.parseLong(answer[2]) + stream.length()).isEqualTo(master.offset());
        String line = second.nextLine();
        assertThat(line).startsWith("$");
        byte[] rdb = second.readBytes(Integer.parseInt(line.substring(1)));
        assertThat(new String(rdb, StandardCharsets.ISO_8859_1))
            .startsWith("REDIS")
            .contains("before")
            .doesNotContain("during");
      }
      first.send("REPLCONF", "ACK", Long.toString(master.offset()));
      await()
          .atMost(PATIENCE)
          .until(() -> master.info("replication").toString().contains("state=online"));
    }
  }

  @Test
  void aReplicaWhoseSecondConnectionIsLostShouldBeDisconnected() {
    try (LiveServer master = LiveServer.start();
        RespClient first = RespClient.connect(master.port());
        RespClient late = RespClient.connect(master.port())) {
      first.text("REPLCONF", "capa", "rdb-channel-repl");
      String id = first.text("PSYNC", "?", "-1").split(" ")[1];
      try (RespClient second = RespClient.connect(master.port())) {
        second.text("REPLCONF", "rdb-channel", "1", "main-ch-client-id", id);
      }
      // It has not asked for the dataset yet: the place is still taken, and then gone.
      await().atMost(PATIENCE).until(() -> first.isAtEnd());
      assertThat(RespClient.render(late.call("REPLCONF", "main-ch-client-id", id)))
          .contains("Unrecognized RDB client id");
      assertThat(master.infoNumber("replication", "connected_slaves")).isZero();
    }
  }

  @Test
  void whatComesWhileTheDatasetIsLoadedShouldBeAppliedAfterIt() {
    CountDownLatch hold = new CountDownLatch(1);
    AtomicLong sent = new AtomicLong();
    try (ScriptedMaster master = ScriptedMaster.start(streaming(sent, 200_000), base(hold));
        InProcessServer replica =
            InProcessServer.start(directory, "--replica-full-sync-buffer-limit", "1mb")) {
      follow(replica, master.port());
      // The limit holds: the rest waits with the master.
      await()
          .atMost(PATIENCE)
          .until(() ->
              replica.info("replication").containsKey("master_sync_stream_ahead_bytes")
                  && replica.infoNumber("replication", "master_sync_stream_ahead_bytes")
                      > (1 << 20) - (64 << 10));
      assertThat(replica.infoNumber("replication", "master_sync_stream_ahead_bytes"))
          .isLessThanOrEqualTo(1 << 20);
      assertThat(replica.infoField("replication", "master_link_status")).isEqualTo("down");
      hold.countDown();
      await()
          .atMost(PATIENCE)
          .until(() -> replica.client().text("GET", "counter").equals("200100"));
      assertThat(replica.offset()).isEqualTo(OFFSET + sent.get());
      assertThat(replica.client().text("GET", "base")).isEqualTo("0");
      assertThat(isUp(replica)).isTrue();
      assertThat(directory.toFile().list()).noneMatch(name -> name.startsWith("temp-"));
      assertThat(master.asked())
          .contains("REPLCONF capa eof capa psync2 capa rdb-channel-repl capa dual-channel")
          .contains("REPLCONF rdb-channel 1 main-ch-client-id 77");
      assertThat(master.syncsAsked()).containsExactly("PSYNC ? -1", "PSYNC ? -1");
    }
  }

  @Test
  void aFirstConnectionLostWhileTheDatasetIsLoadedShouldCostNoSecondFullSync() {
    CountDownLatch hold = new CountDownLatch(1);
    try (ScriptedMaster master =
            ScriptedMaster.start(
                link -> {
                  link.shakeHands();
                  link.send("+RDBCHANNELSYNC 77\r\n");
                  link.send("\n*2\r\n$4\r\nINCR\r\n$7\r\ncounter\r\n");
                  hold.await();
                },
                base(hold),
                link -> {
                  link.shakeHands();
                  link.send("+CONTINUE\r\n");
                  link.stay();
                });
        InProcessServer replica = InProcessServer.start(directory)) {
      follow(replica, master.port());
      await().atMost(PATIENCE).until(() -> master.syncsAsked().size() == 2);
      hold.countDown();
      await().atMost(PATIENCE).until(() -> master.syncsAsked().size() == 3);
      assertThat(master.syncsAsked().get(2)).isEqualTo("PSYNC " + ID + " " + (OFFSET + 27 + 1));
      await().atMost(PATIENCE).until(() -> isUp(replica));
      assertThat(replica.client().text("GET", "counter")).isEqualTo("101");
      assertThat(replica.offset()).isEqualTo(OFFSET + 27);
    }
  }

  @Test
  void aSecondConnectionThatBreaksShouldBeginTheSyncAnew() {
    CountDownLatch open = new CountDownLatch(0);
    AtomicLong sent = new AtomicLong();
    try (ScriptedMaster master =
            ScriptedMaster.start(
                streaming(new AtomicLong(), 10),
                link -> {
                  link.shakeHands();
                  link.send("+FULLRESYNC " + ID + " " + OFFSET + "\r\n$1000\r\nREDIS");
                },
                streaming(sent, 10),
                base(open));
        InProcessServer replica = InProcessServer.start(directory)) {
      replica.client().text("SET", "old", "data");
      follow(replica, master.port());
      await()
          .atMost(PATIENCE)
          .until(() -> replica.offset() == OFFSET + sent.get() && isUp(replica));
      assertThat(replica.client().text("GET", "counter")).isEqualTo("110");
      assertThat(replica.client().text("EXISTS", "old")).isEqualTo("0");
    }
  }

  /** The first connection: an invitation, and so many INCR at once. */
  private static ScriptedMaster.Script streaming(AtomicLong sent, int increments) {
    return link -> {
      link.shakeHands();
      link.send("+RDBCHANNELSYNC 77\r\n");
      byte[] increment =
          "*2\r\n$4\r\nINCR\r\n$7\r\ncounter\r\n".getBytes(StandardCharsets.US_ASCII);
      ByteArrayOutputStream batch = new ByteArrayOutputStream();
      for (int i = 0; i < increments; i++) {
        batch.writeBytes(increment);
      }
      sent.set(batch.size());
      link.send(batch.toByteArray());
      link.stay();
    };
  }

  /** The second connection: the dataset, its end as diskless masters mark it. */
  private static ScriptedMaster.Script base(CountDownLatch hold) {
    return link -> {
      String mark = "m".repeat(40);
      link.shakeHands();
      link.send("+FULLRESYNC " + ID + " " + OFFSET + "\r\n");
      hold.await();
      link.send("$EOF:" + mark + "\r\n");
      link.send(dataset);
      link.send(mark);
      link.stay();
    };
  }

  private static boolean isUp(Peer replica) {
    return replica.infoField("replication", "master_link_status").equals("up");
  }

  private static void follow(Peer replica, int port) {
    assertThat(replica.client().text("REPLICAOF", "127.0.0.1", Integer.toString(port)))
        .isEqualTo("OK");
  }

  private static void awaitEqual(Peer master, Peer replica) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          assertThat(isUp(replica)).isTrue();
          assertThat(replica.offset()).isEqualTo(master.offset());
        });
    assertThat(replica.digest()).isEqualTo(master.digest());
  }
}
