package dev.millrace.engine.persistence;

import dev.millrace.aof.BaseDraft;
import dev.millrace.aof.BaseInfo;
import dev.millrace.aof.Pin;
import dev.millrace.aof.SegmentedLog;
import dev.millrace.backlog.Check;
import dev.millrace.engine.snapshot.RdbHeader;
import dev.millrace.engine.snapshot.RdbWriter;
import dev.millrace.engine.snapshot.SnapshotOutcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes bases: the dataset at one offset of the stream, from which a restart and a full sync begin.
 *
 * <pre>
 * 1. the segment ends at the offset X, so that the next one begins there with SELECT
 * 2. the log is pinned at X (L4), before
 * 3. the snapshot is cut: the dataset exactly at X
 * 4. the snapshot thread writes it to a temporary file, and the log adopts that: a crash before leaves
 *    the older base and the segments after it in force
 * 5. the pin goes
 * </pre>
 *
 * <p>Owned by: executor thread.
 */
public final class Bases {
  private static final Logger LOG = LoggerFactory.getLogger(Bases.class);

  /** What {@link #databaseAt} says of a base it does not know. */
  public static final int UNKNOWN_DATABASE = -1;

  /** Told how the taking of a base goes, on the executor thread. */
  public interface Listener {
    /** The base will be the dataset at {@code offset}; at once when the base is asked for. */
    default void cut(long offset) {}

    /** It is there. */
    void adopted(BaseInfo base);

    /** It could not be written; the older one stands. */
    void failed(String reason);
  }

  private final Snapshots snapshots;
  private final LongSupplier cut;
  private final LongFunction<RdbHeader> header;
  private final List<Listener> listeners = new ArrayList<>();
  private long cutOffset;
  private boolean taking;
  private RdbHeader.@Nullable ReplicationPoint lastPoint;
  private boolean lastFailed;
  private long startedMillis;
  private long lastDurationMillis = -1;

  /**
   * Takes bases.
   *
   * @param cut ends the segment where the dataset stands, and says where that is
   * @param header what a base taken at an offset says about itself
   */
  public Bases(Snapshots snapshots, LongSupplier cut, LongFunction<RdbHeader> header) {
    this.snapshots = snapshots;
    this.cut = cut;
    this.header = header;
  }

  /** True while a base is being written. */
  public boolean isTaking() {
    return taking;
  }

  /** True when the last base could not be written. */
  public boolean lastFailed() {
    return lastFailed;
  }

  /** Duration of the last one, or -1. */
  public long lastDurationMillis() {
    return lastDurationMillis;
  }

  /** When the one under way began, in milliseconds since the epoch. */
  public long startedMillis() {
    return startedMillis;
  }

  /**
   * The database the stream has selected at the offset of a base; {@link #UNKNOWN_DATABASE} of all
   * but the last one taken since the start, for only their files tell.
   */
  public int databaseAt(long offset) {
    RdbHeader.ReplicationPoint point = lastPoint;
    return point != null && point.offset() == offset ? point.selectedDatabase() : UNKNOWN_DATABASE;
  }

  /** Waits for the base that is being written. */
  public void join(Listener listener) {
    assert taking;
    listeners.add(listener);
    listener.cut(cutOffset);
  }

  /** Takes a base now. No snapshot may be running. */
  public void take(SegmentedLog log, Listener listener, long nowMillis) {
    assert !taking && !snapshots.isRunning();
    long offset = cut.getAsLong();
    Pin pin = log.pin(offset);
    Check.that(pin != null, "the log cannot be pinned at its end, %d", offset);
    taking = true;
    startedMillis = nowMillis;
    cutOffset = offset;
    RdbHeader says = header.apply(offset);
    lastPoint = says.replication();
    DraftStore store = new DraftStore(() -> log.newBase(offset));
    snapshots.start(
        store,
        Path.of("base-" + offset + ".rdb"),
        says,
        () -> store.adopt(BaseDraft::adopt),
        outcome -> ended(log, Objects.requireNonNull(pin), outcome));
    listeners.add(listener);
    listener.cut(offset);
  }

  private void ended(SegmentedLog log, Pin pin, SnapshotOutcome outcome) {
    taking = false;
    lastFailed = outcome.result() != SnapshotOutcome.Result.DONE;
    lastDurationMillis = outcome.durationNanos() / 1_000_000;
    List<Listener> told = List.copyOf(listeners);
    listeners.clear();
    BaseInfo base = lastFailed ? null : find(log, cutOffset);
    if (base == null) {
      Throwable failure = outcome.failure();
      String reason = failure == null ? "it was given up" : String.valueOf(failure.getMessage());
      LOG.error("no base at offset {}: {}", cutOffset, reason, failure);
      told.forEach(listener -> listener.failed(reason));
    } else {
      LOG.info(
          "base at offset {}: {} keys, {} bytes, {} ms",
          cutOffset,
          outcome.keys(),
          outcome.bytes(),
          lastDurationMillis);
      told.forEach(listener -> listener.adopted(base));
    }
    pin.close();
  }

  /** A base of no keys at an offset, for a replica that wants the stream and no dataset. */
  public byte[] ofNoKeys(long offset) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (RdbWriter writer = new RdbWriter(Channels.newChannel(bytes), false, true)) {
      writer.header(header.apply(offset));
      writer.finish();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static @Nullable BaseInfo find(SegmentedLog log, long offset) {
    for (BaseInfo base : log.bases()) {
      if (base.offset() == offset) {
        return base;
      }
    }
    return null;
  }
}
