package dev.millrace.engine.server;

import dev.millrace.aof.SegmentedLog;
import dev.millrace.engine.admin.Lifecycle;
import dev.millrace.engine.admin.Persistence;
import dev.millrace.engine.command.Clients;
import dev.millrace.engine.replication.Replica;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of the server, by SHUTDOWN or a signal. Writes are held back until every replica has
 * acknowledged everything, for {@code shutdown-timeout} at most; then the RDB file is saved, when
 * there are save points and no log that holds everything.
 *
 * <p>Owned by: executor thread.
 */
final class ServerLifecycle implements Lifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(ServerLifecycle.class);
  private static final long SECOND_MILLIS = 1000;

  private final Server server;
  private final Persistence persistence;
  private final Runnable exit;

  // Who wait for the end, or to hear that there is none.
  private final List<Consumer<String>> waiting = new ArrayList<>();
  private @Nullable Shutdown wanted;
  private @Nullable Runnable signalled;
  // How many have ended or were given up, so that a save knows whose it was.
  private int attempt;
  private long deadlineMillis;
  private boolean waitsForReplicas;
  private boolean waitsForSave;

  /**
   * The end of {@code server}.
   *
   * @param exit begins the end on another thread and returns
   */
  ServerLifecycle(Server server, Persistence persistence, Runnable exit) {
    this.server = server;
    this.persistence = persistence;
    this.exit = exit;
  }

  @Override
  public void shutdown(Shutdown how, Consumer<String> failed) {
    waiting.add(failed);
    if (wanted == null) {
      begin(how);
    }
  }

  /**
   * A signal has told the process to end, and nothing can keep it from that.
   *
   * @param ready called when nothing is left to wait for
   */
  void signalled(Shutdown how, Runnable ready) {
    signalled = ready;
    if (wanted == null) {
      begin(how);
    }
  }

  private void begin(Shutdown how) {
    wanted = how;
    long timeout = server.config.server.shutdownTimeout.value();
    if (how.now() || timeout == 0 || haveAllCaughtUp()) {
      finish(how);
      return;
    }
    LOG.info("Waiting for replicas before shutting down.");
    deadlineMillis = server.dataset.clock.getAsLong() + timeout * SECOND_MILLIS;
    waitsForReplicas = true;
    server.clients.holdWrites(Clients.Holder.SHUTDOWN, true);
  }

  /**
   * Between two units: goes on when the replicas have caught up or the time is over, or the save
   * that was under way is done.
   */
  void endOfRound() {
    Shutdown how = wanted;
    if (how == null) {
      return;
    }
    if (waitsForSave) {
      save(how);
    } else if (!waitsForReplicas) {
      return;
    } else if (haveAllCaughtUp() || server.dataset.clock.getAsLong() >= deadlineMillis) {
      waitsForReplicas = false;
      finish(how);
    }
  }

  /** How long a shutdown may still wait for replicas; -1 when there is none. */
  long remainingMillis() {
    return wanted == null ? -1 : Math.max(0, deadlineMillis - server.dataset.clock.getAsLong());
  }

  private boolean haveAllCaughtUp() {
    long offset = server.stream.offset();
    for (Replica replica : server.replication.replicas().attached()) {
      if (replica.ackOffset() != offset) {
        return false;
      }
    }
    return true;
  }

  private void finish(Shutdown how) {
    tellOfReplicas();
    boolean logged = server.config.persistence.appendonly.value();
    boolean loading = server.role.loading().isBlocking();
    if (logged && !loading && !how.force() && !isLogComplete()) {
      LOG.warn("Writing initial AOF, can't exit.");
      fail();
      return;
    }
    boolean hasSavePoints = !server.config.persistence.save.value().isEmpty();
    boolean save = how.save() == null ? hasSavePoints && !logged : how.save();
    // What is loaded so far must not take the place of the whole.
    if (!save || loading) {
      exit();
      return;
    }
    save(how);
  }

  private void save(Shutdown how) {
    int mine = attempt;
    Persistence.Answer answer =
        persistence.save(
            true,
            saved -> {
              if (attempt != mine) {
                return;
              }
              if (saved || how.force()) {
                exit();
              } else {
                fail();
              }
            });
    // The one under way does not hold what came after it began.
    waitsForSave = answer == Persistence.Answer.ALREADY;
  }

  /** A log that was started while the server ran is one of a restart with its first base. */
  private boolean isLogComplete() {
    SegmentedLog log = server.log.log();
    return log != null && log.isRecoverable();
  }

  private void tellOfReplicas() {
    long offset = server.stream.offset();
    int all = 0;
    int inSync = 0;
    for (Replica replica : server.replication.replicas().attached()) {
      all++;
      if (replica.ackOffset() == offset) {
        inSync++;
      } else {
        LOG.warn(
            "Lagging replica {}:{} reported offset {} behind master, state={}",
            replica.address(),
            replica.listeningPort(),
            offset - replica.ackOffset(),
            replica.state().word());
      }
    }
    if (all > 0) {
      LOG.info("{} of {} replicas are in sync when shutting down.", inSync, all);
    }
  }

  private void exit() {
    Runnable ready = signalled;
    if (ready != null) {
      ready.run();
    } else {
      server.scriptEngine.end();
      exit.run();
    }
  }

  private void fail() {
    LOG.error("Errors trying to shut down the server. Check the logs for more information.");
    giveUp();
  }

  private void giveUp() {
    attempt++;
    wanted = null;
    waitsForReplicas = false;
    waitsForSave = false;
    server.clients.holdWrites(Clients.Holder.SHUTDOWN, false);
    List<Consumer<String>> told = List.copyOf(waiting);
    waiting.clear();
    told.forEach(each -> each.accept("Errors trying to SHUTDOWN. Check logs."));
    Runnable ready = signalled;
    if (ready != null) {
      ready.run();
    }
  }

  @Override
  public boolean abortShutdown() {
    if (wanted == null || signalled != null) {
      return false;
    }
    LOG.info("Shutdown manually aborted.");
    giveUp();
    return true;
  }
}
