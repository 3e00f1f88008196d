package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.LiveServer;
import dev.millrace.engine.testing.PartialSync;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.SlowLink;
import dev.millrace.engine.testing.Traffic;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What can happen while segments are being sent: the link breaks at any byte, the master dies, a
 * segment vanishes or is cut short under the sender.
 *
 * <p>Longer by {@code -Dmillrace.cuts=1000} and {@code -Dmillrace.kills=100}, with other faults by
 * {@code -Dmillrace.cuts.seed=N}.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS)
class TransferFaultsTest {
  private static final int CUTS = Integer.getInteger("millrace.cuts", 40);
  private static final int KILLS = Integer.getInteger("millrace.kills", 3);
  private static final long SEED = Long.getLong("millrace.cuts.seed", 20_261_130);
  private static final long MEGABYTE = 1 << 20;
  private static final long FAST = 4096 * MEGABYTE;
  private static final String[] SMALL = {
    "--repl-backlog-size",
    "16kb",
    "--aof-segment-size",
    "256kb",
    "--auto-aof-rewrite-percentage",
    "0"
  };

  @Test
  void l1_aLinkThatBreaksAtAnyByteShouldContinueAtThatByteFromTheLog() throws Exception {
    SplittableRandom random = new SplittableRandom(SEED);
    try (LiveServer master = LiveServer.start(SMALL)) {
      Traffic.set(master.port(), "key", 3000, 1500, 6 * MEGABYTE);
      long end = master.offset();
      awaitWritten(master, end);
      String id = master.infoField("replication", "master_replid");
      byte[] log = Segments.bytes(master.logDirectory());
      TreeSet<Integer> cuts = edges(master.logDirectory(), log.length);
      for (int i = 0; i < CUTS; i++) {
        cuts.add(1 + random.nextInt(log.length - 1));
      }
      cuts.add(log.length);

      int at = 0;
      for (int cut : cuts) {
        try (PartialSync link = PartialSync.ask(master.port(), id, at)) {
          assertThat(link.answer()).startsWith("+CONTINUE");
          byte[] sent = link.read(cut - at);
          assertThat(Arrays.equals(sent, 0, sent.length, log, at, cut))
              .as("the bytes from %d to %d, seed %d", at, cut, SEED)
              .isTrue();
        }
        at = cut;
      }

      assertThat(master.infoNumber("stats", "sync_full")).isZero();
      assertThat(master.infoNumber("stats", "sync_partial_ok")).isEqualTo(cuts.size());
      awaitNoTransfers(master);
      System.out.printf("%d cuts, seed %d: every byte as in the log%n", cuts.size(), SEED);
    }
  }

  @Test
  void aMasterKilledWhileItSendsSegmentsShouldGoOnAfterItsRestart() throws Exception {
    SplittableRandom random = new SplittableRandom(SEED);
    try (LiveServer master = LiveServer.start(SMALL);
        SlowLink link = SlowLink.to(master.port(), FAST);
        RealRedis replica = StockReplica.of(link.port())) {
      for (int round = 1; round <= KILLS; round++) {
        StockReplica.awaitEqual(master, replica);
        link.failAfter(0);
        Traffic.set(master.port(), "missed", 2000, 1500, 4 * MEGABYTE);
        awaitWritten(master, master.offset());
        link.speed(8 * MEGABYTE);
        long before = link.carriedBytes();
        link.mend();
        long dies = before + 100_000 + random.nextInt((int) (3 * MEGABYTE));
        await()
            .atMost(StockReplica.PATIENCE)
            .pollInterval(Duration.ofMillis(2))
            .until(() -> link.carriedBytes() >= dies);

        master.kill();
        link.cut();
        link.speed(FAST);
        master.restart();

        StockReplica.awaitEqual(master, replica);
        assertThat(master.infoNumber("stats", "sync_full"))
            .as("round %d, seed %d: %s", round, SEED, master.log())
            .isZero();
        assertThat(master.infoNumber("stats", "sync_partial_ok")).isPositive();
      }
    }
  }

  @Test
  void l3_aSegmentDeletedWhileItIsSentShouldArriveWhole() throws Exception {
    try (LiveServer master = LiveServer.start(SMALL)) {
      Traffic.set(master.port(), "key", 3000, 1500, 3 * MEGABYTE);
      awaitWritten(master, master.offset());
      String id = master.infoField("replication", "master_replid");
      byte[] log = Segments.bytes(master.logDirectory());
      try (PartialSync link = PartialSync.ask(master.port(), id, 0)) {
        byte[] begun = link.read(1000);

        Files.delete(Segments.of(master.logDirectory()).getFirst());

        int segment = (int) Segments.start(Segments.of(master.logDirectory()).getFirst());
        byte[] rest = link.read(segment - begun.length);
        assertThat(Arrays.equals(rest, 0, rest.length, log, begun.length, segment)).isTrue();
      }
    }
  }

  @Test
  void aSegmentCutShortWhileItIsSentShouldEndTheTransferAtOnceAndNotSpin() throws Exception {
    // One segment larger than what the sockets hold, so that the sender is in its midst.
    try (LiveServer master =
        LiveServer.start(
            "--repl-backlog-size",
            "16kb",
            "--aof-segment-size",
            "32mb",
            "--auto-aof-rewrite-percentage",
            "0")) {
      Traffic.set(master.port(), "key", 3000, 1500, 40 * MEGABYTE);
      awaitWritten(master, master.offset());
      String id = master.infoField("replication", "master_replid");
      Path first = Segments.of(master.logDirectory()).getFirst();
      try (PartialSync link = PartialSync.ask(master.port(), id, 0)) {
        link.read(1000);

        try (FileChannel file = FileChannel.open(first, StandardOpenOption.WRITE)) {
          file.truncate(8 * MEGABYTE);
        }
        long cutAt = System.nanoTime();
        long busyBefore = processorTicks(master);
        try {
          link.read((int) (30 * MEGABYTE));
          throw new AssertionError("bytes that are not there were sent");
        } catch (IOException e) {
          assertThat(System.nanoTime() - cutAt).isLessThan(TimeUnit.SECONDS.toNanos(5));
        }
        await()
            .atMost(Duration.ofSeconds(5))
            .until(() -> master.log().contains("the transfer from files ended"));
        awaitNoTransfers(master);
        long idleFrom = processorTicks(master);
        Thread.sleep(1000);
        // Of 100 ticks a second; what a sender that spins would take is all of them.
        assertThat(processorTicks(master) - idleFrom).isLessThan(50);
        assertThat(idleFrom).isGreaterThanOrEqualTo(busyBefore);
      }
      assertThat(master.client().text("PING")).isEqualTo("PONG");
    }
  }

  /** Each place where a segment ends, and the bytes around it. */
  private static TreeSet<Integer> edges(Path logDirectory, int end) throws IOException {
    TreeSet<Integer> cuts = new TreeSet<>();
    for (Path segment : Segments.of(logDirectory)) {
      int start = (int) Segments.start(segment);
      for (int cut = Math.max(1, start - 1); cut <= Math.min(end, start + 1); cut++) {
        cuts.add(cut);
      }
    }
    assertThat(cuts.size()).isGreaterThan(9);
    return cuts;
  }

  private static void awaitWritten(LiveServer master, long offset) {
    await()
        .atMost(StockReplica.PATIENCE)
        .until(() -> master.infoNumber("replication", "log_written_offset") >= offset);
  }

  private static void awaitNoTransfers(LiveServer master) {
    StockReplica.awaitAttached(master, 0);
  }

  /** Processor time of a process, in ticks of 10 ms. */
  private static long processorTicks(LiveServer server) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + server.processId() + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
  }
}
