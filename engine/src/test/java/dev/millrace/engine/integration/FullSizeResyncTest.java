package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.LiveServer;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.Signals;
import dev.millrace.engine.testing.SteadyWriter;
import dev.millrace.engine.testing.Traffic;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The main job at its full size: a dataset of 200 MB, a stock replica that misses 300 MB, a backlog
 * of 1 MB, segments of 64 MB, transfers at 32 MB/s, and writers that never wait for it.
 */
@Timeout(480)
class FullSizeResyncTest {
  private static final long MEGABYTE = 1 << 20;
  private static final long DATASET_BYTES = 200 * MEGABYTE;
  private static final long MISSED_BYTES = 300 * MEGABYTE;
  private static final int VALUE_BYTES = 1000;
  private static final int KEYS = (int) (DATASET_BYTES / VALUE_BYTES) + 1;
  private static final int WRITES_PER_SECOND = 1000;
  private static final long WINDOW_MILLIS = 200;
  private static final int ROUNDS = 5;

  @Test
  void shouldSendThreeHundredMegabytesFromTheLogWithoutStallingTheWriters() throws Exception {
    String processors = Signals.processors();
    List<String> ends = List.of(processors.split("[-,]"));
    long here = ProcessHandle.current().pid();
    try (LiveServer master =
            LiveServer.startLean(
                "--repl-backlog-size",
                "1mb",
                "--aof-segment-size",
                "64mb",
                "--repl-transfer-max-rate",
                "32mb");
        SteadyWriter writer = SteadyWriter.start(master.port(), "counter", WRITES_PER_SECOND)) {
      Traffic.set(master.port(), "key", KEYS, VALUE_BYTES, DATASET_BYTES);
      try (RealRedis replica = StockReplica.of(master.port())) {
        StockReplica.awaitLink(replica);
        // It would run on a machine of its own: what it needs to apply 300 MB is not ours to
        // measure.
        Signals.confine(replica.processId(), ends.getLast());
        Signals.confine(master.processId(), ends.getFirst());
        Signals.confine(here, ends.getFirst());
        List<String> measured = new ArrayList<>();
        boolean unstalled = false;
        for (int round = 1; round <= ROUNDS && !unstalled; round++) {
          // A machine with other work may spoil a measurement; what is sent is checked each time.
          Round result = missAndReturn(master, replica, writer, round);
          measured.add(result.toString());
          unstalled = result.isUnstalled();
        }
        System.out.println(measured);
        assertThat(unstalled).as("p99 of the writers in %s", measured).isTrue();
        writer.end();
        StockReplica.awaitEqual(master, replica);
        assertThat(master.client().text("GET", "counter"))
            .isEqualTo(Long.toString(writer.acknowledged()));
      }
    } finally {
      Signals.confine(here, processors);
    }
  }

  @Test
  void shouldSendThreeHundredMegabytesFromTheLogAfterTheMasterRestartedMeanwhile()
      throws Exception {
    try (LiveServer master =
        LiveServer.startLean("--repl-backlog-size", "1mb", "--aof-segment-size", "64mb")) {
      Traffic.set(master.port(), "key", KEYS, VALUE_BYTES, DATASET_BYTES);
      try (RealRedis replica = StockReplica.of(master.port())) {
        StockReplica.awaitLink(replica);
        missARestartAndReturn(master, replica, master::stop);
        missARestartAndReturn(master, replica, master::kill);
      }
    }
  }

  private static void missARestartAndReturn(LiveServer master, RealRedis replica, Runnable ending) {
    StockReplica.takeAway(master, replica);
    Traffic.set(master.port(), "key", KEYS, VALUE_BYTES, MISSED_BYTES);
    awaitQuiet(master);
    ending.run();
    master.restart();

    Signals.thaw(replica.processId());
    StockReplica.awaitEqual(master, replica);

    assertThat(master.infoNumber("stats", "sync_full")).isZero();
    assertThat(master.infoNumber("stats", "sync_partial_ok")).isEqualTo(1);
    assertThat(master.infoNumber("replication", "repl_bytes_from_log"))
        .isGreaterThan(MISSED_BYTES * 9 / 10);
  }

  private static Round missAndReturn(
      LiveServer master, RealRedis replica, SteadyWriter writer, int round)
      throws InterruptedException {
    long fullSyncs = master.infoNumber("stats", "sync_full");
    long partial = master.infoNumber("stats", "sync_partial_ok");
    long fromLog = master.infoNumber("replication", "repl_bytes_from_log");
    Signals.freeze(replica.processId());
    StockReplica.cutLinks(master);
    StockReplica.awaitAttached(master, 0);
    Traffic.set(master.port(), "key", KEYS, VALUE_BYTES, MISSED_BYTES);
    awaitQuiet(master);
    List<Long> before = writer.percentiles(WINDOW_MILLIS, 10, () -> true);

    Signals.thaw(replica.processId());
    List<Long> during = writer.percentiles(WINDOW_MILLIS, 3, () -> isFollowing(master));

    assertThat(master.infoNumber("stats", "sync_full")).isEqualTo(fullSyncs);
    assertThat(master.infoNumber("stats", "sync_partial_ok")).isEqualTo(partial + 1);
    assertThat(master.infoNumber("replication", "repl_bytes_from_log") - fromLog)
        .isGreaterThan(MISSED_BYTES);
    return new Round(round, median(before), median(during), during.size());
  }

  /** Waits until the journal has forced everything to disk and no base is being taken. */
  private static void awaitQuiet(LiveServer master) {
    await()
        .atMost(StockReplica.PATIENCE)
        .until(() ->
            master.infoNumber("persistence", "aof_rewrite_in_progress") == 0
                && master.offset() - master.infoNumber("replication", "log_durable_offset")
                    < MEGABYTE);
  }

  private static boolean isFollowing(LiveServer master) {
    return master.info("replication").getOrDefault("slave0", "").contains("source=backlog");
  }

  private static long median(List<Long> values) {
    return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
  }

  /** The writers' 99th percentile before and during one transfer, each the median of windows. */
  private record Round(int number, long beforeNanos, long duringNanos, int windows) {
    boolean isUnstalled() {
      return duringNanos < 2 * beforeNanos;
    }

    @Override
    public String toString() {
      return "round %d: %d us before, %d us during (%d windows)"
          .formatted(number, beforeNanos / 1000, duringNanos / 1000, windows);
    }
  }
}
