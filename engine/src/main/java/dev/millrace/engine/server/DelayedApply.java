package dev.millrace.engine.server;

import dev.millrace.aof.SegmentPiece;
import dev.millrace.aof.SegmentSource;
import dev.millrace.aof.SegmentedLog;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.config.Config;
import dev.millrace.engine.replication.ApplyControl;
import dev.millrace.engine.replication.MasterStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The part of a delayed replica ({@code repl-apply-delay}) that applies: a thread reads our own log
 * again behind the journal, as far as is due, and the executor applies it.
 *
 * <pre>
 *   base ≤ applied ≤ due ≤ the stream's end = what the master is told
 * </pre>
 *
 * <p>The log from where the dataset stands is pinned by the thread, and needed by the newest base
 * anyway (L3). L7: at most {@value #CHUNKS_MAX} chunks are read and not applied.
 *
 * <p>Owned by: executor thread; {@link #read} runs on the thread {@code delayed-read}.
 */
final class DelayedApply implements ApplyControl, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DelayedApply.class);
  static final int CHUNKS_MAX = 8;
  private static final int CHUNK_BYTES = 64 << 10;
  private static final int CHUNKS_PER_ROUND = 4;
  private static final long NOTHING_DUE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long NONE = Long.MAX_VALUE;

  private final Server server;
  private final MasterStream applier;
  private final ArrivalTimes arrivals;
  private final ArrayDeque<Chunk> chunks = new ArrayDeque<>();
  private final Semaphore room = new Semaphore(CHUNKS_MAX);

  // What the applier was given, a half unit perhaps after what it has applied.
  private long given;
  private long untilMillis = NONE;
  private boolean catchingUp;
  private @Nullable String failure;

  private volatile long due;
  private volatile boolean closed;
  private volatile boolean over;

  /** Bytes of the stream that were read; {@code taken} of them are applied. */
  private static final class Chunk {
    final byte[] bytes;
    int taken;

    Chunk(byte[] bytes) {
      this.bytes = bytes;
    }
  }

  /**
   * Begins to apply our stream from {@code offset} on, the end of a unit.
   *
   * @param database what is selected there
   * @param arrivals when what lies behind it came
   */
  DelayedApply(
      Server server, MasterStream applier, long offset, int database, ArrivalTimes arrivals) {
    this.server = server;
    this.applier = applier;
    this.arrivals = arrivals;
    this.given = offset;
    this.due = offset;
    applier.rereadFrom(offset, database);
    if (until() < offset) {
      // Of a dataset that was replaced, or made a master's: it would hold for good.
      LOG.warn("repl-apply-until {} is behind the dataset, and is forgotten", until());
      server.config.replication.replApplyUntil.value(-1);
    }
    LOG.info("applying from offset {} on, the stream ends at {}", offset, server.stream.offset());
    Thread.ofPlatform().daemon().name("delayed-read").start(() -> read(offset));
  }

  /** Whether a replica is to apply later than it journals. */
  static boolean isWanted(Config config) {
    return config.replication.replApplyDelay.value() > 0 && config.persistence.appendonly.value();
  }

  /**
   * How much of a log a delayed replica applies when it starts.
   *
   * @return an offset, the end of a unit; the log's end when there is no delay
   */
  static long dueAtStart(Config config, SegmentedLog log, long now) throws IOException {
    if (!isWanted(config) || !config.replication.replicaof.value().isSet()) {
      return log.writtenOffset();
    }
    ArrivalTimes known = arrivalsAtStart(log, now);
    long until = config.replication.replApplyUntil.value();
    long found = known.offsetAt(now - delayMillis(config));
    return until < 0 || found <= until ? found : lastNotAfter(log, until);
  }

  private static long lastNotAfter(SegmentedLog log, long until) throws IOException {
    return log.times().stream()
        .mapToLong(one -> one.offset())
        .filter(offset -> offset <= until)
        .max()
        .orElse(-1);
  }

  /** What is known of a log's times when the server starts. */
  static ArrivalTimes arrivalsAtStart(SegmentedLog log, long now) throws IOException {
    return ArrivalTimes.of(log.times(), log.writtenOffset(), now);
  }

  private static long delayMillis(Config config) {
    return TimeUnit.SECONDS.toMillis(config.replication.replApplyDelay.value());
  }

  /** The error where there is no log to apply from; null when there is no delay, or a log. */
  static @Nullable String lackOfLog(Config config) {
    boolean wanted = config.replication.replApplyDelay.value() > 0;
    return wanted && !config.persistence.appendonly.value()
        ? "repl-apply-delay applies from the log: it needs appendonly yes"
        : null;
  }

  // The thread that reads.

  private void read(long from) {
    try {
      readFrom(from);
    } finally {
      over = true;
    }
  }

  private void readFrom(long from) {
    long at = from;
    while (!closed) {
      try (SegmentSource source = open(at)) {
        while (!closed) {
          at = readNext(source, at);
        }
      } catch (IOException e) {
        if (!closed) {
          LOG.error("the log cannot be read at offset {}: {}", at, e.getMessage());
          LockSupport.parkNanos(RETRY_NANOS);
        }
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private SegmentSource open(long at) throws IOException {
    SegmentedLog log = server.log.log();
    SegmentSource source = log == null ? null : log.openTransfer(at);
    if (source == null) {
      throw new IOException("it is not held");
    }
    return source;
  }

  private long readNext(SegmentSource source, long at) throws IOException, InterruptedException {
    SegmentPiece piece = due > at ? source.next(Math.min(CHUNK_BYTES, due - at)) : null;
    if (piece == null) {
      LockSupport.parkNanos(NOTHING_DUE_NANOS);
      return at;
    }
    if (!room.tryAcquire(1, TimeUnit.SECONDS)) {
      return at;
    }
    byte[] bytes = new byte[(int) piece.bytes()];
    if (!piece.file().readFully(ByteBuffer.wrap(bytes), piece.filePosition())) {
      room.release();
      throw new IOException("a segment ends before it should");
    }
    source.advance(bytes.length);
    server.requests.submit(() -> chunks.add(new Chunk(bytes)));
    return at + bytes.length;
  }

  // The executor.

  /** Something was appended to our stream. */
  void arrived(long nowMillis) {
    arrivals.note(server.stream.offset(), nowMillis);
  }

  /** Applies what was read and is due; true when there is more. */
  boolean run(long nowMillis) {
    long limit = limit(nowMillis);
    due = limit;
    for (int i = 0; i < CHUNKS_PER_ROUND && mayGoOn(limit); i++) {
      applyNext(limit);
      if (server.persistence.isBaseToCome() && mayTakeBaseHere()) {
        // Here a base can be taken: not after the next chunk.
        return true;
      }
    }
    arrivals.forgetBefore(applier.appliedOffset());
    return mayGoOn(limit);
  }

  private boolean mayGoOn(long limit) {
    return !chunks.isEmpty() && given < limit && failure == null;
  }

  private boolean mayTakeBaseHere() {
    return !server.snapshots.isRunning() && isAtSegmentEnd();
  }

  private long limit(long nowMillis) {
    long time = catchingUp ? nowMillis : nowMillis - delayMillis(server.config);
    long byTime =
        time >= nowMillis && untilMillis >= nowMillis
            ? server.stream.offset()
            : arrivals.offsetAt(Math.min(time, untilMillis));
    return Math.min(byTime, until());
  }

  private long until() {
    long until = server.config.replication.replApplyUntil.value();
    return until < 0 ? NONE : until;
  }

  private void applyNext(long limit) {
    Chunk chunk = chunks.element();
    int length = (int) Math.min(chunk.bytes.length - chunk.taken, limit - given);
    try {
      applier.apply(chunk.bytes, chunk.taken, length);
    } catch (IOException e) {
      failure = String.valueOf(e.getMessage());
      LOG.error("the log cannot be applied after {}: {}", applier.appliedOffset(), failure);
      return;
    }
    given += length;
    chunk.taken += length;
    if (chunk.taken == chunk.bytes.length) {
      chunks.remove();
      room.release();
    }
  }

  @Override
  public long appliedOffset() {
    return applier.appliedOffset();
  }

  /** Whether everything journaled is applied. */
  boolean isLevel() {
    return applier.appliedOffset() == server.stream.offset();
  }

  /** Whether a segment ends, or can end, where the dataset stands. */
  boolean isAtSegmentEnd() {
    long applied = applier.appliedOffset();
    SegmentedLog log = server.log.log();
    return applied == server.stream.offset()
        || (log != null && log.segments().stream().anyMatch(one -> one.range().start() == applied));
  }

  /** Told not to go on, and everything before applied. */
  private boolean isHeld() {
    long now = server.dataset.clock.getAsLong();
    if (until() == NONE && untilMillis > now) {
      return false;
    }
    long end = untilMillis > now ? NONE : arrivals.offsetAt(untilMillis);
    return given >= Math.min(Math.min(end, until()), server.stream.offset());
  }

  /**
   * Makes sure that what is applied is all that is to be.
   *
   * @throws CommandError when it is not
   */
  void requireEndReached() {
    if (!isLevel() && !isHeld()) {
      throw new CommandError(
          "ERR the dataset stands at offset "
              + appliedOffset()
              + ", the stream at "
              + server.stream.offset()
              + ": MILLRACE APPLY CATCHUP first, or UNTIL where it is to end");
    }
  }

  /** One word for INFO. */
  String state() {
    if (failure != null) {
      return "failed";
    }
    if (isLevel()) {
      return "level";
    }
    if (isHeld()) {
      return "held";
    }
    return catchingUp ? "catching-up" : "delayed";
  }

  @Override
  public void until(long offset) {
    server.config.replication.replApplyUntil.value(offset);
  }

  @Override
  public boolean untilTime(long millis) {
    boolean past = millis < server.dataset.clock.getAsLong();
    if (past && arrivals.offsetAt(millis) < applier.appliedOffset()) {
      return false;
    }
    untilMillis = millis;
    return true;
  }

  @Override
  public void catchUp() {
    catchingUp = true;
  }

  @Override
  public void resume() {
    catchingUp = false;
    untilMillis = NONE;
    server.config.replication.replApplyUntil.value(-1);
  }

  /** Whether nothing of the log is held any more, after {@link #close}. Any thread. */
  boolean isOver() {
    return over;
  }

  /** Ends it where it stands; the thread ends soon. */
  @Override
  public void close() {
    closed = true;
    chunks.clear();
    room.release(CHUNKS_MAX);
  }
}
