package dev.millrace.engine.replication;

import dev.millrace.aof.Pin;
import dev.millrace.aof.SegmentedLog;
import dev.millrace.backlog.Backlog;
import dev.millrace.backlog.BacklogReader;
import dev.millrace.backlog.BlockSlice;
import dev.millrace.engine.net.Connection;
import dev.millrace.engine.persistence.DiskLog;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends one replica the stream, from wherever it is cheapest: from the backlog's blocks while the
 * replica keeps up, from segment files while it does not.
 *
 * <pre>
 *   start ──► files (transfer thread, sendfile) ──► memory (blocks, by the event loop) ──┐
 *                     ▲                                                                  │
 *                     └────────── the next block was trimmed: it fell behind ◄───────────┘
 * </pre>
 *
 * <p>The right to send is in one place at any time: with the pump, which gives blocks to the
 * connection, or with a transfer that took the socket. The offset of the next byte moves with it.
 * Nothing is buffered per replica (L7): memory in use is the blocks given to the connection, at
 * most {@link Connection#WRITABLE_BYTES}, and the one its reader stands in.
 *
 * <p>Owned by: whoever pumps or transfers, one thread at a time; {@link #close} and {@link
 * #streamGrew} are for any thread.
 */
final class ReplicaSender implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicaSender.class);
  private static final int SLICE_BYTES_MAX = 256 * 1024;

  /** Told how a sender fares, on whatever thread it happens. */
  interface Listener {
    /**
     * The base is sent, and the stream follows unless this {@link #endsWithBase}; or it will never
     * be sent, for the replica is gone or the file cannot be read.
     */
    void baseEnded(ReplicaSender sender, boolean sent);

    /** The replica now follows from memory. */
    void caughtUp(ReplicaSender sender);

    /** Nothing more can be sent: the connection is to be closed. */
    void failed(ReplicaSender sender, String reason);
  }

  private final Connection connection;
  private final Backlog backlog;
  private final DiskLog log;
  private final TransferThreads threads;
  private final ReplicationCounters counters;
  private final Listener listener;

  // Rounds of the pump asked for and not yet done: whoever raises it from 0 pumps, on its own
  // thread,
  // until it is 0 again, so that pumping is one thread's work at a time without a lock.
  private final AtomicInteger rounds = new AtomicInteger();

  private volatile boolean fromMemory;
  private volatile boolean closed;
  private volatile long sentOffset;
  private volatile boolean onlyBase;

  // The pump's own.
  private @Nullable BacklogReader reader;
  private boolean waitsForSocket;

  ReplicaSender(
      Connection connection,
      Backlog backlog,
      DiskLog log,
      TransferThreads threads,
      ReplicationCounters counters,
      Listener listener) {
    this.connection = connection;
    this.backlog = backlog;
    this.log = log;
    this.threads = threads;
    this.counters = counters;
    this.listener = listener;
  }

  /** Replication offset of the next byte to be sent; any thread, and a little behind the truth. */
  long sentOffset() {
    return sentOffset;
  }

  /** Whether it is fed from memory at the moment; else from files. Any thread. */
  boolean isFedFromMemory() {
    return fromMemory;
  }

  /**
   * Sends a line such as {@code +CONTINUE …} before anything that is started after it. Executor.
   */
  void line(String text) {
    bytes(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** Sends a few bytes in the same way. */
  void bytes(byte[] few) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(few.length);
    bytes.put(few).flip();
    connection.write(bytes, () -> {});
  }

  /**
   * Starts with the byte at {@code offset}: from memory, or from segment files without a reader.
   * Executor.
   *
   * @param from stands at that offset
   */
  void start(@Nullable BacklogReader from, long offset) {
    if (from != null) {
      follow(from);
      return;
    }
    sentOffset = offset;
    handToTransfer(null, offset);
  }

  /** Starts with the byte at the reader's offset, from memory. Executor, or the transfer's end. */
  void follow(BacklogReader from) {
    sentOffset = from.offset();
    reader = from;
    fromMemory = true;
    pump();
  }

  /** Sends a base, then the stream from the base's offset on. Executor. */
  void startFromBase(BaseFile base) {
    sentOffset = base.offset();
    line("$" + base.bytes() + "\r\n");
    handToTransfer(base, base.offset());
  }

  /** Sends a base, and nothing after it: the stream goes by another connection. Executor. */
  void sendOnly(BaseFile base) {
    onlyBase = true;
    startFromBase(base);
  }

  /** Whether nothing follows the base. */
  boolean endsWithBase() {
    return onlyBase;
  }

  /** The stream has grown. Any thread; costs one volatile read when this is not fed from memory. */
  void streamGrew() {
    if (fromMemory) {
      pump();
    }
  }

  private void pump() {
    if (rounds.getAndIncrement() != 0) {
      return;
    }
    int done = 1;
    do {
      done = pumpRound(done);
    } while (done != 0);
  }

  /** One round; returns the rounds asked for meanwhile. */
  private int pumpRound(int done) {
    BacklogReader from = reader;
    if (closed && from != null) {
      reader = null;
      fromMemory = false;
      from.close();
    } else if (from != null) {
      give(from);
    }
    return rounds.addAndGet(-done);
  }

  private void give(BacklogReader from) {
    while (connection.isWritable()) {
      BlockSlice slice = from.next(SLICE_BYTES_MAX);
      if (slice == null) {
        break;
      }
      counters.sentFromBacklog(slice.lengthBytes());
      connection.write(slice.buffer(), slice::release);
    }
    sentOffset = from.offset();
    if (from.fellBehind()) {
      fromMemory = false;
      reader = null;
      from.close();
      counters.demoted();
      LOG.info("replica {} fell behind and goes on from files", connection.remoteAddress());
      handToTransfer(null, sentOffset);
    } else if (!connection.isWritable() && !waitsForSocket) {
      waitsForSocket = true;
      connection.whenBelow(Connection.WRITABLE_BYTES / 2, this::socketTookSome);
    }
  }

  private void socketTookSome() {
    waitsForSocket = false;
    pump();
  }

  private void handToTransfer(@Nullable BaseFile base, long offset) {
    // L3: from here until the transfer has a pin of its own, nothing at or after the offset goes.
    SegmentedLog open = log.log();
    Pin pin = base != null ? base.pin() : open == null ? null : open.pin(offset);
    if (open == null || pin == null) {
      fail("the log does not hold offset " + offset + " any more");
      return;
    }
    var _ =
        connection
            .takeSocket()
            .whenComplete((socket, failure) -> {
              if (socket == null) {
                pin.close();
                if (base != null) {
                  listener.baseEnded(this, false);
                }
                return;
              }
              threads.start(
                  new Transfer(
                      this,
                      socket,
                      base,
                      offset,
                      pin,
                      backlog,
                      open,
                      threads.limit(),
                      counters,
                      listener));
            });
  }

  /** How far a transfer has come. Transfer thread. */
  void progressed(long offset) {
    sentOffset = offset;
  }

  /** A transfer cannot go on. Transfer thread. */
  void fail(String reason) {
    if (!closed) {
      LOG.warn("replica {}: {}", connection.remoteAddress(), reason);
      listener.failed(this, reason);
    }
  }

  boolean isClosed() {
    return closed;
  }

  /** The connection is gone: whatever is under way ends at its next look. */
  @Override
  public void close() {
    closed = true;
    pump();
  }
}
