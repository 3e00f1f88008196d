package dev.millrace.engine.net;

import dev.millrace.engine.protocol.CommandLookup;
import dev.millrace.engine.protocol.RecentCommands;
import dev.millrace.engine.protocol.ReplyBuffer;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * What other threads want done on one event loop, in order: replies ({@link ReplyBuffer}), batches
 * given back ({@link RequestBatch}) and anything else ({@link Runnable}). The loop is woken once
 * per burst, and flushes each connection once per burst.
 *
 * <p>The queue is bounded by what its senders have outstanding: one batch per connection, and
 * replies that {@link Connection#bytesOutstanding} shows.
 *
 * <p>Owned by: its event loop; {@link #offer}, {@link #wake} and the counters any thread.
 */
final class LoopMailbox implements Runnable {
  private static final int CHUNK = 1024;

  /** Messages handled before the loop looks at its sockets again. */
  private static final int BURST = 4096;

  private static final int BATCHES_KEPT = 256;
  private static final long RETRY_MICROS = 250;

  /**
   * Commands that are not left waiting for the loop to look at its other sockets: where the
   * executor has a processor of its own it begins early; where it has not, each beginning costs
   * both more than it gains.
   */
  private static final int COMMANDS_UNTOLD =
      Runtime.getRuntime().availableProcessors() > 2 ? 64 : 1024;

  final EventLoop loop;
  private final RequestSink sink;
  private final CommandLookup lookup;
  private final MpscUnboundedVarHandleArrayQueue<Object> queue =
      new MpscUnboundedVarHandleArrayQueue<>(CHUNK);
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private volatile boolean stopping;

  private final ArrayDeque<RequestBatch> freeBatches = new ArrayDeque<>();
  private final ArrayDeque<Intake> refused = new ArrayDeque<>();
  private boolean retryScheduled;
  private final Runnable tellSink = this::tellSink;
  private boolean tellScheduled;
  private int commandsUntold;
  private @Nullable Intake[] unflushed = new @Nullable Intake[64];
  private int unflushedCount;

  // The first has a second writer once the loop has ended; the others have one writer, the loop.
  private final AtomicInteger batchesMapped = new AtomicInteger();
  private final AtomicLong bytesRead = new AtomicLong();
  private final AtomicLong bytesWritten = new AtomicLong();

  LoopMailbox(EventLoop loop, RequestSink sink, CommandLookup commands) {
    this.loop = loop;
    this.sink = sink;
    this.lookup = new RecentCommands(commands);
  }

  /** Finds the commands of this loop's connections. On the loop. */
  CommandLookup lookup() {
    return lookup;
  }

  /** Leaves a message; the loop sees it after the next {@link #wake}. Any thread. */
  void offer(Object message) {
    queue.offer(message);
  }

  /** Makes the loop look, unless it was told already. Any thread. */
  void wake() {
    if (!queue.isEmpty() && !scheduled.get() && scheduled.compareAndSet(false, true)) {
      try {
        loop.execute(this);
      } catch (RejectedExecutionException stopped) {
        drainAfterStop();
      }
    }
  }

  @Override
  public void run() {
    // Before the first look: whoever offers after our last look must find it false and wake us.
    scheduled.set(false);
    int handled = 0;
    Object message;
    while (handled < BURST && (message = queue.poll()) != null) {
      handle(message);
      handled++;
    }
    for (int i = 0; i < unflushedCount; i++) {
      Intake intake = unflushed[i];
      unflushed[i] = null;
      if (intake != null) {
        intake.flush();
      }
    }
    unflushedCount = 0;
    wake();
  }

  private void handle(Object message) {
    switch (message) {
      case ReplyBuffer replies -> ((Connection) replies.sink()).intake().write(replies);
      case RequestBatch batch -> batch.connection().intake().returned(batch);
      case Runnable action -> action.run();
      default -> throw new IllegalStateException("not a message: " + message.getClass());
    }
  }

  /** Offers a batch to the sink, which is told once the loop has seen to all its sockets. */
  boolean offerToSink(RequestBatch batch) {
    int commands = batch.count();
    if (!sink.offer(batch)) {
      return false;
    }
    commandsUntold += commands;
    if (commandsUntold >= COMMANDS_UNTOLD) {
      commandsUntold = 0;
      sink.offered();
    } else if (!tellScheduled) {
      tellScheduled = true;
      try {
        loop.execute(tellSink);
      } catch (RejectedExecutionException stopped) {
        tellSink();
      }
    }
    return true;
  }

  private void tellSink() {
    tellScheduled = false;
    commandsUntold = 0;
    sink.offered();
  }

  void needsFlush(Intake intake) {
    if (unflushedCount == unflushed.length) {
      unflushed = Arrays.copyOf(unflushed, unflushedCount * 2);
    }
    unflushed[unflushedCount] = intake;
    unflushedCount++;
  }

  /** A batch for the connection to read into. */
  RequestBatch takeBatch(Connection connection) {
    RequestBatch batch = freeBatches.pollLast();
    if (batch == null) {
      batch = new RequestBatch();
      batchesMapped.incrementAndGet();
    }
    batch.connection(connection);
    return batch;
  }

  /** Takes a batch back for the next connection that has something to say. */
  void giveBatch(RequestBatch batch) {
    batch.connection(null);
    if (stopping || freeBatches.size() >= BATCHES_KEPT) {
      batch.close();
      batchesMapped.decrementAndGet();
    } else {
      batch.clear();
      freeBatches.addLast(batch);
    }
  }

  /** The sink had no room for what this connection offered: ask again soon, in the same order. */
  void retryLater(Intake intake) {
    refused.addLast(intake);
    scheduleRetry();
  }

  private void scheduleRetry() {
    if (!retryScheduled) {
      retryScheduled = true;
      Future<?> _ = loop.schedule(this::retry, RETRY_MICROS, TimeUnit.MICROSECONDS);
    }
  }

  private void retry() {
    retryScheduled = false;
    int waiting = refused.size();
    for (int i = 0; i < waiting; i++) {
      Intake first = refused.pollFirst();
      if (first != null && !first.offerAgain()) {
        // It put itself at the end; the ring is full for the others just as well.
        Intake again = refused.pollLast();
        if (again != null) {
          refused.addFirst(again);
        }
        break;
      }
    }
    if (!refused.isEmpty()) {
      scheduleRetry();
    }
  }

  /** From now on what the sink refuses is dropped and free batches are unmapped. */
  void stopping() {
    stopping = true;
  }

  boolean isStopping() {
    return stopping;
  }

  /** Unmaps the free batches. On the loop. */
  void unmapFree() {
    RequestBatch batch;
    while ((batch = freeBatches.poll()) != null) {
      batch.close();
      batchesMapped.decrementAndGet();
    }
  }

  /** The loop has ended: whoever offers now clears up himself, one at a time. */
  synchronized void drainAfterStop() {
    Object message;
    while ((message = queue.poll()) != null) {
      switch (message) {
        case ReplyBuffer replies -> {
          if (replies.completes() instanceof RequestBatch batch) {
            giveBatch(batch);
          }
          replies.discardChain();
        }
        case RequestBatch batch -> giveBatch(batch);
        case SliceWrite write -> write.drop();
        default -> {
          // An action on a socket that is closed.
        }
      }
    }
    scheduled.set(false);
  }

  @SuppressWarnings(
      "NonAtomicOperationOnVolatileField") // one writer, the loop; volatile for readers
  void countRead(int bytes) {
    bytesRead.setOpaque(bytesRead.getPlain() + bytes);
  }

  void countWritten(long bytes) {
    bytesWritten.setOpaque(bytesWritten.getPlain() + bytes);
  }

  int batchesMapped() {
    return batchesMapped.get();
  }

  long bytesRead() {
    return bytesRead.getOpaque();
  }

  long bytesWritten() {
    return bytesWritten.getOpaque();
  }
}
