package dev.millrace.tools.demo;

import static java.lang.String.format;
import static java.util.Locale.ROOT;

import dev.millrace.tools.resp.InfoText;
import dev.millrace.tools.resp.RespConnection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * The demo, step by step: a master with a dataset, a stock replica that follows it, goes away, and
 * comes back after far more was written than memory holds.
 *
 * <p>The replica goes away by being stopped where it stands (SIGSTOP) while the master drops its
 * connection: when it may go on, it finds its connection dead and asks to continue by itself, as
 * after a network failure.
 *
 * <p>Owned by: one thread.
 */
final class Demo {
  private static final long BACKLOG_BYTES = 1 << 20;
  private static final int PIPELINE = 64;
  private static final int POLL_MILLIS = 25;

  /** How often the servers are asked while the writer is measured: the master before as well. */
  private static final int WATCH_MILLIS = 200;

  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(120);
  private static final long RETENTION_BYTES_MIN = 1L << 30;
  private static final int SETTLE_SECONDS = 1;
  private static final double MEGABYTE = 1e6;

  /**
   * How big everything is.
   *
   * @param datasetBytes values of the dataset
   * @param missedBytes stream bytes written while the replica is away, at least
   * @param segmentBytes the master's {@code aof-segment-size}
   * @param writesPerSecond the load that goes on while the replica catches up
   * @param calmSeconds how long that load is measured before
   * @param transferBytesPerSecond the master's {@code repl-transfer-max-rate}
   */
  record Sizes(
      long datasetBytes,
      long missedBytes,
      long segmentBytes,
      int writesPerSecond,
      int calmSeconds,
      long transferBytesPerSecond) {
    private static final long SPARE_BYTES = 256 << 20;

    long keys() {
      return Math.max(1, datasetBytes / Writes.VALUE_BYTES);
    }

    /** The log, its base, and the replica's copy of that, with room to spare. */
    long diskBytes() {
      return 4 * datasetBytes + 2 * missedBytes + SPARE_BYTES;
    }
  }

  private final Screen screen;
  private final DemoDirectory directory;
  private final ReplicaProgram program;
  private final Processors processors;
  private final Sizes sizes;
  private final boolean kept;
  private final Writes writes = new Writes(new SplittableRandom());
  private final List<ServerProcess> servers = new ArrayList<>();

  Demo(
      Screen screen,
      DemoDirectory directory,
      ReplicaProgram program,
      Processors processors,
      Sizes sizes,
      boolean kept) {
    this.screen = screen;
    this.directory = directory;
    this.program = program;
    this.processors = processors;
    this.sizes = sizes;
    this.kept = kept;
  }

  /** Shows everything; true when all that was claimed came true. */
  boolean run() throws IOException, InterruptedException {
    screen.say("Millrace demo: a replica that was away catches up from the log on disk,");
    screen.say("instead of being copied whole again.");
    screen.say("");
    screen.say(
        format(ROOT, "   files    %s%s", directory.path(), kept ? "" : " (removed at the end)"));
    screen.say(format(ROOT, "   replica  %s", program.title()));
    screen.say(
        processors.areDealtOut()
            ? format(
                ROOT,
                "   machine  %d processors, one of them the replica's, as if it were elsewhere",
                processors.all().size())
            : "   machine  its processors are shared by master, client and replica");
    screen.say("");
    try {
      processors.confineThisProcess();
      return steps();
    } catch (IOException e) {
      for (ServerProcess server : servers) {
        screen.say("");
        screen.say(format(ROOT, "The last words of %s:", server.name()));
        screen.say(server.lastLines());
      }
      throw e;
    } finally {
      processors.releaseThisProcess();
    }
  }

  private boolean steps() throws IOException, InterruptedException {
    ServerProcess master = startMaster();
    try (RespConnection toMaster = master.connect()) {
      load(toMaster);
      ServerProcess replica = startReplica(master);
      try (RespConnection toReplica = replica.connect()) {
        follow(toMaster, toReplica);
        Counters before = Counters.of(toMaster);
        long leftAt = leave(replica, toMaster, toReplica);
        missWrites(toMaster);
        Outcome outcome = comeBack(master, replica, toMaster, toReplica, leftAt, before);
        boolean held = outcome.print(screen);
        if (kept) {
          screen.say("");
          screen.say(
              format(ROOT, "Look at its log:  ./millrace aof inspect %s/master", directory.path()));
        }
        return held;
      }
    }
  }

  private ServerProcess startMaster() throws IOException, InterruptedException {
    int port = ServerProcess.freePort();
    long retention =
        Math.max(RETENTION_BYTES_MIN, 2 * (sizes.datasetBytes() + sizes.missedBytes()));
    screen.say(
        format(
            ROOT,
            "1. Start a Millrace master on port %d: repl-backlog-size %d MB, aof-segment-size %d MB,"
                + " repl-transfer-max-rate %s.",
            port,
            BACKLOG_BYTES >> 20,
            sizes.segmentBytes() >> 20,
            sizes.transferBytesPerSecond() == 0
                ? "0 (none)"
                : (sizes.transferBytesPerSecond() >> 20) + " MB"));
    ServerProcess master =
        directory.start(
            "the master",
            port,
            MillraceProgram.of(
                processors.ofMaster(),
                List.of(
                    "--port",
                    Integer.toString(port),
                    "--bind",
                    "127.0.0.1",
                    "--dir",
                    directory.subdirectory("master").toString(),
                    "--save",
                    "",
                    "--appendonly",
                    "yes",
                    "--repl-backlog-size",
                    Long.toString(BACKLOG_BYTES),
                    "--aof-segment-size",
                    Long.toString(sizes.segmentBytes()),
                    "--aof-retention-size",
                    Long.toString(retention),
                    "--repl-transfer-max-rate",
                    Long.toString(sizes.transferBytesPerSecond()),
                    "--auto-aof-rewrite-percentage",
                    "0",
                    "--enable-debug-command",
                    "yes")));
    servers.add(master);
    master.awaitReady();
    return master;
  }

  private ServerProcess startReplica(ServerProcess master)
      throws IOException, InterruptedException {
    int port = ServerProcess.freePort();
    screen.say(format(ROOT, "3. Start %s as its replica on port %d.", program.name(), port));
    ServerProcess replica =
        directory.start(
            "the replica",
            port,
            program.command(
                processors.ofReplica(),
                List.of(
                    "--port",
                    Integer.toString(port),
                    "--bind",
                    "127.0.0.1",
                    "--dir",
                    directory.subdirectory("replica").toString(),
                    "--save",
                    "",
                    "--appendonly",
                    "no",
                    "--replicaof",
                    "127.0.0.1 " + master.port(),
                    "--enable-debug-command",
                    "yes")));
    servers.add(replica);
    replica.awaitReady();
    return replica;
  }

  private void load(RespConnection toMaster) throws IOException {
    screen.say(format(ROOT, "2. Load a dataset of %s.", megabytes(sizes.datasetBytes())));
    long began = System.nanoTime();
    long keys = sizes.keys();
    for (long key = 0; key < keys; ) {
      int batch = (int) Math.min(PIPELINE, keys - key);
      for (int i = 0; i < batch; i++) {
        writes.set(toMaster, key + i);
      }
      awaitOk(toMaster, batch);
      key += batch;
      long bytes = key * Writes.VALUE_BYTES;
      screen.progress(key, keys, rate(bytes, began));
    }
    screen.progressDone();
  }

  private static void awaitOk(RespConnection server, int replies) throws IOException {
    server.flush();
    for (int i = 0; i < replies; i++) {
      server.expectOk();
    }
  }

  /** The first synchronization, which is a full one: the replica has nothing yet. */
  private void follow(RespConnection toMaster, RespConnection toReplica)
      throws IOException, InterruptedException {
    long began = System.nanoTime();
    awaitLevel(toMaster, toReplica, began + PATIENCE_NANOS);
    screen.say(
        format(
            ROOT, "   It had nothing, so it was copied whole once: %.1f s.", secondsSince(began)));
  }

  private static void awaitLevel(RespConnection toMaster, RespConnection toReplica, long deadline)
      throws IOException, InterruptedException {
    while (true) {
      long end = toMaster.info("replication").number("master_repl_offset");
      InfoText replica = toReplica.info("replication");
      boolean linked = replica.text("master_link_status").equals("up");
      if (linked && replica.number("slave_repl_offset") >= end) {
        return;
      }
      if (System.nanoTime() > deadline) {
        throw new IOException("the replica did not become level in time");
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
  }

  /** Returns the offset the replica stands at. */
  private long leave(ServerProcess replica, RespConnection toMaster, RespConnection toReplica)
      throws IOException, InterruptedException {
    long offset = toReplica.info("replication").number("slave_repl_offset");
    replica.pause();
    toMaster.ask("CLIENT", "KILL", "TYPE", "replica");
    screen.say(format(ROOT, "4. The replica goes away, at replication offset %d.", offset));
    return offset;
  }

  private void missWrites(RespConnection toMaster) throws IOException {
    screen.say(
        format(
            ROOT,
            "   Meanwhile %s is written: %d times what the master keeps in memory.",
            megabytes(sizes.missedBytes()),
            sizes.missedBytes() / BACKLOG_BYTES));
    long began = System.nanoTime();
    long written = 0;
    while (written < sizes.missedBytes()) {
      for (int i = 0; i < PIPELINE; i++) {
        writes.set(toMaster, writes.any(sizes.keys()));
      }
      awaitOk(toMaster, PIPELINE);
      written += (long) PIPELINE * writes.commandBytes();
      screen.progress(written, sizes.missedBytes(), rate(written, began));
    }
    screen.progressDone();
  }

  private Outcome comeBack(
      ServerProcess master,
      ServerProcess replica,
      RespConnection toMaster,
      RespConnection toReplica,
      long leftAt,
      Counters before)
      throws IOException, InterruptedException {
    Histogram calm = WriteLoad.histogram();
    Histogram betweenTimes = WriteLoad.histogram();
    Histogram busy = WriteLoad.histogram();
    Timing timing;
    screen.say(
        format(
            ROOT,
            "5. A client goes on with %d writes/s (measured for %d s); then the replica comes back.",
            sizes.writesPerSecond(),
            sizes.calmSeconds()));
    try (WriteLoad load =
        new WriteLoad(
            master.connect(), writes, sizes.keys(), sizes.writesPerSecond(), betweenTimes)) {
      load.start();
      // What the bulk load before left to do is not the writer's to show.
      TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
      load.recordInto(calm);
      long calmEnd = System.nanoTime() + TimeUnit.SECONDS.toNanos(sizes.calmSeconds());
      while (System.nanoTime() < calmEnd) {
        // What watching costs the writer belongs to both measurements.
        toMaster.info("replication");
        TimeUnit.MILLISECONDS.sleep(WATCH_MILLIS);
      }
      load.recordInto(betweenTimes);
      long returned = System.nanoTime();
      replica.resume();
      long linked = awaitLink(toMaster);
      load.recordInto(busy);
      long levelOffset = watch(toMaster, toReplica, leftAt, linked);
      load.recordInto(betweenTimes);
      timing = new Timing(returned, linked, System.nanoTime(), levelOffset - leftAt);
    }
    screen.say("6. The client stops; both sides are compared.");
    awaitLevel(toMaster, toReplica, System.nanoTime() + PATIENCE_NANOS);
    Counters after = Counters.of(toMaster);
    String masterDigest = toMaster.ask("DEBUG", "DIGEST");
    String replicaDigest = toReplica.ask("DEBUG", "DIGEST");
    return new Outcome(leftAt, timing, before, after, calm, busy, masterDigest, replicaDigest);
  }

  private static long awaitLink(RespConnection toMaster) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (toMaster.info("replication").number("connected_slaves") == 0) {
      if (System.nanoTime() > deadline) {
        throw new IOException("the replica did not come back");
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
    return System.nanoTime();
  }

  /** Draws how the replica comes nearer; returns the offset at which it was level. */
  private long watch(RespConnection toMaster, RespConnection toReplica, long leftAt, long began)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    long seen = leftAt;
    while (true) {
      // The master's end first: the replica is level when it has all that was there before.
      long end = toMaster.info("replication").number("master_repl_offset");
      InfoText replica = toReplica.info("replication");
      long at = Math.max(leftAt, replica.number("slave_repl_offset"));
      String text =
          format(
              ROOT,
              "%.1f of %.1f MB  %s",
              (at - leftAt) / MEGABYTE,
              (end - leftAt) / MEGABYTE,
              rate(at - leftAt, began));
      screen.progress(at - leftAt, end - leftAt, text);
      if (at >= end && replica.text("master_link_status").equals("up")) {
        screen.progressDone();
        return at;
      }
      if (at > seen) {
        seen = at;
        deadline = System.nanoTime() + PATIENCE_NANOS;
      } else if (System.nanoTime() > deadline) {
        throw new IOException("the replica stays at offset " + at + ", the master is at " + end);
      }
      TimeUnit.MILLISECONDS.sleep(WATCH_MILLIS);
    }
  }

  private static String megabytes(long bytes) {
    return format(ROOT, "%d MB", Math.round(bytes / MEGABYTE));
  }

  private static String rate(long bytes, long since) {
    return format(ROOT, "%.0f MB/s", bytes / MEGABYTE / Math.max(1e-3, secondsSince(since)));
  }

  private static double secondsSince(long nanos) {
    return (System.nanoTime() - nanos) / 1e9;
  }
}
