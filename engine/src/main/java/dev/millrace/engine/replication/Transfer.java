package dev.millrace.engine.replication;

import dev.millrace.aof.Pin;
import dev.millrace.aof.RateLimit;
import dev.millrace.aof.SegmentFile;
import dev.millrace.aof.SegmentPiece;
import dev.millrace.aof.SegmentSource;
import dev.millrace.aof.SegmentedLog;
import dev.millrace.aof.Sendfile;
import dev.millrace.backlog.Backlog;
import dev.millrace.backlog.BacklogReader;
import dev.millrace.engine.net.TakenSocket;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Sends a replica files until memory holds what it needs next: a base first when it is a full sync,
 * then segments. Ends by giving the replica back to its sender at the exact offset.
 *
 * <p>A replica that takes nothing for {@value #STALLED_SECONDS} s is given up; until then its
 * slowness costs this thread and one pinned segment, and no memory.
 *
 * <p>Owned by: one transfer thread.
 */
final class Transfer implements Runnable {
  private static final long PIECE_BYTES_MAX = 1 << 20;
  private static final int VERIFYING_IS_CHEAPER = 4;
  private static final int POLL_MILLIS = 1000;
  private static final int STALLED_SECONDS = 60;
  private static final long JOURNAL_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final ReplicaSender sender;
  private final TakenSocket socket;
  private final @Nullable BaseFile base;
  private final long offset;
  private final Pin pin;
  private final Backlog backlog;
  private final SegmentedLog log;
  private final RateLimit limit;
  private final ReplicationCounters counters;
  private final ReplicaSender.Listener listener;

  Transfer(
      ReplicaSender sender,
      TakenSocket socket,
      @Nullable BaseFile base,
      long offset,
      Pin pin,
      Backlog backlog,
      SegmentedLog log,
      RateLimit limit,
      ReplicationCounters counters,
      ReplicaSender.Listener listener) {
    this.sender = sender;
    this.socket = socket;
    this.base = base;
    this.offset = offset;
    this.pin = pin;
    this.backlog = backlog;
    this.log = log;
    this.limit = limit;
    this.counters = counters;
    this.listener = listener;
  }

  @Override
  public void run() {
    long started = System.nanoTime();
    BacklogReader reader = null;
    try (socket) {
      reader = send();
    } catch (IOException | RuntimeException | AssertionError e) {
      sender.fail("the transfer from files ended: " + e.getMessage());
    } finally {
      counters.transferred(System.nanoTime() - started);
    }
    if (reader != null) {
      // After the socket was given back.
      sender.follow(reader);
      listener.caughtUp(sender);
    }
  }

  private @Nullable BacklogReader send() throws IOException {
    // The source pins the log before the caller's pin is let go (L3, L4).
    try (pin;
        SegmentSource source = log.openTransfer(offset, this::keepPaceWhileVerifying)) {
      if (source == null) {
        throw new IOException("the log does not hold " + offset + " any more");
      }
      if (base != null && (!sendBase(base) || sender.endsWithBase())) {
        return null;
      }
      return sendLog(source);
    }
  }

  private boolean sendBase(BaseFile from) throws IOException {
    boolean whole = false;
    try (SegmentFile file = log.openBase(from.info())) {
      whole = sendWhole(file, from.bytes());
    } finally {
      listener.baseEnded(sender, whole);
    }
    return whole;
  }

  private boolean sendWhole(SegmentFile file, long bytes) throws IOException {
    long sent = 0;
    while (sent < bytes) {
      long n = sendSome(file, sent, limit.step(Math.min(PIECE_BYTES_MAX, bytes - sent)));
      if (n < 0) {
        return false;
      }
      sent += n;
      counters.sentFromBase(n);
      keepPace(n);
    }
    return true;
  }

  private @Nullable BacklogReader sendLog(SegmentSource source) throws IOException {
    while (!sender.isClosed()) {
      BacklogReader reader = source.handOver(backlog, backlog.blockBytes());
      if (reader != null) {
        return reader;
      }
      SegmentPiece piece = source.next(limit.step(PIECE_BYTES_MAX));
      if (piece == null) {
        // Everything written is sent, and what is only in memory is too much to hand over yet.
        reader = source.handOver(backlog, Long.MAX_VALUE);
        if (reader != null) {
          return reader;
        }
        LockSupport.parkNanos(JOURNAL_WAIT_NANOS);
        continue;
      }
      long n = sendSome(piece.file(), piece.filePosition(), piece.bytes());
      if (n < 0) {
        return null;
      }
      source.advance(n);
      counters.sentFromLog(n);
      sender.progressed(source.offset());
      keepPace(n);
    }
    return null;
  }

  /** To read a segment and sum it up costs a part of what it costs to send it. */
  private void keepPaceWhileVerifying(long bytes) {
    keepPace(bytes / VERIFYING_IS_CHEAPER);
  }

  private void keepPace(long bytes) {
    limit.keep(bytes, sender::isClosed);
  }

  /** Sends at least one byte; -1 when the replica is gone. */
  private long sendSome(SegmentFile file, long position, long bytes) throws IOException {
    if (!socket.hasDescriptor()) {
      return sendByLoop(file, position, bytes);
    }
    for (int waited = 0; waited < STALLED_SECONDS; waited++) {
      if (sender.isClosed()) {
        return -1;
      }
      long n =
          Sendfile.transfer(socket.descriptor(), file.descriptor(), position, bytes, POLL_MILLIS);
      if (n > 0) {
        return n;
      }
    }
    throw new IOException("the replica took nothing for " + STALLED_SECONDS + " s");
  }

  private long sendByLoop(SegmentFile file, long position, long bytes) throws IOException {
    try {
      socket.writeFile(file.channel(), position, bytes).get(STALLED_SECONDS, TimeUnit.SECONDS);
      return bytes;
    } catch (ExecutionException e) {
      throw new IOException("the socket does not take the file", e.getCause());
    } catch (TimeoutException e) {
      throw new IOException("the replica took nothing for " + STALLED_SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while sending");
    }
  }
}
