package dev.millrace.engine.server;

import dev.millrace.aof.FsyncPolicy;
import dev.millrace.aof.SegmentedLog;
import dev.millrace.backlog.Hold;
import dev.millrace.backlog.ReplicationHistory;
import dev.millrace.engine.recovery.UnitScanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the log of a server that had none: for its first replica with {@code appendonly no} (in a
 * directory of its own that no restart reads), or for good when {@code appendonly} is set to yes.
 *
 * <pre>
 * 1. the executor ends the segment at offset X and holds the backlog there
 * 2. a thread of its own makes the directory, the first segment, the ledger      (I/O)
 * 3. the journal is opened at X, and takes its own hold; ours goes
 * </pre>
 *
 * <p>Owned by: executor thread.
 */
final class LogStarter {
  private static final Logger LOG = LoggerFactory.getLogger(LogStarter.class);

  private final Server server;
  private boolean starting;
  private boolean forReplicas;

  LogStarter(Server server) {
    this.server = server;
  }

  /** Where the log is kept that exists only for replicas. */
  static Path replicasDirectory(Path logDirectory) {
    return logDirectory.resolveSibling(logDirectory.getFileName() + "-replicas");
  }

  /** Starts the log for replicas, if none is running or starting. */
  void startForReplicas() {
    forReplicas |= !isStartedOrStarting();
    start(replicasDirectory(Settings.logDirectory(server.config)), FsyncPolicy.NO, () -> {});
  }

  /**
   * Starts the log for good; its first base follows at once. What the directory held is put aside.
   */
  void startForGood() {
    start(
        Settings.logDirectory(server.config),
        Settings.fsync(server.config),
        () -> server.requests.submit(server.persistence::takeBase));
  }

  /** True when a log runs, or soon will. */
  boolean isStartedOrStarting() {
    return starting || server.log.isRunning();
  }

  /** True while the log is being started whose first base follows. */
  boolean isStartingForGood() {
    return starting && !forReplicas;
  }

  /** True when the log was started for replicas only. */
  boolean isForReplicas() {
    return forReplicas;
  }

  private void start(Path directory, FsyncPolicy fsync, Runnable then) {
    if (isStartedOrStarting()) {
      return;
    }
    starting = true;
    server.dispatcher.flushEffects();
    long offset = server.stream.roll();
    server.stream.publish();
    Hold hold = server.backlog.hold(offset);
    ReplicationHistory history = server.history();
    new Thread(
            () -> {
              try (hold) {
                putAside(directory);
                server.log.open(
                    SegmentedLog.startAt(
                        Settings.log(server.config).withFsync(fsync),
                        directory,
                        new UnitScanner(),
                        System::currentTimeMillis,
                        offset,
                        history));
                LOG.info("the log begins in {} at offset {}", directory, offset);
                then.run();
              } catch (IOException | RuntimeException e) {
                LOG.error("the log could not be started in {}", directory, e);
              } finally {
                server.requests.submit(() -> starting = false);
              }
            },
            "log-start")
        .start();
  }

  private static void putAside(Path directory) throws IOException {
    if (directory.getFileName().toString().endsWith("-replicas")) {
      delete(directory);
    } else if (Files.exists(directory)) {
      Path aside = directory.resolveSibling(directory.getFileName() + ".old-" + System.nanoTime());
      Files.move(directory, aside);
      LOG.warn("{} held an older log, which is now {}", directory, aside);
    }
  }

  /** Deletes a log that was kept for replicas only. */
  static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    List<Path> all;
    try (Stream<Path> walk = Files.walk(directory)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path each : all) {
      Files.delete(each);
    }
  }
}
