package dev.millrace.engine.replication;

import dev.millrace.aof.BaseInfo;
import dev.millrace.aof.Pin;
import dev.millrace.engine.persistence.Bases;
import dev.millrace.engine.persistence.DiskLog;
import dev.millrace.engine.persistence.Snapshots;
import dev.millrace.engine.pipeline.ReplicationStream;
import dev.millrace.engine.pipeline.Slice;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds each replica that needs the whole dataset a base: the newest one, when the log after it is
 * no longer than it; the one being written, shared; or a new one.
 *
 * <p>Owned by: executor thread.
 */
public final class FullSyncs implements Slice {
  /** A replica that waits for a base. */
  interface Waiting {
    /**
     * The dataset it will get stands at {@code offset}.
     *
     * @param database which the stream has selected there, or {@link Bases#UNKNOWN_DATABASE}
     */
    void cut(long offset, int database);

    /** Whether it can use only a base of which the database is known. */
    default boolean mustKnowDatabase() {
      return false;
    }

    /** Here it is; the log is pinned at its offset. */
    void ready(BaseFile base);

    /** There will be none. */
    void failed(String reason);
  }

  private static final long SMALL_BYTES = 4 << 20;

  private final Bases bases;
  private final Snapshots snapshots;
  private final DiskLog log;
  private final ReplicationStream stream;
  private final Runnable startLog;
  private final BooleanSupplier mayTakeBase;
  private final Queue<Waiting> queue = new ArrayDeque<>();

  /**
   * Full syncs from bases of {@code log}.
   *
   * @param startLog starts the log when there is none yet; it runs some time after
   * @param mayTakeBase whether a base of the dataset may be taken here
   */
  public FullSyncs(
      Bases bases,
      Snapshots snapshots,
      DiskLog log,
      ReplicationStream stream,
      Runnable startLog,
      BooleanSupplier mayTakeBase) {
    this.bases = bases;
    this.snapshots = snapshots;
    this.log = log;
    this.stream = stream;
    this.startLog = startLog;
    this.mayTakeBase = mayTakeBase;
  }

  /** About how many bytes a full sync would send, for the resync decision; 0 when unknown. */
  public long datasetBytes() {
    List<BaseInfo> all = bases();
    return all.isEmpty() ? 0 : all.get(0).bytes();
  }

  private List<BaseInfo> bases() {
    return log.isRunning() ? log.require().bases() : List.of();
  }

  /** Makes sure that there is a log, soon, for a replica that may fall behind what memory holds. */
  void keepLog() {
    if (!log.isRunning()) {
      startLog.run();
    }
  }

  /** Whether bases of the dataset can be taken at the moment. */
  boolean mayTakeBase() {
    return mayTakeBase.getAsBoolean();
  }

  /** The RDB of no keys at an offset. */
  byte[] noKeys(long offset) {
    return bases.ofNoKeys(offset);
  }

  /** Asks for a base; {@code waiting} may be told at once, or when another snapshot is done. */
  void request(Waiting waiting) {
    queue.add(waiting);
  }

  @Override
  public boolean run(long nowMillis) {
    if (queue.isEmpty() || (snapshots.isRunning() && !bases.isTaking())) {
      return false;
    }
    if (!log.isRunning()) {
      startLog.run();
      return false;
    }
    if (!bases.isTaking() && serveNewest(queue.element())) {
      queue.remove();
      return false;
    }
    if (!bases.isTaking() && !mayTakeBase.getAsBoolean()) {
      return false;
    }
    Waiting waiting = queue.remove();
    BaseListener listener = new BaseListener(waiting);
    if (bases.isTaking()) {
      bases.join(listener);
    } else {
      bases.take(log.require(), listener, nowMillis);
    }
    return false;
  }

  private boolean serveNewest(Waiting waiting) {
    List<BaseInfo> all = bases();
    if (all.isEmpty()) {
      return false;
    }
    BaseInfo newest = all.get(0);
    long gap = stream.offset() - newest.offset();
    // A small dataset is snapshot anew sooner than the stream since its last base is sent.
    if (gap > 0
        && mayTakeBase.getAsBoolean()
        && (newest.bytes() < SMALL_BYTES || gap > newest.bytes())) {
      return false;
    }
    int database = bases.databaseAt(newest.offset());
    if (database == Bases.UNKNOWN_DATABASE && waiting.mustKnowDatabase()) {
      return false;
    }
    Pin pin = log.require().pin(newest.offset());
    if (pin == null) {
      return false;
    }
    waiting.cut(newest.offset(), database);
    waiting.ready(new BaseFile(newest, newest.bytes(), pin));
    return true;
  }

  private final class BaseListener implements Bases.Listener {
    private final Waiting waiting;
    private @Nullable Pin pin;

    BaseListener(Waiting waiting) {
      this.waiting = waiting;
    }

    @Override
    public void cut(long offset) {
      // L4: this replica's own pin, from the cut until its transfer has one.
      pin = log.require().pin(offset);
      waiting.cut(offset, bases.databaseAt(offset));
    }

    @Override
    public void adopted(BaseInfo base) {
      Pin kept = pin;
      if (kept == null) {
        waiting.failed("the log no longer reaches back to the base at " + base.offset());
        return;
      }
      waiting.ready(new BaseFile(base, base.bytes(), kept));
    }

    @Override
    public void failed(String reason) {
      if (pin != null) {
        pin.close();
      }
      waiting.failed(reason);
    }
  }
}
