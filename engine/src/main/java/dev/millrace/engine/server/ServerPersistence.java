package dev.millrace.engine.server;

import dev.millrace.aof.BaseInfo;
import dev.millrace.aof.JournalState;
import dev.millrace.aof.SegmentedLog;
import dev.millrace.engine.admin.Persistence;
import dev.millrace.engine.admin.PersistenceStatus;
import dev.millrace.engine.persistence.Bases;
import dev.millrace.engine.pipeline.Slice;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * SAVE, BGSAVE and BGREWRITEAOF: one snapshot at a time, the rest in a queue.
 *
 * <p>Owned by: executor thread.
 */
final class ServerPersistence implements Persistence, PersistenceStatus, Slice {
  private final Server server;
  private final Queue<Consumer<Boolean>> savesToCome = new ArrayDeque<>();
  private boolean baseToCome;
  private long saveCount;
  private long baseCount;

  ServerPersistence(Server server) {
    this.server = server;
  }

  @Override
  public Answer save(boolean mayWait, Consumer<Boolean> ended) {
    if (server.saves.isSaving() || !savesToCome.isEmpty()) {
      return Answer.ALREADY;
    }
    if (server.snapshots.isRunning() && !mayWait && !isInTransaction()) {
      return Answer.BUSY;
    }
    boolean atOnce = mayStartNow();
    savesToCome.add(ended);
    if (atOnce) {
      run(server.dataset.clock.getAsLong());
    }
    return atOnce ? Answer.STARTED : Answer.SCHEDULED;
  }

  @Override
  public Answer takeBase() {
    if (!server.log.isRunning()) {
      return server.logStarter.isStartingForGood() ? Answer.SCHEDULED : Answer.IMPOSSIBLE;
    }
    if (server.bases.isTaking()) {
      return Answer.ALREADY;
    }
    boolean atOnce = mayStartNow() && server.role.mayTakeBase();
    baseToCome = true;
    if (atOnce) {
      run(server.dataset.clock.getAsLong());
    }
    return atOnce ? Answer.STARTED : Answer.SCHEDULED;
  }

  /**
   * In the midst of a transaction the dataset is ahead of the stream: a base cut there would hold
   * what the stream after it says again.
   */
  private boolean mayStartNow() {
    return !server.snapshots.isRunning() && !isInTransaction();
  }

  private boolean isInTransaction() {
    return server.dataset.call.client().isExecuting();
  }

  /** Whether a base was asked for, and not begun yet. */
  boolean isBaseToCome() {
    return baseToCome;
  }

  /** Starts what waits, once nothing is under way. */
  @Override
  public boolean run(long nowMillis) {
    if (server.snapshots.isRunning()) {
      return false;
    }
    Consumer<Boolean> save = savesToCome.poll();
    if (save != null) {
      saveCount++;
      server.saves.start(server.dataset.call.changesTotal(), nowMillis, save);
    } else if (baseToCome && server.role.mayTakeBase()) {
      baseToCome = false;
      baseCount++;
      server.bases.take(
          server.log.require(),
          new Bases.Listener() {
            @Override
            public void adopted(BaseInfo base) {
              // Logged where it was taken.
            }

            @Override
            public void failed(String reason) {
              // Logged where it was taken; INFO tells that the last one failed.
            }
          },
          nowMillis);
    }
    return false;
  }

  @Override
  public long lastSaveMillis() {
    return server.saves.lastSaveMillis();
  }

  @Override
  public boolean isSaving() {
    return server.saves.isSaving();
  }

  @Override
  public boolean lastSaveOk() {
    return server.saves.lastOk();
  }

  @Override
  public long lastSaveDurationMillis() {
    return server.saves.lastDurationMillis();
  }

  @Override
  public long saveStartedMillis() {
    return server.saves.isSaving() ? server.saves.startedMillis() : -1;
  }

  @Override
  public long changesSinceSave() {
    return server.dataset.call.changesTotal() - server.saves.changesSaved();
  }

  @Override
  public long saves() {
    return saveCount;
  }

  @Override
  public long lastLoadKeys() {
    return server.dataset.keysLoaded;
  }

  @Override
  public long lastLoadKeysExpired() {
    return server.dataset.keysExpiredInFile;
  }

  @Override
  public boolean isLogOn() {
    return server.config.persistence.appendonly.value();
  }

  @Override
  public boolean isTakingBase() {
    return server.bases.isTaking();
  }

  @Override
  public boolean isBaseScheduled() {
    return baseToCome || server.logStarter.isStartingForGood();
  }

  @Override
  public long lastBaseDurationMillis() {
    return server.bases.lastDurationMillis();
  }

  @Override
  public long baseStartedMillis() {
    return server.bases.isTaking() ? server.bases.startedMillis() : -1;
  }

  @Override
  public boolean lastBaseOk() {
    return !server.bases.lastFailed();
  }

  @Override
  public long bases() {
    return baseCount;
  }

  @Override
  public boolean lastLogWriteOk() {
    JournalState state = server.log.state();
    return state == JournalState.RUNNING || state == JournalState.STOPPED;
  }

  @Override
  public long logBytes() {
    SegmentedLog log = server.log.log();
    if (log == null) {
      return 0;
    }
    List<BaseInfo> all = log.bases();
    long from = all.isEmpty() ? log.held().start() : all.get(0).offset();
    return baseBytes() + server.stream.offset() - from;
  }

  @Override
  public long baseBytes() {
    SegmentedLog log = server.log.log();
    return log == null || log.bases().isEmpty() ? 0 : log.bases().get(0).bytes();
  }
}
