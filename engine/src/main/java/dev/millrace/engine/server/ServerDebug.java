package dev.millrace.engine.server;

import dev.millrace.aof.SegmentedLog;
import dev.millrace.backlog.ReplicationHistory;
import dev.millrace.backlog.ReplicationId;
import dev.millrace.backlog.StreamEvent;
import dev.millrace.engine.admin.DebugActions;
import dev.millrace.engine.admin.Persistence;
import java.io.IOException;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What DEBUG does to the running server. Loading happens on the executor and stops it meanwhile:
 * that is what these commands are for.
 *
 * <p>Owned by: executor thread.
 */
final class ServerDebug implements DebugActions {
  private static final String LOADING = "the dataset is being loaded";

  private final Server server;
  private final Persistence persistence;
  private final Housekeeping housekeeping;

  ServerDebug(Server server, Persistence persistence, Housekeeping housekeeping) {
    this.server = server;
    this.persistence = persistence;
    this.housekeeping = housekeeping;
  }

  @Override
  public void reload(boolean save, boolean flush, boolean merge, Consumer<@Nullable String> ended) {
    if (server.role.loading().isBlocking()) {
      ended.accept(LOADING);
      return;
    }
    if (!save) {
      load(flush, merge, ended);
      return;
    }
    Persistence.Answer answer =
        persistence.save(
            true,
            saved -> {
              if (saved) {
                load(flush, merge, ended);
              } else {
                ended.accept("Error trying to save the DB, check server logs.");
              }
            });
    if (answer == Persistence.Answer.ALREADY) {
      ended.accept("Background save already in progress");
    }
  }

  private void load(boolean flush, boolean merge, Consumer<@Nullable String> ended) {
    try {
      if (flush) {
        forgetDataset();
      }
      Startup.reloadRdb(
          server.config, server.dataset, source -> server.libraries.load(source, merge));
      ended.accept(null);
    } catch (IOException e) {
      ended.accept("Error trying to load the RDB dump, check server logs: " + e.getMessage());
    }
  }

  /** What is loaded brings its libraries, and nothing else stays. */
  private void forgetDataset() {
    server.dataset.keyspace.flush(false);
    server.libraries.flush();
  }

  @Override
  public void loadLog(Consumer<@Nullable String> ended) {
    if (server.role.loading().isBlocking()) {
      ended.accept(LOADING);
      return;
    }
    SegmentedLog log = server.log.log();
    if (log == null) {
      ended.accept("there is no log: appendonly is no");
      return;
    }
    server.dispatcher.flushEffects();
    server.stream.control(
        StreamEvent.Kind.SYNC_REQUEST,
        (dev.millrace.aof.DurableListener)
            offset -> server.requests.submit(() -> replay(log, ended)));
  }

  private void replay(SegmentedLog log, Consumer<@Nullable String> ended) {
    try {
      forgetDataset();
      Startup.rebuild(
          server.config,
          server.dataset,
          server.commands,
          log,
          server.role.datasetOffset(),
          Startup.Progress.NONE);
      ended.accept(null);
    } catch (IOException e) {
      ended.accept("Error trying to load the AOF files, check server logs: " + e.getMessage());
    }
  }

  @Override
  public void changeReplicationId() {
    ReplicationHistory fresh =
        ReplicationHistory.startingWith(ReplicationId.random(new SplittableRandom()));
    server.replication.history(fresh);
    server.stream.control(StreamEvent.Kind.REPLICATION_ID, fresh);
  }

  @Override
  public void clockwork(boolean on) {
    housekeeping.stopped(!on);
  }

  @Override
  public void unrestrictedScripts(boolean on) {
    server.scriptEngine.unrestricted(on);
  }

  @Override
  public void activeExpiry(boolean on) {
    housekeeping.activeExpiry(on);
  }
}
