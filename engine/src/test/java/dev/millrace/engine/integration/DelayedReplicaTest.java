package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.LiveServer;
import dev.millrace.engine.testing.Peer;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Replicas that journal at once and apply later ({@code repl-apply-delay}). */
@Timeout(180)
class DelayedReplicaTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String LONG = "3600";

  @TempDir Path directory;

  @Test
  void shouldJournalAtOnceAndApplyWhenItsDelayIsOver() {
    try (RealRedis master = RealRedis.start("--enable-debug-command", "yes");
        LiveServer replica = LiveServer.start("--repl-apply-delay", "3")) {
      master.client().text("SET", "base", "v");
      follow(replica, master.port());
      assertThat(replica.client().text("GET", "base")).isEqualTo("v");

      long begun = System.nanoTime();
      master.client().text("SELECT", "3");
      master.client().text("SET", "later", "v");
      assertThat(master.client().call("WAIT", "1", "2000")).isEqualTo(1L);
      replica.client().text("SELECT", "3");
      assertThat(replica.client().text("EXISTS", "later")).isEqualTo("0");
      assertThat(state(replica)).isEqualTo("delayed");
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(3));

      await().atMost(PATIENCE).until(() -> replica.client().text("EXISTS", "later").equals("1"));
      assertThat(Duration.ofNanos(System.nanoTime() - begun))
          .isGreaterThanOrEqualTo(Duration.ofSeconds(3));
    }
  }

  @Test
  void shouldEndBeforeAMistakeAndBeAMasterOfWhatWasThere() {
    try (LiveServer master = LiveServer.start();
        LiveServer replica = LiveServer.start("--repl-apply-delay", LONG)) {
      follow(replica, master.port());
      fill(master.client(), 20261124);
      String wanted = master.digest();
      long before = master.offset();
      master.client().text("FLUSHALL");
      master.client().text("SET", "after", "v");
      awaitJournaled(master, replica);
      RespClient client = replica.client();
      assertThat(RespClient.render(client.call("REPLICAOF", "NO", "ONE")))
          .contains("ERR the dataset stands at offset");
      assertThat(replica.infoField("replication", "role")).isEqualTo("slave");

      assertThat(client.text("MILLRACE", "APPLY", "UNTIL", Long.toString(before))).isEqualTo("OK");
      assertThat(client.text("MILLRACE", "APPLY", "CATCHUP")).isEqualTo("OK");
      await().atMost(PATIENCE).until(() -> state(replica).equals("held"));
      assertThat(replica.infoNumber("replication", "repl_applied_offset")).isEqualTo(before);
      assertThat(replica.digest()).isEqualTo(wanted);
      assertThat(RespClient.render(client.call("MILLRACE", "APPLY", "UNTIL", "1")))
          .contains("ERR offset 1 has passed, the dataset stands at " + before);

      assertThat(client.text("REPLICAOF", "NO", "ONE")).isEqualTo("OK");
      assertThat(replica.infoField("replication", "role")).isEqualTo("master");
      assertThat(replica.infoField("replication", "master_replid"))
          .isNotEqualTo(master.infoField("replication", "master_replid"));
      assertThat(replica.infoField("replication", "master_replid2")).isEqualTo("0".repeat(40));
      assertThat(replica.digest()).isEqualTo(wanted);
      client.text("SET", "own", "v");
      await().atMost(PATIENCE).until(() -> baseAt(replica) >= before);
      String own = replica.digest();
      replica.shutdown();
      replica.restart("--repl-apply-delay", "0");
      assertThat(replica.digest()).isEqualTo(own);
    }
  }

  @Test
  void shouldBeToldATimeToEndAtAndToGoOnAgain() throws InterruptedException {
    try (LiveServer master = LiveServer.start();
        LiveServer replica = LiveServer.start("--repl-apply-delay", LONG)) {
      follow(replica, master.port());
      master.client().text("SET", "early", "v");
      awaitJournaled(master, replica);
      Thread.sleep(200);
      long between = System.currentTimeMillis();
      Thread.sleep(200);
      master.client().text("SET", "late", "v");
      awaitJournaled(master, replica);
      RespClient client = replica.client();
      assertThat(client.text("MILLRACE", "APPLY", "UNTIL", "TIME", Long.toString(between)))
          .isEqualTo("OK");
      assertThat(client.text("MILLRACE", "APPLY", "CATCHUP")).isEqualTo("OK");
      await().atMost(PATIENCE).until(() -> state(replica).equals("held"));
      assertThat(client.text("EXISTS", "early", "late")).isEqualTo("1");

      assertThat(client.text("MILLRACE", "APPLY", "RESUME")).isEqualTo("OK");
      assertThat(state(replica)).isEqualTo("delayed");
      assertThat(client.text("MILLRACE", "APPLY", "CATCHUP")).isEqualTo("OK");
      await().atMost(PATIENCE).until(() -> state(replica).equals("level"));
      assertThat(client.text("EXISTS", "early", "late")).isEqualTo("2");
      assertThat(
              RespClient.render(
                  client.call("MILLRACE", "APPLY", "UNTIL", "TIME", Long.toString(between))))
          .contains("ERR what came after that time has been applied");
    }
  }

  @Test
  void shouldNeverApplyHalfATransactionWhereverItIsToldToEnd() {
    long seed = 20261124;
    SplittableRandom random = new SplittableRandom(seed);
    try (LiveServer master = LiveServer.start();
        LiveServer replica = LiveServer.start("--repl-apply-delay", LONG)) {
      follow(replica, master.port());
      RespClient client = master.client();
      long from = master.offset();
      for (int i = 0; i < 50; i++) {
        client.text("MULTI");
        client.text("INCR", "a");
        client.text("INCR", "b");
        client.text("EXEC");
      }
      long to = master.offset();
      awaitJournaled(master, replica);
      replica.client().text("MILLRACE", "APPLY", "CATCHUP");
      long at = from;
      while (at < to) {
        at = Math.min(to, at + random.nextLong(1, 200));
        replica.client().text("MILLRACE", "APPLY", "UNTIL", Long.toString(at));
        await().atMost(PATIENCE).until(() -> List.of("held", "level").contains(state(replica)));
        assertThat(replica.client().text("GET", "a"))
            .as("seed %d, offset %d", seed, at)
            .isEqualTo(replica.client().text("GET", "b"));
        assertThat(replica.infoNumber("replication", "repl_applied_offset"))
            .isLessThanOrEqualTo(at)
            .isGreaterThan(at - 200);
      }
      assertThat(replica.client().text("GET", "a")).isEqualTo("50");
    }
  }

  @Test
  void shouldKeepItsDelayAndItsEndOverARestart() throws InterruptedException {
    try (LiveServer master = LiveServer.start();
        LiveServer replica = LiveServer.start("--repl-apply-delay", "4")) {
      follow(replica, master.port());
      master.client().text("SELECT", "5");
      master.client().text("SET", "applied", "v");
      awaitJournaled(master, replica);
      // A checkpoint of its own.
      Thread.sleep(1500);
      await().atMost(PATIENCE).until(() -> state(replica).equals("level"));
      long held = replica.offset();
      master.client().text("SET", "journaled", "v");
      awaitJournaled(master, replica);
      replica.client().text("MILLRACE", "APPLY", "UNTIL", Long.toString(held));
      replica.shutdown();
      Thread.sleep(4500);
      master.client().text("SET", "while-away", "v");
      String master127 = "127.0.0.1 " + master.port();
      replica.restart("--replicaof", master127, "--repl-apply-until", Long.toString(held));
      awaitJournaled(master, replica);
      RespClient client = replica.client();
      client.text("SELECT", "5");
      assertThat(client.text("EXISTS", "applied")).isEqualTo("1");
      assertThat(client.text("EXISTS", "journaled", "while-away")).isEqualTo("0");
      assertThat(master.infoNumber("stats", "sync_full")).isEqualTo(1);
      assertThat(client.text("MILLRACE", "APPLY", "RESUME")).isEqualTo("OK");
      await().atMost(PATIENCE).until(() -> client.text("EXISTS", "journaled").equals("1"));
      await().atMost(PATIENCE).until(() -> client.text("EXISTS", "while-away").equals("1"));
      assertThat(replica.digest()).isEqualTo(master.digest());
    }
  }

  @Test
  void shouldTakeBasesWhereSegmentsEndAndServeReplicasOfItsOwn() {
    try (LiveServer master = LiveServer.start();
        LiveServer replica =
            LiveServer.start("--repl-apply-delay", LONG, "--aof-segment-size", "65536");
        RealRedis below = RealRedis.start("--enable-debug-command", "yes")) {
      follow(replica, master.port());
      fill(master.client(), 7);
      awaitJournaled(master, replica);
      long base = baseAt(replica);
      // Not where a segment ends: there it would be taken at once.
      replica.client().text("MILLRACE", "APPLY", "UNTIL", Long.toString(base + 5000));
      replica.client().text("MILLRACE", "APPLY", "CATCHUP");
      await().atMost(PATIENCE).until(() -> state(replica).equals("held"));
      assertThat(replica.client().text("BGREWRITEAOF")).contains("scheduled");
      replica.client().text("MILLRACE", "APPLY", "UNTIL", Long.toString(master.offset() - 1000));
      await().atMost(PATIENCE).until(() -> baseAt(replica) > base);
      assertThat(baseAt(replica)).isLessThan(master.offset() - 1000);
      await().atMost(PATIENCE).until(() -> state(replica).equals("held"));

      // Replicas of a delayed one get all that it has journaled.
      below.client().text("REPLICAOF", "127.0.0.1", Integer.toString(replica.port()));
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> {
            assertThat(below.infoField("replication", "master_link_status")).isEqualTo("up");
            assertThat(below.offset()).isEqualTo(master.offset());
          });
      assertThat(below.digest()).isEqualTo(master.digest());
      assertThat(replica.digest()).isNotEqualTo(master.digest());

      replica.shutdown();
      replica.restart("--replicaof", "127.0.0.1 " + master.port());
      awaitJournaled(master, replica);
      replica.client().text("MILLRACE", "APPLY", "CATCHUP");
      await().atMost(PATIENCE).until(() -> state(replica).equals("level"));
      assertThat(replica.digest()).isEqualTo(master.digest());
      assertThat(master.infoNumber("stats", "sync_full")).isEqualTo(1);
    }
  }

  @Test
  void l1_shouldHoldItsMastersBytesAndShowTheSameDigestAtAnOffset() throws IOException {
    try (LiveServer master = LiveServer.start();
        LiveServer replica = LiveServer.start("--repl-apply-delay", "2")) {
      follow(replica, master.port());
      fill(master.client(), 11);
      long offset = master.offset();
      String wanted = digestAt(master, offset);
      master.client().text("SET", "more", "v");
      String found = digestAt(replica, offset);
      assertThat(found).isEqualTo(wanted);
      await().atMost(PATIENCE).until(() -> state(replica).equals("level"));
      master.client().text("SELECT", "0");
      // Off while it runs: from the next link on it is a replica like any other, and on again.
      for (String delay : List.of("0", "2")) {
        replica.client().text("CONFIG", "SET", "repl-apply-delay", delay);
        await()
            .atMost(PATIENCE)
            .until(() ->
                replica.info("replication").containsKey("repl_apply_state") != delay.equals("0"));
        master.client().text("SET", "delay", delay);
        await().atMost(PATIENCE).until(() -> replica.client().text("GET", "delay").equals(delay));
      }
      assertThat(master.infoNumber("stats", "sync_full")).isEqualTo(1);
      assertThat(replica.digest()).isEqualTo(master.digest());
      assertThat(bytes(replica, offset - 1000)).isEqualTo(bytes(master, offset - 1000));
    }
  }

  @Test
  void shouldEndEqualWhateverItIsToldAndHoweverItIsStopped() {
    long seed = Long.getLong("millrace.seed", 20261124);
    int rounds = Integer.getInteger("millrace.rounds", 6);
    SplittableRandom random = new SplittableRandom(seed);
    try (LiveServer master = LiveServer.start();
        LiveServer replica =
            LiveServer.start("--repl-apply-delay", "1", "--aof-segment-size", "65536")) {
      follow(replica, master.port());
      String from = "127.0.0.1 " + master.port();
      for (int round = 0; round < rounds; round++) {
        fill(master.client(), random.nextLong());
        int what = random.nextInt(7);
        String told = "seed " + seed + ", round " + round + ", " + what;
        RespClient client = replica.client();
        switch (what) {
          case 0 -> {
            replica.kill();
            replica.restart("--replicaof", from);
          }
          case 1 -> {
            replica.shutdown();
            replica.restart("--replicaof", from);
          }
          case 2 -> master.client().text("CLIENT", "KILL", "TYPE", "replica");
          case 3 -> {
            long end = master.offset() - random.nextInt(5000);
            client.call("MILLRACE", "APPLY", "UNTIL", Long.toString(end));
          }
          case 4 -> client.text("BGREWRITEAOF");
          case 5 -> client.call("MILLRACE", "APPLY", "CATCHUP");
          default ->
              client.call("CONFIG", "SET", "repl-apply-delay", Integer.toString(random.nextInt(3)));
        }
        awaitJournaled(master, replica);
        if (random.nextBoolean()) {
          replica.client().call("MILLRACE", "APPLY", "RESUME");
          await()
              .alias(told)
              .atMost(PATIENCE)
              .until(() -> replica.digest().equals(master.digest()));
        }
      }
      replica.client().call("MILLRACE", "APPLY", "RESUME");
      await()
          .alias("seed " + seed)
          .atMost(PATIENCE)
          .until(() -> replica.digest().equals(master.digest()));
      assertThat(master.infoNumber("stats", "sync_full")).as("seed %d", seed).isEqualTo(1);
      assertThat(replica.offset()).isEqualTo(master.offset());
    }
  }

  @Test
  void shouldSayWhatItNeeds() {
    try (LiveServer server = LiveServer.start("--appendonly", "no")) {
      RespClient client = server.client();
      assertThat(RespClient.render(client.call("CONFIG", "SET", "repl-apply-delay", "5")))
          .contains("repl-apply-delay applies from the log: it needs appendonly yes");
      assertThat(RespClient.render(client.call("MILLRACE", "APPLY", "CATCHUP")))
          .contains("ERR this server applies what it gets at once");
      assertThat(RespClient.render(client.call("MILLRACE", "APPLY", "NEVER")))
          .contains("ERR syntax error");
    }
    assertThat(LiveServer.refusal(directory, "--appendonly", "no", "--repl-apply-delay", "5"))
        .contains("repl-apply-delay applies from the log: it needs appendonly yes");
  }

  @Test
  void anEndThatIsPassedShouldBeRefusedOrForgotten() {
    try (LiveServer master = LiveServer.start();
        LiveServer replica = LiveServer.start("--repl-apply-delay", LONG)) {
      follow(replica, master.port());
      master.client().text("SET", "a", "v");
      awaitJournaled(master, replica);
      RespClient client = replica.client();
      client.text("MILLRACE", "APPLY", "CATCHUP");
      await().atMost(PATIENCE).until(() -> state(replica).equals("level"));
      assertThat(RespClient.render(client.call("CONFIG", "SET", "repl-apply-until", "1")))
          .contains("the dataset stands at offset " + replica.offset());
      assertThat(client.text("CONFIG", "GET", "repl-apply-until")).contains("-1");

      // A master and a replica again, with another dataset: what was said of the old one is over.
      client.text("MILLRACE", "APPLY", "UNTIL", Long.toString(replica.offset()));
      client.text("REPLICAOF", "NO", "ONE");
      master.client().text("SET", "b", "v");
      client.text("SET", "c", "v");
      follow(replica, master.port());
      assertThat(client.text("CONFIG", "GET", "repl-apply-until")).contains("-1");
      client.text("MILLRACE", "APPLY", "CATCHUP");
      awaitJournaled(master, replica);
      await().atMost(PATIENCE).until(() -> replica.digest().equals(master.digest()));
    }
  }

  private static void fill(RespClient client, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 2000; i++) {
      String key = "key:" + random.nextInt(300);
      switch (random.nextInt(5)) {
        case 0 -> client.call("SELECT", Integer.toString(random.nextInt(4)));
        case 1 -> client.call("SET", key, "v".repeat(random.nextInt(400)));
        case 2 -> client.call("RPUSH", "list:" + random.nextInt(20), key);
        case 3 -> client.call("HSET", "hash:" + random.nextInt(20), key, "v");
        default -> client.call("DEL", key);
      }
    }
  }

  private static byte[] bytes(LiveServer server, long from) throws IOException {
    java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
    long begin = Long.MAX_VALUE;
    try (var files = Files.list(server.logDirectory())) {
      for (var file :
          files.filter(f -> f.getFileName().toString().startsWith("stream-")).sorted().toList()) {
        String name = file.getFileName().toString();
        begin = Math.min(begin, Long.parseLong(name.replaceAll("\\D", "")));
        all.writeBytes(Files.readAllBytes(file));
      }
    }
    byte[] whole = all.toByteArray();
    return java.util.Arrays.copyOfRange(whole, (int) (from - begin), whole.length);
  }

  private static long baseAt(LiveServer server) {
    try (var files = Files.list(server.logDirectory())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("base-"))
          .mapToLong(name -> Long.parseLong(name.replaceAll("\\D", "")))
          .max()
          .orElse(-1);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static String digestAt(Peer server, long offset) {
    return RespClient.render(
        server.client().call("MILLRACE", "DIGEST", "AT", Long.toString(offset)));
  }

  private static String state(LiveServer replica) {
    return replica.infoField("replication", "repl_apply_state");
  }

  private static void follow(LiveServer replica, int port) {
    assertThat(replica.client().text("REPLICAOF", "127.0.0.1", Integer.toString(port)))
        .startsWith("OK");
    await()
        .atMost(PATIENCE)
        .until(() -> replica.infoField("replication", "master_link_status").equals("up"));
  }

  private static void awaitJournaled(Peer master, LiveServer replica) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          assertThat(replica.infoField("replication", "master_link_status")).isEqualTo("up");
          assertThat(replica.infoNumber("replication", "slave_repl_offset"))
              .isEqualTo(master.offset());
        });
  }
}
