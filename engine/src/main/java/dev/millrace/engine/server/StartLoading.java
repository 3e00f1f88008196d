package dev.millrace.engine.server;

import dev.millrace.aof.SegmentedLog;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Fills the dataset with what the start has found, on the executor's thread, which in between
 * answers the clients that are there already: most commands with {@code -LOADING}, INFO, CONFIG,
 * SHUTDOWN and the like as ever.
 *
 * <p>Owned by: executor thread, before its first round; {@link #await} and {@link #abandon} by any.
 */
final class StartLoading implements Startup.Progress {
  private static final long BETWEEN_LOOKS_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final int STEPS_BETWEEN_LOOKS = 64;

  private final Server server;
  private final Startup startup;
  private final Loading loading;
  private final CompletableFuture<Boolean> done = new CompletableFuture<>();
  private final CountDownLatch listening = new CountDownLatch(1);
  private volatile boolean abandoned;
  private long lastLookNanos;
  private int steps;

  /** The server is told to stop, and need not have a dataset for that. */
  private static final class AbandonedException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** Clients are told from now on that the dataset is being loaded. */
  StartLoading(Server server, Startup startup) throws IOException {
    this.server = server;
    this.startup = startup;
    this.loading = server.role.loading();
    long bytes = startup.bytes(server.config);
    loading.begin(Loading.Kind.BLOCKING, bytes, server.dataset.clock.getAsLong());
  }

  /** Loads; when it fails, the dataset stays closed to clients, and {@link #await} says why. */
  void run() {
    try {
      long standsAt = startup.datasetOffset(server.config, server.dataset.clock.refresh());
      int database = startup.load(server.config, server.dataset, server.commands, standsAt, this);
      if (server.role.master().isSet()) {
        // Before the first round: a master for a moment, it would expire keys by itself, and its
        // stream would be another than its master's.
        listening.await();
        beginDelay(standsAt, database);
        server.role.follow(server.role.master());
      } else {
        server.stream.databaseAtEnd(database);
      }
      loading.end();
      server.pausedAsNow();
      done.complete(true);
    } catch (AbandonedException e) {
      done.complete(false);
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      done.completeExceptionally(e);
    }
  }

  private void beginDelay(long standsAt, int database) throws IOException {
    SegmentedLog log = startup.log();
    if (log == null || !DelayedApply.isWanted(server.config)) {
      server.stream.databaseAtEnd(database);
      return;
    }
    ArrivalTimes known = DelayedApply.arrivalsAtStart(log, server.dataset.clock.getAsLong());
    server.role.beginDelay(standsAt, database, known);
  }

  /**
   * Waits until the dataset is complete.
   *
   * @return false when the server was told to stop before
   * @throws IOException when what is on disk cannot be loaded: what and where
   */
  boolean await() throws IOException {
    try {
      return done.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the dataset was loaded", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /** The port is known, of which a replica tells its master. */
  void listening() {
    listening.countDown();
  }

  /** Ends it before it is complete; once it is, does nothing. Any thread. */
  void abandon() {
    abandoned = true;
    listening.countDown();
  }

  @Override
  public void read(long bytes) {
    loading.progressed(bytes, 0);
    look();
  }

  @Override
  public void afterEach() {
    if (KeyLoadDelay.pause(server.config)) {
      look();
      return;
    }
    steps++;
    if (steps % STEPS_BETWEEN_LOOKS == 0) {
      look();
    }
  }

  private void look() {
    if (abandoned) {
      throw new AbandonedException();
    }
    long now = System.nanoTime();
    if (now - lastLookNanos >= BETWEEN_LOOKS_NANOS) {
      server.executor.serveBetweenKeys();
      lastLookNanos = System.nanoTime();
    }
  }
}
