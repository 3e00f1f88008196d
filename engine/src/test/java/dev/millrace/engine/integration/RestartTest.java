package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.LiveServer;
import dev.millrace.engine.testing.RawReplica;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import dev.millrace.engine.testing.Traffic;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a server finds when it starts on a directory that was used before. */
@Timeout(120)
class RestartTest {
  private static final String[] SMALL = {
    "--aof-segment-size", "64kb", "--auto-aof-rewrite-percentage", "0"
  };

  @Test
  void aCleanRestartShouldKeepDataExpiryAndTheReplicationHistory() {
    try (LiveServer server = LiveServer.start(SMALL)) {
      fill(server);
      String digest = server.digest();
      String id = server.infoField("replication", "master_replid");
      long offset = server.offset();
      long expiresAt =
          (Long) java.util.Objects.requireNonNull(server.client().call("PEXPIRETIME", "mortal"));

      server.stop();
      server.restart();

      assertThat(server.digest()).isEqualTo(digest);
      assertThat(server.infoField("replication", "master_replid")).isEqualTo(id);
      assertThat(server.offset()).isEqualTo(offset);
      assertThat(server.client().call("PEXPIRETIME", "mortal")).isEqualTo(expiresAt);
      assertThat(server.client().text("GET", "brief")).isEqualTo("(nil)");
    }
  }

  @Test
  void aNewBaseShouldReplaceTheLogBeforeItInARestart() throws Exception {
    try (LiveServer server = LiveServer.start(SMALL)) {
      fill(server);
      takeBase(server);
      fill(server);
      server.client().text("SET", "after", "the base");
      takeBase(server);
      server.client().text("SET", "later", "still");
      String digest = server.digest();
      long offset = server.offset();
      await().until(() -> server.infoNumber("replication", "log_written_offset") >= offset);

      server.kill();
      server.restart();

      assertThat(server.digest()).isEqualTo(digest);
      assertThat(server.offset()).isEqualTo(offset);
      assertThat(server.log()).contains("keys from the base and 2 commands");
      try (Stream<Path> files = Files.list(server.logDirectory())) {
        assertThat(files.filter(file -> file.toString().endsWith(".rdb"))).hasSize(1);
      }
      // A base taken before anything was written since the restart has no new segment of its own.
      takeBase(server);
      takeBase(server);
      assertThat(server.digest()).isEqualTo(digest);
    }
  }

  @Test
  void aLogThatBeginsOnAnRdbFileShouldHoldItsKeysBeforeAnythingIsWritten(@TempDir Path directory)
      throws Exception {
    try (LiveServer server = LiveServer.startIn(directory, "--appendonly", "no")) {
      server.client().text("SET", "old", "1");
      server.client().text("SAVE");
    }
    try (LiveServer server = LiveServer.startIn(directory, "--appendonly", "yes")) {
      try (Stream<Path> files = Files.list(server.logDirectory())) {
        assertThat(files.map(Path::getFileName).map(Path::toString)).contains("base-0.rdb");
      }
      Files.delete(directory.resolve("dump.rdb"));
      server.client().text("SET", "new", "2");
      long offset = server.offset();
      await().until(() -> server.infoNumber("replication", "log_written_offset") >= offset);
      server.kill();
      server.restart();
      assertThat(server.client().text("GET", "old")).isEqualTo("1");
      assertThat(server.client().text("GET", "new")).isEqualTo("2");
    }
  }

  @Test
  void theLogOfARedisServerShouldStopTheStartAndBeNamed(@TempDir Path directory) throws Exception {
    Path log = Files.createDirectories(directory.resolve("appendonlydir"));
    Files.writeString(
        log.resolve("appendonly.aof.manifest"),
        "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n");
    assertThat(LiveServer.refusal(directory, "--appendonly", "yes"))
        .contains("appendonly.aof.1.base.rdb was written by a redis-server")
        .contains("REPLICAOF");
    Files.delete(log.resolve("appendonly.aof.manifest"));
    Files.delete(log);
    Files.writeString(directory.resolve("appendonly.aof"), "*1\r\n$4\r\nPING\r\n");
    assertThat(LiveServer.refusal(directory, "--appendonly", "yes"))
        .contains("appendonly.aof was written by a redis-server");
    assertThat(directory.resolve("appendonlydir")).doesNotExist();
  }

  @Test
  void aSaveThatFailsShouldStopWritesUntilOneSucceeds(@TempDir Path directory) throws Exception {
    try (LiveServer server =
        LiveServer.startIn(
            directory,
            "--appendonly",
            "no",
            "--save",
            "3600 1",
            "--enable-protected-configs",
            "yes")) {
      RespClient client = server.client();
      client.text("SET", "k", "v");
      // A directory in the place of the file: it cannot be replaced, whoever runs the server.
      Files.createDirectories(directory.resolve("taken.rdb").resolve("full"));
      client.text("CONFIG", "SET", "dbfilename", "taken.rdb");
      assertThat(RespClient.render(client.call("SAVE"))).startsWith("-ERR");
      assertThat(RespClient.render(client.call("SET", "k", "w")))
          .startsWith("-MISCONF Redis is configured to save RDB snapshots, but it's currently");
      assertThat(RespClient.render(client.call("EVAL", "#!lua\nreturn 1", "0")))
          .startsWith("-MISCONF");
      assertThat(client.text("GET", "k")).isEqualTo("v");
      client.text("CONFIG", "SET", "stop-writes-on-bgsave-error", "no");
      client.text("SET", "k", "x");
      client.text("CONFIG", "SET", "stop-writes-on-bgsave-error", "yes");
      client.text("CONFIG", "SET", "dbfilename", "dump.rdb");
      client.text("SAVE");
      client.text("SET", "k", "y");
      client.text("SET", "brief", "z", "PX", "1000");
      client.text("SAVE");
      server.kill();
      Thread.sleep(1000);
      server.restart();
      assertThat(server.infoNumber("persistence", "rdb_last_load_keys_loaded")).isEqualTo(1);
      assertThat(server.infoNumber("persistence", "rdb_last_load_keys_expired")).isEqualTo(1);
    }
  }

  @Test
  void aLogInWhichAWaitAskedForAcknowledgementsShouldBeReplayed() throws Exception {
    try (LiveServer server = LiveServer.start()) {
      try (RawReplica replica = RawReplica.psync(server.port())) {
        server.client().text("SET", "k", "v");
        assertThat(server.client().call("WAIT", "1", "10000")).isEqualTo(1L);
        assertThat(new String(replica.stream(), StandardCharsets.US_ASCII)).contains("GETACK");
      }
      server.shutdown();
      server.restart();
      assertThat(server.client().text("GET", "k")).isEqualTo("v");
    }
  }

  @Test
  void aTornTailShouldBeCutAndReported() throws Exception {
    try (LiveServer server = LiveServer.start(SMALL)) {
      fill(server);
      String digest = server.digest();
      server.stop();
      Path last = Segments.of(server.logDirectory()).getLast();
      String torn = "*3\r\n$3\r\nSET\r\n$4\r\nhalf\r\n$9\r\nof";
      Files.writeString(last, torn, StandardCharsets.US_ASCII, StandardOpenOption.APPEND);

      server.restart();

      assertThat(server.digest()).isEqualTo(digest);
      assertThat(server.log())
          .contains("cut a torn tail of " + torn.length() + " bytes off " + last.getFileName());
      server.client().text("SET", "half", "whole");
      String grown = server.digest();
      server.stop();
      server.restart();
      assertThat(server.digest()).isEqualTo(grown);
    }
  }

  @Test
  void garbageInASealedSegmentShouldStopTheStartAndNameThePlace(@TempDir Path directory)
      throws Exception {
    Path segment;
    try (LiveServer server = LiveServer.startIn(directory, SMALL)) {
      fill(server);
      server.stop();
      List<Path> segments = Segments.of(server.logDirectory());
      assertThat(segments).hasSizeGreaterThan(2);
      segment = segments.get(1);
    }
    byte[] before = Files.readAllBytes(segment);
    overwrite(segment, before.length / 2, "garbage!");
    byte[] damaged = Files.readAllBytes(segment);

    String said = LiveServer.refusal(directory, SMALL);

    assertThat(said).contains("The log is damaged", segment.getFileName().toString(), "offset");
    assertThat(Files.readAllBytes(segment)).as("nothing is changed").isEqualTo(damaged);
    Files.write(segment, before);
    try (LiveServer mended = LiveServer.startIn(directory, SMALL)) {
      assertThat(mended.client().text("GET", "counter")).isEqualTo("1");
    }
  }

  @Test
  void aStockRedisShouldOpenTheDirectoryAndHoldTheSame(@TempDir Path directory) throws Exception {
    try (LiveServer server = LiveServer.startIn(directory, SMALL)) {
      fill(server);
      takeBase(server);
      fill(server);
      server.client().text("SELECT", "7");
      server.client().text("SET", "elsewhere", "x");
      String digest = server.digest();
      server.stop();

      // Redis truncates and appends: it gets a copy.
      Path copy = Files.createDirectory(directory.resolve("copy"));
      copy(server.logDirectory(), copy.resolve("appendonlydir"));
      String[] stock = {"--appendonly", "yes", "--enable-debug-command", "yes"};
      try (RealRedis redis = RealRedis.startIn(copy, stock)) {
        assertThat(redis.digest()).isEqualTo(digest);
        redis.client().text("SELECT", "7");
        assertThat(redis.client().text("GET", "elsewhere")).isEqualTo("x");
      }
    }
  }

  private static void fill(LiveServer server) {
    RespClient client = server.client();
    client.text("SELECT", "0");
    client.text("SET", "mortal", "1", "EX", "5000");
    client.text("SET", "brief", "1", "PX", "1");
    client.text("INCR", "counter");
    client.text("MULTI");
    client.text("SELECT", "2");
    client.text("MSET", "m1", "1", "m2", "2");
    client.text("EXEC");
    client.text("SELECT", "0");
    Traffic.set(server.port(), "key", 200, 1000, 300_000);
    client.text("DEL", "key:7", "key:8");
    client.call("GET", "brief");
    if (client.call("GET", "counter") instanceof byte[] value && value[0] != '1') {
      client.text("SET", "counter", "1");
    }
  }

  private static void takeBase(LiveServer server) {
    server.client().text("BGREWRITEAOF");
    await()
        .atMost(StockReplica.PATIENCE)
        .until(() -> server.infoNumber("persistence", "aof_rewrite_in_progress") == 0);
    assertThat(server.infoField("persistence", "aof_last_bgrewrite_status")).isEqualTo("ok");
  }

  private static void overwrite(Path file, long position, String text) throws IOException {
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.seek(position);
      open.write(text.getBytes(StandardCharsets.US_ASCII));
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectory(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }
}
