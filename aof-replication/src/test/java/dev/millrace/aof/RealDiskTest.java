package dev.millrace.aof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log on a real directory with its ledger in Chronicle Queue, and a stock Redis opening it. */
class RealDiskTest {
  @TempDir private Path parent = Path.of("");
  private final TestStream stream = new TestStream(11);

  private Path directory() {
    return parent.resolve("appendonlydir");
  }

  private SegmentedLog open() throws IOException {
    return SegmentedLog.open(
        LogFixture.OPTIONS,
        directory(),
        new RespScanner(),
        System::currentTimeMillis,
        new SplittableRandom(LogFixture.SEEDS.incrementAndGet()));
  }

  private void write(LogWriter writer, byte[] bytes) throws IOException {
    writer.write(ByteBuffer.wrap(bytes));
  }

  private void fill(SegmentedLog log, LogWriter writer, int segments) throws IOException {
    for (int segment = 0; segment < segments; segment++) {
      if (log.writtenOffset() > log.openSegmentStart()) {
        writer.roll(0);
      }
      write(writer, stream.add(TestStream.select(segment % 2)));
      for (int i = 0; i < 50; i++) {
        write(writer, stream.next());
      }
      writer.checkpoint(segment % 2);
    }
  }

  private static void stop(SegmentedLog log, LogWriter writer) throws IOException {
    writer.finish(0);
    log.writerClosed();
    log.close();
  }

  @Test
  void shouldReadItsLedgerBackAfterACleanStop() throws IOException {
    SegmentedLog log = open();
    LogWriter writer = log.openWriter();
    fill(log, writer, 3);
    log.record(
        ResyncPolicy.decide(
            new ResyncRequest("10.0.0.7:6379", null, 0, log.history(), 0, null, null, 0, 0)));
    stop(log, writer);

    for (int restart = 0; restart < 3; restart++) {
      SegmentedLog again = open();
      assertThat(again.recovery().report()).isEmpty();
      assertThat(again.recovery().cleanStop()).isTrue();
      assertThat(again.history()).isEqualTo(log.history());
      assertThat(LogFixture.replayed(again, 0)).isEqualTo(stream.bytes());
      List<LedgerRecord> records = LogInspector.ledgerOf(FileSegmentStore.existing(directory()));
      assertThat(records).hasAtLeastOneElementOfType(LedgerRecord.Resync.class);
      assertThat(records).filteredOn(r -> r instanceof LedgerRecord.Sealed).hasSizeGreaterThan(1);
      stop(again, again.openWriter());
    }
  }

  @Test
  void shouldReadTheWholeLedgerWhileARestartPutsItsOldGenerationAway() throws Exception {
    SegmentedLog log = open();
    LogWriter writer = log.openWriter();
    fill(log, writer, 3);
    stop(log, writer);
    AtomicBoolean restarting = new AtomicBoolean(true);
    try (ExecutorService reader = Executors.newSingleThreadExecutor()) {
      Future<Integer> reads =
          reader.submit(() -> {
            FileSegmentStore store = FileSegmentStore.existing(directory());
            int count = 0;
            do {
              assertThat(LogInspector.ledgerOf(store))
                  .filteredOn(r -> r instanceof LedgerRecord.Sealed)
                  .hasSizeGreaterThan(1);
              count++;
            } while (restarting.get());
            return count;
          });
      for (int restart = 0; restart < 10; restart++) {
        SegmentedLog again = open();
        stop(again, again.openWriter());
      }
      restarting.set(false);
      assertThat(reads.get(20, TimeUnit.SECONDS)).isPositive();
    }
  }

  @Test
  void shouldBeginAnewWithALedgerThatIsGoneOrRuined() throws IOException {
    SegmentedLog log = open();
    LogWriter writer = log.openWriter();
    fill(log, writer, 2);
    stop(log, writer);
    try (Stream<Path> files = Files.walk(directory().resolve(ChronicleLedger.DIRECTORY))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".cq4")).toList()) {
        byte[] garbage = new byte[10_000];
        new SplittableRandom(3).nextBytes(garbage);
        Files.write(file, garbage);
      }
    }
    SegmentedLog again = open();
    assertThat(again.recovery().report()).anyMatch(line -> line.contains("ledger"));
    assertThat(LogFixture.replayed(again, 0)).isEqualTo(stream.bytes());
    stop(again, again.openWriter());
    assertThat(open(again)).isTrue();
  }

  private boolean open(SegmentedLog before) throws IOException {
    SegmentedLog log = open();
    boolean same = log.history().equals(before.history()) && log.recovery().report().isEmpty();
    log.close();
    return same;
  }

  @Test
  void shouldInspectBesideARunningServerAndFindTheFirstDamagedPlace() throws IOException {
    SegmentedLog log = open();
    LogWriter writer = log.openWriter();
    fill(log, writer, 3);
    writer.sync();
    log.ledger().sync();
    FileSegmentStore store = FileSegmentStore.existing(directory());
    LogInspector inspector =
        new LogInspector(
            store, LogFixture.OPTIONS, new RespScanner(), LogInspector.ledgerOf(store));
    assertThat(inspector.verify()).isEmpty();
    assertThat(inspector.segments()).hasSize(3);
    assertThat(inspector.segments().get(0).checkpoints()).isPositive();
    assertThat(inspector.segments().get(0).segment().crc32c()).isNotNull();
    stop(log, writer);

    SegmentInfo second = log.segments().get(1);
    Path file = directory().resolve(second.name().fileName());
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    assertThat(inspector.firstDamage().orElseThrow())
        .isBetween(second.range().start(), second.range().end());
    assertThatThrownBy(this::open).isInstanceOf(LogDamagedException.class);
  }

  @Test
  void shouldRefuseALogForReplicasInADirectoryThatARestartRecoversFrom() throws IOException {
    SegmentedLog log = open();
    stop(log, log.openWriter());
    assertThatThrownBy(() ->
            SegmentedLog.startAt(
                LogFixture.OPTIONS, directory(), new RespScanner(), () -> 0, 5, log.history()))
        .isInstanceOf(FileAlreadyExistsException.class);
  }

  @Test
  void aStockRedisOpensACopyOfTheDirectory() throws Exception {
    SegmentedLog log = open();
    LogWriter writer = log.openWriter();
    fill(log, writer, 3);
    write(writer, stream.add(TestStream.select(0)));
    write(writer, stream.add(TestStream.command("SET", "the-last", "word")));
    stop(log, writer);
    assertThat(askRedis("GET", "the-last")).isEqualTo("word");
    int expected = Integer.parseInt(askRedis("DBSIZE"));
    assertThat(expected).isBetween(10, 60);
  }

  /** Starts a redis-server on a copy of the directory, asks one thing, and stops it. */
  private String askRedis(String... question) throws Exception {
    Path redis = Files.createTempDirectory(parent, "redis");
    Path copy = Files.createDirectory(redis.resolve("appendonlydir"));
    try (Stream<Path> files = Files.list(directory())) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, copy.resolve(String.valueOf(file.getFileName())));
      }
    }
    Path socket = redis.resolve("s");
    Process server =
        new ProcessBuilder(
                "redis-server",
                "--port",
                "0",
                "--unixsocket",
                socket.toString(),
                "--save",
                "",
                "--appendonly",
                "yes",
                "--aof-load-truncated",
                "no",
                "--dir",
                redis.toString())
            .redirectErrorStream(true)
            .redirectOutput(redis.resolve("log").toFile())
            .start();
    try {
      org.awaitility.Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .until(() -> {
            assertThat(server.isAlive()).as(Files.readString(redis.resolve("log"))).isTrue();
            return Files.exists(socket) && "PONG".equals(client(socket, "PING"));
          });
      return client(socket, question);
    } finally {
      server.destroy();
      assertThat(server.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static String client(Path socket, String... words) throws Exception {
    List<String> command =
        Stream.concat(Stream.of("redis-cli", "-s", socket.toString()), Stream.of(words)).toList();
    Process client = new ProcessBuilder(command).redirectErrorStream(true).start();
    String answer =
        new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
    client.waitFor();
    return answer;
  }
}
