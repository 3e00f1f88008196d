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
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a master sends as its whole dataset, when it is not whole or not sound; and what clients see
 * meanwhile.
 */
@Timeout(180)
@SuppressWarnings("NullAway") // a reply that is null fails the test as well
class FullCopyTest {
  private static final String ID = "a".repeat(40);
  private static final int KEYS = 300;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static byte[] sound;

  @TempDir Path directory;

  @BeforeAll
  static void takeADataset(@TempDir Path directory) {
    try (InProcessServer source = InProcessServer.start(directory, "--rdbcompression", "no")) {
      RespClient client = source.client();
      for (int i = 0; i < KEYS; i++) {
        client.text("SET", "new:" + i, "v".repeat(500));
      }
      client.text("HSET", "hash", "field", "value");
      client.text("SELECT", "3");
      client.text("RPUSH", "list", "a", "b");
      client.text("FUNCTION", "LOAD", library("new"));
      try (RawReplica replica = RawReplica.psync(source.port())) {
        sound = replica.rdb();
      }
    }
  }

  private static String library(String answer) {
    return "#!lua name=lib\n"
        + "redis.register_function{function_name='f', flags={'no-writes'}, callback=function()"
        + " return '"
        + answer
        + "' end}";
  }

  /** A dataset as a fault has left it. */
  private static byte[] damaged(String fault) {
    byte[] rdb = sound.clone();
    int middle = rdb.length / 2;
    switch (fault) {
      case "a flipped byte" -> rdb[middle] ^= 1;
      case "an unknown type" -> {
        // The first key's type: it follows the last table size or aux field.
        int key = indexOf(rdb, "new:");
        rdb[key - 2] = 99;
      }
      case "cut short" -> rdb = Arrays.copyOf(rdb, middle);
      case "bytes after its end" -> rdb = Arrays.copyOf(rdb, rdb.length + 7);
      default -> throw new IllegalArgumentException(fault);
    }
    return rdb;
  }

  private static int indexOf(byte[] bytes, String text) {
    for (int i = 0; i < bytes.length - text.length(); i++) {
      if (new String(bytes, i, text.length(), java.nio.charset.StandardCharsets.ISO_8859_1)
          .equals(text)) {
        return i;
      }
    }
    throw new IllegalStateException("no " + text);
  }

  @ParameterizedTest
  @CsvSource({
    "a flipped byte, swapdb, yes",
    "a flipped byte, disabled, no",
    "an unknown type, disabled, yes",
    "cut short, swapdb, no",
    "cut short, disabled, yes",
    "bytes after its end, swapdb, yes"
  })
  void aDamagedDatasetShouldBeDroppedAndAskedForAgain(
      String fault, String mode, String appendonly) {
    try (ScriptedMaster master =
            ScriptedMaster.start(ScriptedMaster.fullSync(ID, 1000, damaged(fault)));
        InProcessServer replica =
            InProcessServer.start(
                directory, "--repl-diskless-load", mode, "--appendonly", appendonly)) {
      RespClient client = replica.client();
      client.text("SET", "old", "data");
      client.text("FUNCTION", "LOAD", library("old"));
      CountDownLatch hold = new CountDownLatch(1);
      master.then(link -> sendSoundAfter(hold, link));
      follow(replica, master);
      await().atMost(PATIENCE).until(() -> master.syncsAsked().size() == 2);
      // Between the two: nothing of the damaged one is there.
      boolean kept = mode.equals("swapdb");
      assertThat(client.text("DBSIZE")).isEqualTo(kept ? "1" : "0");
      assertThat(client.text("GET", "old")).isEqualTo(kept ? "data" : "(nil)");
      assertThat(RespClient.render(client.call("FCALL", "f", "0")))
          .contains(kept ? "old" : "ERR Function not found");
      assertThat(replica.infoNumber("persistence", "loading")).isZero();
      hold.countDown();
      awaitSound(replica, 2000);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"swapdb", "disabled", "on-empty-db"})
  void aLinkLostInTheMiddleOfADatasetShouldLeaveTheOldOne(String mode) {
    byte[] half = Arrays.copyOf(sound, sound.length / 2);
    try (ScriptedMaster master =
            ScriptedMaster.start(link -> {
              link.shakeHands();
              link.send("+FULLRESYNC " + ID + " 1000\r\n$" + sound.length + "\r\n");
              link.send(half);
            });
        InProcessServer replica = InProcessServer.start(directory, "--repl-diskless-load", mode)) {
      replica.client().text("SET", "old", "data");
      CountDownLatch hold = new CountDownLatch(1);
      master.then(link -> sendSoundAfter(hold, link));
      follow(replica, master);
      await().atMost(PATIENCE).until(() -> master.syncsAsked().size() == 2);
      assertThat(replica.client().text("GET", "old")).isEqualTo("data");
      assertThat(replica.client().text("DBSIZE")).isEqualTo("1");
      hold.countDown();
      awaitSound(replica, 2000);
    }
  }

  @Test
  void aDatasetWhoseLengthIsNotToldShouldEndWithItsMark() {
    String mark = "m".repeat(40);
    try (ScriptedMaster master =
            ScriptedMaster.start(link -> {
              link.shakeHands();
              link.send("+FULLRESYNC " + ID + " 1000\r\n$EOF:" + mark + "\r\n");
              for (int at = 0; at < sound.length; at += 997) {
                link.send(Arrays.copyOfRange(sound, at, Math.min(sound.length, at + 997)));
              }
              link.send(mark);
              link.stay();
            });
        InProcessServer replica = InProcessServer.start(directory)) {
      follow(replica, master);
      awaitSound(replica, 1000);
    }
  }

  @Test
  void aMasterThatKnowsNoPsyncShouldBeFollowedBySync() {
    String unknown = "-ERR unknown command\r\n";
    ScriptedMaster.Script old =
        link -> {
          String command = link.command();
          while (!command.equals("SYNC")) {
            link.send(command.equals("PING") ? "+PONG\r\n" : unknown);
            command = link.command();
          }
          link.send("\n\n");
          link.sendDataset(sound);
          link.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n*1\r\n$4\r\nPING\r\n");
          Thread.sleep(1500);
        };
    try (ScriptedMaster master = ScriptedMaster.start(old, old);
        InProcessServer replica = InProcessServer.start(directory)) {
      follow(replica, master);
      await()
          .atMost(PATIENCE)
          .until(() -> RespClient.render(replica.client().call("GET", "k")).equals("v"));
      assertThat(replica.client().text("DBSIZE")).isEqualTo(Integer.toString(KEYS + 2));
      // The link is lost: all over again, for such a master continues nothing.
      await().atMost(PATIENCE).until(() -> master.syncsAsked().size() == 4);
      assertThat(master.asked()).noneMatch(each -> each.startsWith("REPLCONF ACK"));
      assertThat(master.syncsAsked().get(1)).isEqualTo("SYNC");
      assertThat(master.syncsAsked().get(3)).isEqualTo("SYNC");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"yes", "no"})
  void anEarlierStateOfTheSameHistoryShouldBeServedUntilTheNewOneIsThere(String appendonly) {
    CountDownLatch second = new CountDownLatch(1);
    CountDownLatch rest = new CountDownLatch(1);
    int half = sound.length / 2;
    try (ScriptedMaster master =
            ScriptedMaster.start(
                link -> {
                  link.shakeHands();
                  link.send("+FULLRESYNC " + ID + " 1000\r\n");
                  link.sendDataset(sound);
                  second.await();
                },
                link -> {
                  link.shakeHands();
                  link.send("+FULLRESYNC " + ID + " 9000\r\n$" + sound.length + "\r\n");
                  link.send(Arrays.copyOf(sound, half));
                  rest.await();
                  link.send(Arrays.copyOfRange(sound, half, sound.length));
                  link.stay();
                });
        InProcessServer replica =
            InProcessServer.start(
                directory, "--appendonly", appendonly, "--replica-read-only", "no")) {
      follow(replica, master);
      awaitSound(replica, 1000);
      RespClient client = replica.client();
      client.text("SET", "mine", "old");
      client.text("DEL", "new:0");
      second.countDown();
      await().atMost(PATIENCE).until(() -> replica.infoNumber("persistence", "async_loading") == 1);
      assertThat(replica.infoNumber("persistence", "loading")).isZero();
      assertThat(replica.infoNumber("persistence", "loading_total_bytes")).isEqualTo(sound.length);
      assertThat(client.text("EVAL", "return redis.call('get', KEYS[1])", "1", "mine"))
          .isEqualTo("old");
      assertThat(client.text("FCALL", "f", "0")).isEqualTo("new");
      assertThat(client.text("DBSIZE")).isEqualTo(Integer.toString(KEYS + 1));
      try (RespClient listener = RespClient.connect(replica.port());
          RespClient watching = RespClient.connect(replica.port())) {
        listener.call("SUBSCRIBE", "channel");
        assertThat(client.text("PUBLISH", "channel", "heard")).isEqualTo("1");
        assertThat(RespClient.render(listener.read())).contains("heard");
        assertThat(watching.text("WATCH", "mine")).isEqualTo("OK");
        assertThat(watching.text("MULTI")).isEqualTo("OK");
        assertThat(watching.text("GET", "mine")).isEqualTo("QUEUED");
        assertThat(client.call("REPLICAOF", "NO", "ONE")).isEqualTo(loadingError());
        rest.countDown();
        await()
            .atMost(PATIENCE)
            .until(() -> replica.infoField("replication", "master_link_status").equals("up"));
        assertThat(watching.text("EXEC")).isEqualTo("(nil)");
      }
      assertThat(client.text("GET", "mine")).isEqualTo("(nil)");
      awaitSound(replica, 9000);
    }
  }

  @Test
  void anotherHistoryShouldNotBeReadFromWhileTheNewOneIsLoaded() {
    CountDownLatch rest = new CountDownLatch(1);
    int half = sound.length / 2;
    try (ScriptedMaster master =
            ScriptedMaster.start(link -> {
              link.shakeHands();
              link.send("+FULLRESYNC " + ID + " 1000\r\n$" + sound.length + "\r\n");
              link.send(Arrays.copyOf(sound, half));
              rest.await();
              link.send(Arrays.copyOfRange(sound, half, sound.length));
              link.stay();
            });
        InProcessServer replica = InProcessServer.start(directory)) {
      RespClient client = replica.client();
      client.text("SET", "old", "data");
      follow(replica, master);
      await().atMost(PATIENCE).until(() -> replica.infoNumber("persistence", "loading") == 1);
      assertThat(client.call("GET", "old")).isEqualTo(loadingError());
      assertThat(client.text("WATCH", "old")).isEqualTo("OK");
      rest.countDown();
      awaitSound(replica, 1000);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void l5_aReplicaPromotedAfterAHalfLoadedDatasetShouldBeginItsLogAnew(boolean clean) {
    try (ScriptedMaster master =
            ScriptedMaster.start(ScriptedMaster.fullSync(ID, 1000, damaged("a flipped byte")));
        LiveServer replica = LiveServer.start("--repl-diskless-load", "disabled")) {
      replica.client().text("SET", "old", "data");
      String before = replica.infoField("replication", "master_replid");
      master.then(link -> {
        link.shakeHands();
        link.stay();
      });
      follow(replica, master);
      await().atMost(PATIENCE).until(() -> master.syncsAsked().size() == 2);
      // Nobody may continue from a dataset that is not what the history says.
      assertThat(master.syncsAsked().get(1)).isEqualTo("PSYNC ? -1");
      assertThat(replica.client().text("BGREWRITEAOF")).contains("scheduled");
      assertThat(replica.client().text("REPLICAOF", "NO", "ONE")).isEqualTo("OK");
      assertThat(replica.client().text("SET", "after", "promotion")).isEqualTo("OK");
      assertThat(replica.infoField("replication", "master_replid")).isNotEqualTo(before);
      assertThat(replica.infoField("replication", "master_replid2")).isEqualTo("0".repeat(40));
      long end = replica.offset();
      await()
          .atMost(PATIENCE)
          .until(() -> replica.infoNumber("replication", "log_durable_offset") >= end);
      if (clean) {
        replica.stop();
      } else {
        replica.kill();
      }
      replica.restart();
      assertThat(replica.client().text("GET", "old")).isEqualTo("(nil)");
      assertThat(replica.client().text("GET", "after")).isEqualTo("promotion");
      assertThat(replica.client().text("DBSIZE")).isEqualTo("1");
    }
  }

  @Test
  void l5_aRestartAfterAHalfLoadedDatasetShouldFindWhatTheLogHeld() {
    try (ScriptedMaster master =
            ScriptedMaster.start(ScriptedMaster.fullSync(ID, 1000, damaged("cut short")));
        LiveServer replica = LiveServer.start("--repl-diskless-load", "disabled")) {
      replica.client().text("SET", "old", "data");
      long end = replica.offset();
      await()
          .atMost(PATIENCE)
          .until(() -> replica.infoNumber("replication", "log_durable_offset") >= end);
      master.then(link -> {
        link.shakeHands();
        link.stay();
      });
      follow(replica, master);
      await().atMost(PATIENCE).until(() -> master.syncsAsked().size() == 2);
      assertThat(replica.log().toLowerCase(Locale.ROOT)).contains("is dropped");
      replica.kill();
      replica.restart();
      assertThat(replica.client().text("GET", "old")).isEqualTo("data");
      assertThat(replica.client().text("DBSIZE")).isEqualTo("1");
    }
  }

  @Test
  void aCopyOfAnEmptyMasterShouldGoOnByPsync() {
    try (ScriptedMaster master =
            ScriptedMaster.start(link -> {
              link.shakeHands();
              link.send("+FULLRESYNC " + ID + " 0\r\n");
              link.sendDataset(sound);
            });
        InProcessServer replica = InProcessServer.start(directory)) {
      master.then(link -> {
        link.shakeHands();
        link.send("+CONTINUE\r\n");
        link.stay();
      });
      follow(replica, master);
      await().atMost(PATIENCE).until(() -> master.syncsAsked().size() == 2);
      assertThat(master.syncsAsked().get(1)).isEqualTo("PSYNC " + ID + " 1");
      awaitSound(replica, 0);
    }
  }

  @Test
  void aReplicaWithoutALogShouldHandOnWhatItWasSent(@TempDir Path second, @TempDir Path third) {
    try (InProcessServer master = InProcessServer.start(directory);
        InProcessServer middle = InProcessServer.start(second, "--appendonly", "no");
        InProcessServer last = InProcessServer.start(third, "--appendonly", "no")) {
      master.client().text("SELECT", "2");
      master.client().text("SET", "k", "v");
      follow(middle, master.port());
      awaitEqual(master, middle);
      follow(last, middle.port());
      awaitEqual(master, last);
      master.client().text("INCR", "counter");
      awaitEqual(master, middle);
      awaitEqual(master, last);
      // A second full sync, of a replica that keeps a log for its own replica.
      middle.client().text("REPLICAOF", "NO", "ONE");
      middle.client().text("SET", "own", "way");
      master.client().text("SET", "other", "way");
      follow(middle, master.port());
      awaitEqual(master, middle);
      awaitEqual(master, last);
      assertThat(last.client().text("GET", "own")).isEqualTo("(nil)");
    }
  }

  @Test
  void l5_aRestartFromAnRdbShouldLetReplicasContinueWhenNothingWasLost(@TempDir Path second) {
    try (LiveServer master = LiveServer.start("--appendonly", "no", "--save", "3600 1");
        InProcessServer replica = InProcessServer.start(second, "--appendonly", "no")) {
      master.client().text("SELECT", "5");
      master.client().text("SET", "k", "v");
      follow(replica, master.port());
      awaitEqual(master, replica);
      master.client().text("SET", "before", "restart", "PX", "1");
      awaitEqual(master, replica);
      master.stop();
      master.restart();
      master.client().text("SELECT", "5");
      master.client().text("SET", "after", "restart");
      awaitEqual(master, replica);
      assertThat(master.infoNumber("stats", "sync_full")).isZero();
      assertThat(master.infoNumber("stats", "sync_partial_ok")).isEqualTo(1);
      // What the RDB does not hold is lost: who has it cannot continue.
      await()
          .atMost(PATIENCE)
          .until(() -> {
            master.client().text("SET", "lost", "by the crash");
            return replica.offset() >= master.offset();
          });
      master.kill();
      master.restart();
      awaitEqual(master, replica);
      assertThat(master.infoNumber("stats", "sync_full")).isEqualTo(1);
      replica.client().text("SELECT", "5");
      assertThat(replica.client().text("GET", "lost")).isEqualTo("(nil)");
    }
  }

  private static RespError loadingError() {
    return new RespError("LOADING Redis is loading the dataset in memory");
  }

  private void sendSoundAfter(CountDownLatch hold, ScriptedMaster.Link link)
      throws IOException, InterruptedException {
    link.shakeHands();
    hold.await();
    link.send("+FULLRESYNC " + ID + " 2000\r\n");
    link.sendDataset(sound);
    link.stay();
  }

  private static void follow(Peer replica, ScriptedMaster master) {
    follow(replica, master.port());
  }

  private static void follow(Peer replica, int port) {
    assertThat(replica.client().text("REPLICAOF", "127.0.0.1", Integer.toString(port)))
        .isEqualTo("OK");
  }

  private static void awaitSound(Peer replica, long offset) {
    await()
        .atMost(PATIENCE)
        .until(() ->
            replica.infoField("replication", "master_link_status").equals("up")
                && replica.offset() == offset);
    RespClient client = replica.client();
    assertThat(client.text("DBSIZE")).isEqualTo(Integer.toString(KEYS + 1));
    assertThat(client.text("GET", "new:7")).hasSize(500);
    assertThat(client.text("HGET", "hash", "field")).isEqualTo("value");
    assertThat(client.text("FCALL", "f", "0")).isEqualTo("new");
    client.text("SELECT", "3");
    assertThat(client.text("LLEN", "list")).isEqualTo("2");
    client.text("SELECT", "0");
  }

  private static void awaitEqual(Peer master, Peer replica) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          assertThat(replica.infoField("replication", "master_link_status")).isEqualTo("up");
          assertThat(replica.offset()).isEqualTo(master.offset());
        });
    assertThat(replica.digest()).isEqualTo(master.digest());
  }
}
