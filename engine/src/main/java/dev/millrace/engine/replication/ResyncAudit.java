package dev.millrace.engine.replication;

import dev.millrace.aof.ResyncDecision;
import dev.millrace.aof.ResyncEnd;
import dev.millrace.aof.ResyncEntry;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The last resync decisions, those of earlier starts that the ledger holds included, and what
 * became of each: how many bytes were sent and how long it took until the replica had acknowledged
 * all there was when it asked.
 *
 * <p>Owned by: executor thread; {@link #remember} by the thread that starts the server.
 */
public final class ResyncAudit {
  private static final int KEPT = 128;

  /** One decision. */
  public static final class Entry {
    private final long millis;
    private final ResyncDecision decision;
    private final long startedNanos;
    private final long target;
    private long start;
    private long baseBytes;
    private @Nullable ResyncEnd end;

    private Entry(long millis, ResyncDecision decision, long startedNanos, long target) {
      this.millis = millis;
      this.decision = decision;
      this.startedNanos = startedNanos;
      this.target = target;
      this.start = decision.askedStart();
    }

    /** When it was decided, in milliseconds since the epoch. */
    public long millis() {
      return millis;
    }

    public ResyncDecision decision() {
      return decision;
    }

    /** What became of it; null while it is under way, or when an earlier start did not note it. */
    public @Nullable ResyncEnd end() {
      return end;
    }

    /** Whether it is still under way. */
    public boolean isUnderWay() {
      return end == null && startedNanos != 0;
    }

    /** The whole dataset is sent, as of that offset. */
    void sends(BaseFile base) {
      baseBytes = base.bytes();
      start = base.offset();
    }
  }

  private final ArrayDeque<Entry> entries = new ArrayDeque<>();
  private final LongSupplier nanoClock;
  private final Consumer<ResyncEnd> ledger;

  /**
   * None yet.
   *
   * @param nanoClock as {@link System#nanoTime}
   * @param ledger notes what became of one
   */
  ResyncAudit(LongSupplier nanoClock, Consumer<ResyncEnd> ledger) {
    this.nanoClock = nanoClock;
    this.ledger = ledger;
  }

  /** Takes up what the ledger holds of earlier starts; before the first decision of this one. */
  void remember(List<ResyncEntry> before) {
    for (ResyncEntry known : before.subList(Math.max(0, before.size() - KEPT), before.size())) {
      Entry entry = new Entry(known.millis(), known.decision(), 0, 0);
      entry.end = known.end();
      entries.add(entry);
    }
  }

  /**
   * A decision was made.
   *
   * @param target where the stream ends now, which the replica is to reach
   */
  Entry decided(ResyncDecision decision, long target, long nowMillis) {
    if (entries.size() == KEPT) {
      entries.remove();
    }
    // Never 0, which stands for an entry of an earlier start.
    Entry entry = new Entry(nowMillis, decision, nanoClock.getAsLong() | 1, target);
    entries.add(entry);
    return entry;
  }

  /** The replica has acknowledged the stream up to that offset. */
  void reached(Entry entry, long offset) {
    if (entry.end == null && offset >= entry.target) {
      end(entry, offset, true);
    }
  }

  /** It was sent the dataset, which is all it had asked for. */
  void sentDataset(Entry entry) {
    if (entry.end == null) {
      end(entry, entry.start, true);
    }
  }

  /** The replica is gone; up to that offset it was sent the stream. */
  void lost(Entry entry, long offset) {
    if (entry.end == null) {
      end(entry, offset, false);
    }
  }

  private void end(Entry entry, long offset, boolean complete) {
    long stream = entry.start < 0 ? 0 : Math.max(0, offset - entry.start);
    long micros = (nanoClock.getAsLong() - entry.startedNanos) / 1000;
    ResyncEnd end =
        new ResyncEnd(entry.decision.replica(), entry.baseBytes + stream, micros, complete);
    entry.end = end;
    ledger.accept(end);
  }

  /** How many are kept here. */
  public int size() {
    return entries.size();
  }

  /** All of them. */
  public Iterator<Entry> newestFirst() {
    return entries.descendingIterator();
  }

  /** The last one; null when there was none. */
  public @Nullable Entry last() {
    return entries.peekLast();
  }
}
