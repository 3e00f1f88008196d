package dev.millrace.aof;

import dev.millrace.backlog.OffsetRange;
import dev.millrace.backlog.ReplicationHistory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replication stream on disk: segments in order of offset, each ending where the next begins
 * (L2), the last one open and written by the {@link Journal}; the bases; and the ledger beside
 * them.
 *
 * <p>Always {@code durable <= written} (L2). A segment goes only when no restart needs it, a
 * retention limit asks for it, and no pin refers to it (L3).
 *
 * <p>Threads: offsets, {@link #held}, {@link #pin} and {@link #segments} never block and may be
 * used by any thread, the executor included. Everything else does I/O and is for other threads.
 */
public final class SegmentedLog implements AutoCloseable {
  static final Logger LOGGER = LoggerFactory.getLogger(SegmentedLog.class);

  private final SegmentStore store;
  private final Ledger ledger;
  private final StreamScanner scanner;
  private final LongSupplier clockMillis;
  private final Recovery recovery;
  private final PinSet pins = new PinSet();

  // Guards changes of manifest, segments and bases, and is held during their I/O. Never taken by
  // the executor.
  private final ReentrantLock structure = new ReentrantLock();
  private final Condition changed = structure.newCondition();
  private Manifest manifest;
  // Set once; read by all.
  private volatile boolean listed;
  private boolean closed;
  private @Nullable LogWriter writer;
  private final java.util.zip.CRC32C openCrc;

  // Replaced whole, by whoever holds the lock; read by all.
  private volatile Segment[] segments;
  private volatile List<BaseInfo> bases;
  private volatile LogOptions options;
  private volatile ReplicationHistory history;

  // Written by the journal thread, read by all.
  private volatile long written;
  private volatile long durable;
  // Written before a segment is deleted, see retire().
  private volatile long firstHeld;

  SegmentedLog(
      LogOptions options,
      SegmentStore store,
      Ledger ledger,
      StreamScanner scanner,
      LongSupplier clockMillis,
      RecoveredLog found) {
    this.options = options;
    this.store = store;
    this.ledger = ledger;
    this.scanner = scanner;
    this.clockMillis = clockMillis;
    this.manifest = found.manifest();
    this.listed = found.listed();
    this.segments = found.segments().toArray(Segment[]::new);
    this.bases = found.bases();
    this.history = found.recovery().history();
    this.recovery = found.recovery();
    this.openCrc = found.openCrc();
    this.written = recovery.end();
    this.durable = recovery.end();
    this.firstHeld = segments[0].start();
  }

  /**
   * Opens the log of a server that recovers from it, creating it when there is none. Cuts a torn
   * tail, finishes whatever a crash interrupted, and reports both in {@link #recovery}.
   *
   * @param directory created when missing; its parent must exist
   * @param clockMillis wall clock
   * @param random for new replication IDs
   * @throws LogDamagedException when there is damage that no crash can cause
   */
  public static SegmentedLog open(
      LogOptions options,
      Path directory,
      StreamScanner scanner,
      LongSupplier clockMillis,
      RandomGenerator random)
      throws IOException {
    SegmentStore store = new FileSegmentStore(directory);
    return open(options, store, ChronicleLedger.in(store), scanner, clockMillis, random);
  }

  /** The same over any store and ledger. */
  public static SegmentedLog open(
      LogOptions options,
      SegmentStore store,
      Ledger.Source ledgers,
      StreamScanner scanner,
      LongSupplier clockMillis,
      RandomGenerator random)
      throws IOException {
    return new LogRecovery(options, store, ledgers, scanner, clockMillis, random).open();
  }

  /**
   * Starts a log only for replicas, which no restart recovers from ({@code appendonly no}).
   * Leftovers of an earlier one are deleted. It becomes recoverable when the first base is adopted.
   *
   * @param directory of its own: one with a log that can be recovered from is refused
   * @param offset where the stream stands
   */
  public static SegmentedLog startAt(
      LogOptions options,
      Path directory,
      StreamScanner scanner,
      LongSupplier clockMillis,
      long offset,
      ReplicationHistory history)
      throws IOException {
    SegmentStore store = new FileSegmentStore(directory);
    return startAt(
        options, store, ChronicleLedger.in(store), scanner, clockMillis, offset, history);
  }

  /** The same over any store and ledger. */
  public static SegmentedLog startAt(
      LogOptions options,
      SegmentStore store,
      Ledger.Source ledgers,
      StreamScanner scanner,
      LongSupplier clockMillis,
      long offset,
      ReplicationHistory history)
      throws IOException {
    return LogStart.forReplicas(options, store, ledgers, scanner, clockMillis, offset, history);
  }

  /** What {@link #open} found. */
  public Recovery recovery() {
    return recovery;
  }

  /** The settings in force. Any thread. */
  public LogOptions options() {
    return options;
  }

  /** Changes the settings; the name stays. Takes effect with the next batch. Any thread. */
  public void configure(LogOptions changedOptions) {
    Check.that(changedOptions.name().equals(options.name()), "a log keeps its name");
    options = changedOptions;
  }

  /** The IDs the stream goes under. Any thread. */
  public ReplicationHistory history() {
    return history;
  }

  /** What is on disk and may be served. Any thread. */
  public OffsetRange held() {
    // End before start: a segment let go in between only makes the range smaller.
    long end = written;
    long start = firstHeld;
    for (Segment segment : segments) {
      if (segment.isRotten()) {
        start = Math.max(start, segment.end(end));
      }
    }
    return new OffsetRange(Math.min(start, end), end);
  }

  /**
   * Where the open segment begins; the executor rolls when it has grown long enough. Any thread.
   */
  public long openSegmentStart() {
    Segment[] all = segments;
    return all[all.length - 1].start();
  }

  /** Offset up to which the stream is in files, readable by anyone. Never decreases. Any thread. */
  public long writtenOffset() {
    return written;
  }

  /** Offset up to which the stream was forced to the disk. Never decreases. Any thread. */
  public long durableOffset() {
    return durable;
  }

  /** Whether a restart recovers from it: not before its first base, when it began beyond 0. */
  public boolean isRecoverable() {
    return listed;
  }

  /** The segments, oldest first. Any thread. */
  public List<SegmentInfo> segments() {
    long end = written;
    return Arrays.stream(segments).map(s -> s.info(end)).toList();
  }

  /** The bases, newest first. Any thread. */
  public List<BaseInfo> bases() {
    return bases;
  }

  /**
   * Keeps the log from {@code offset} on until the pin is closed (L3, L4). Lock-free; any thread.
   *
   * @return null when the log does not reach back that far any more
   */
  public @Nullable Pin pin(long offset) {
    Pin pin = pins.add(offset);
    // After it was added: retire() first says what it wants to delete, then looks for pins, so one
    // of the two sees the other.
    if (offset < firstHeld) {
      pin.close();
      return null;
    }
    return pin;
  }

  /** Whether somebody holds a part of the log. */
  public boolean isPinned() {
    return pins.leastOffset() != Long.MAX_VALUE;
  }

  /**
   * Opens the log for sending from {@code offset} on.
   *
   * @return null when that offset is not held (any more)
   */
  public @Nullable SegmentSource openTransfer(long offset) {
    return openTransfer(offset, read -> {});
  }

  /**
   * The same.
   *
   * @param verifyingPace told how many bytes were read, piece by piece, while a segment is shown to
   *     be whole before it is sent (L8); may wait, so that this takes no processor from others
   */
  public @Nullable SegmentSource openTransfer(long offset, LongConsumer verifyingPace) {
    Pin pin = pin(offset);
    if (pin == null) {
      return null;
    }
    if (!held().serves(offset)) {
      pin.close();
      return null;
    }
    return new SegmentSource(this, pin, offset, verifyingPace);
  }

  /** Receives the stream of a recovery, segment by segment. */
  @FunctionalInterface
  public interface ReplayTarget {
    /**
     * Takes {@code bytes}, whole commands which begin at {@code offset}; they are mapped, read-only
     * and valid during the call.
     */
    void replay(long offset, MemorySegment bytes) throws IOException;
  }

  /**
   * Gives the stream from {@code from}, a segment's start, up to {@code to}, or what is written.
   */
  public void replay(long from, long to, ReplayTarget target) throws IOException {
    long end = Math.min(written, to);
    for (Segment segment : segments) {
      long segmentEnd = Math.min(segment.end(end), end);
      if (segment.start() >= from && segmentEnd > segment.start()) {
        try (SegmentFile file = store.openToRead(segment.name().fileName());
            Arena arena = Arena.ofShared()) {
          target.replay(segment.start(), file.map(arena, segmentEnd - segment.start()));
        }
      }
    }
  }

  /**
   * Begins a base at {@code offset}, where a segment begins or soon will (the executor cut it with
   * a BASE_CUT event). The log is pinned there until the draft is adopted or closed.
   */
  public BaseDraft newBase(long offset) throws IOException {
    Pin pin = Check.present(pin(offset), "a base before the log");
    return new BaseDraft(this, offset, pin, tempBase(offset));
  }

  /**
   * Begins the dataset that a replica receives in a full sync, for {@link #restart}. Nothing of the
   * log changes before that.
   *
   * @param offset where the master says the dataset stands
   */
  public BaseDraft newRestartBase(long offset) throws IOException {
    return new BaseDraft(this, offset, pins.add(Long.MAX_VALUE), tempBase(offset));
  }

  private static String tempBase(long offset) {
    return LogFiles.TEMPORARY_PREFIX + new BaseName(offset).fileName();
  }

  /** Opens a base for sending; it stays readable when it is retired meanwhile. */
  public SegmentFile openBase(BaseInfo base) throws IOException {
    return store.openToRead(new BaseName(base.offset()).fileName());
  }

  /** Adds a resync decision to the ledger. Not for the executor, which sends it to the journal. */
  public void record(ResyncDecision decision) {
    ledger.append(new LedgerRecord.Resync(nowMillis(), decision));
  }

  /** Adds to the ledger what became of a resync. Not for the executor. */
  public void record(ResyncEnd end) {
    ledger.append(new LedgerRecord.ResyncEnded(nowMillis(), end));
  }

  /**
   * The resync decisions that the ledger held when it was opened, oldest first. Waits until it is
   * open: not for the executor.
   *
   * @throws IOException when it cannot be read
   */
  public List<ResyncEntry> resyncs() throws IOException {
    return ResyncEntry.of(ledger.records());
  }

  /**
   * When which part of the stream was written before the log was opened, by offset; what is not
   * told came later than what is. Waits for the ledger: not on the executor while it serves.
   *
   * @throws IOException when the ledger cannot be read
   */
  public List<OffsetTime> times() throws IOException {
    return OffsetTime.of(ledger.records());
  }

  /**
   * Replaces the whole log by one that begins with {@code draft} (L5: the dataset is complete, and
   * only now is its offset adopted). No journal may be at work and nothing may be pinned. Crash
   * steps: see {@link LogStart}.
   *
   * @param newHistory the history of the dataset
   */
  public void restart(BaseDraft draft, ReplicationHistory newHistory) throws IOException {
    structure.lock();
    try {
      Check.that(writer == null, "the journal is still at work");
      draft.finish();
      Check.that(pins.leastOffset() == Long.MAX_VALUE, "the log is still pinned");
      RecoveredLog fresh =
          LogStart.replaceAll(options, store, ledger, clockMillis, draft, newHistory);
      manifest = fresh.manifest();
      listed = true;
      segments = fresh.segments().toArray(Segment[]::new);
      bases = fresh.bases();
      history = newHistory;
      openCrc.reset();
      written = draft.offset();
      durable = draft.offset();
      firstHeld = draft.offset();
    } finally {
      structure.unlock();
    }
  }

  /** Changes the stream's IDs from {@code offset} on. Journal thread. */
  void changeHistory(long offset, ReplicationHistory newHistory) throws IOException {
    ledger.append(new LedgerRecord.HistoryChanged(offset, nowMillis(), newHistory));
    ledger.sync();
    history = newHistory;
  }

  /** The writer, of which there is one at a time. Journal thread. */
  LogWriter openWriter() throws IOException {
    structure.lock();
    try {
      Check.that(writer == null && !closed, "a log has one journal");
      Segment[] all = segments;
      LogWriter opened = new LogWriter(this, all[all.length - 1], openCrc);
      writer = opened;
      return opened;
    } finally {
      structure.unlock();
    }
  }

  /** The journal let go of its writer; nobody shall wait for it. */
  void writerClosed() {
    structure.lock();
    try {
      writer = null;
      changed.signalAll();
    } finally {
      structure.unlock();
    }
  }

  void publishWritten(long offset) {
    written = offset;
  }

  void publishDurable(long offset) {
    Check.that(offset <= written, "durable past written", offset, written);
    durable = offset;
  }

  /** Lists a new open segment, whose file exists. Journal thread. */
  void begin(Segment segment) throws IOException {
    structure.lock();
    try {
      Check.that(segment.start() == written, "a gap before a segment", segment.start(), written);
      if (listed) {
        Manifest with = manifest.plus(segment.name());
        with.write(store, options.name());
        manifest = with;
      }
      Segment[] all = Arrays.copyOf(segments, segments.length + 1);
      all[all.length - 1] = segment;
      segments = all;
      changed.signalAll();
    } finally {
      structure.unlock();
    }
    retire();
  }

  /**
   * Makes a finished draft the base.
   *
   * <pre>
   * 1. the draft is forced           crash: a leftover temporary file, removed at start
   * 2. unlearn one of that offset    crash: the old one stands; its length is not known any more
   * 3. rename, force the directory   crash: a base that the manifest does not list, removed at start
   * 4. replace the manifest          crash: the new base stands; the older one is retired at start
   * 5. note it in the ledger         crash: its length is not known, so not compared
   * 6. retire older bases, then segments
   * </pre>
   */
  void adopt(BaseDraft draft) throws IOException {
    BaseName name = new BaseName(draft.offset());
    structure.lock();
    try {
      awaitSegmentAt(draft.offset());
      if (bases.stream().anyMatch(b -> b.offset() == draft.offset())) {
        // It takes that one's name: what the ledger says of its length must not outlive it.
        ledger.append(new LedgerRecord.BaseRetired(draft.offset(), nowMillis()));
        ledger.sync();
      }
      store.rename(draft.temporaryName(), name.fileName());
      store.syncDirectory();
      Manifest with = LogFiles.manifestOf(manifest, name, segments);
      try {
        with.write(store, options.name());
      } catch (IOException e) {
        if (!name.equals(manifest.base())) {
          store.delete(name.fileName());
        }
        throw e;
      }
      manifest = with;
      if (!listed) {
        listed = true;
        store.delete(LogFiles.REPLICAS_ONLY);
      }
      ledger.append(
          new LedgerRecord.BaseAdopted(
              draft.offset(), draft.bytesWritten(), nowMillis(), draft.crc32c()));
      ledger.sync();
      retireBases(LogFiles.baseInfo(store, name, draft.bytesWritten()));
    } finally {
      structure.unlock();
    }
    retire();
  }

  private void awaitSegmentAt(long offset) throws IOException {
    while (Arrays.stream(segments).noneMatch(s -> s.start() == offset)) {
      if (closed || writer == null) {
        throw new IOException("no segment begins at " + offset + ", and no journal is at work");
      }
      try {
        var _ = changed.await(1, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new java.io.InterruptedIOException("interrupted while waiting for a segment");
      }
    }
  }

  private void retireBases(BaseInfo newest) throws IOException {
    List<BaseInfo> all = new ArrayList<>(bases);
    all.removeIf(b -> b.offset() == newest.offset());
    all.add(newest);
    all.sort(Comparator.comparingLong(BaseInfo::offset).reversed());
    int kept = Math.min(options.basesKept(), all.size());
    List<BaseInfo> gone = all.subList(kept, all.size());
    bases = List.copyOf(all.subList(0, kept));
    for (BaseInfo base : gone) {
      store.delete(new BaseName(base.offset()).fileName());
      ledger.append(new LedgerRecord.BaseRetired(base.offset(), nowMillis()));
    }
  }

  /** Deletes the oldest segments that nothing needs and a retention limit lets go. Not executor. */
  void retire() throws IOException {
    structure.lock();
    try {
      boolean any = false;
      while (true) {
        Segment[] all = segments;
        String reason = Retention.reasonToRetire(all, bases, written, options, nowMillis());
        if (reason == null) {
          break;
        }
        Segment oldest = all[0];
        long end = oldest.end(written);
        firstHeld = end;
        if (pins.leastOffset() < end) {
          firstHeld = oldest.start();
          break;
        }
        // Crash: it is gone or it is there again; in front of the first listed one both are good.
        segments = Arrays.copyOfRange(all, 1, all.length);
        ledger.append(new LedgerRecord.Retired(oldest.start(), end, nowMillis(), reason));
        store.delete(oldest.name().fileName());
        any = true;
      }
      if (any) {
        ledger.forgetBefore(firstHeld);
      }
    } finally {
      structure.unlock();
    }
  }

  Segment segmentAt(long offset) {
    Segment[] all = segments;
    for (int i = all.length - 1; i >= 0; i--) {
      if (all[i].start() <= offset) {
        return all[i];
      }
    }
    throw new IllegalStateException("offset " + offset + " is before the log");
  }

  void requireVerified(Segment segment, LongConsumer pace) throws IOException {
    segment.requireVerified(store, scanner, ledger, pace);
  }

  SegmentStore store() {
    return store;
  }

  Ledger ledger() {
    return ledger;
  }

  long nowMillis() {
    return clockMillis.getAsLong();
  }

  /** Closes the ledger. The journal must have stopped. */
  @Override
  public void close() throws IOException {
    structure.lock();
    try {
      Check.that(writer == null, "the journal is still at work");
      if (!closed) {
        closed = true;
        changed.signalAll();
        ledger.close();
      }
    } finally {
      structure.unlock();
    }
  }
}
