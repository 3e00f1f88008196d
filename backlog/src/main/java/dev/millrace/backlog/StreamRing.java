package dev.millrace.backlog;

import com.lmax.disruptor.BatchEventProcessor;
import com.lmax.disruptor.BatchEventProcessorBuilder;
import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.EventPoller;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.WaitStrategy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The ring beside the backlog: tells the journal and the feeder, in order, how far the stream goes
 * and what is to be done where. It carries offsets and control events, never stream bytes.
 *
 * <p>The executor never waits here (L6). An {@link StreamEvent.Kind#APPENDED} event that finds the
 * ring full is not entered; only the newest such offset is remembered, for it covers those before.
 * Control events are all kept, in order, in a bounded queue (L7) until there is room. {@link
 * #flush} enters what is waiting and belongs into every turn of the executor's loop.
 *
 * <p>Each consumer runs in its own thread, beside the others, and sees every event entered. A
 * consumer that throws is reported and called again with the next event: since it reads the backlog
 * from where it stands, nothing is skipped. With a wait strategy that times out, consumers get
 * {@link EventHandler#onTimeout} when idle.
 *
 * <p>Owned by: executor thread, from the first publish on.
 */
public final class StreamRing implements AutoCloseable {
  /** Control events that may wait for room in the ring. */
  public static final int WAITING_CONTROLS_MAX = 1024;

  private static final long JOIN_MILLIS_MAX = 10_000;
  private static final long NOTHING = -1;

  private final RingBuffer<StreamEvent> ring;
  private final ConsumerFailureListener failures;
  private final List<Consumer> consumers = new ArrayList<>();
  private boolean started;

  // Waiting for room, in order: first the controls, then the newest appended offset.
  private final ArrayDeque<StreamEvent> waitingControls = new ArrayDeque<>();
  private long waitingAppended = NOTHING;
  private int waitingAppendedDb;
  private long lastOffset;
  private long coalesced;

  private record Consumer(BatchEventProcessor<StreamEvent> processor, Thread thread) {}

  /** Told what a consumer's handler threw; called on the consumer's thread, and must not throw. */
  @FunctionalInterface
  public interface ConsumerFailureListener {
    /** The consumer of that thread name failed; {@code event} says at what, as text. */
    void onConsumerFailure(String threadName, String event, Throwable failure);
  }

  /**
   * A ring without consumers.
   *
   * @param capacity number of entries, a power of two
   */
  public StreamRing(int capacity, WaitStrategy waitStrategy, ConsumerFailureListener failures) {
    this.ring = RingBuffer.createSingleProducer(StreamEvent::new, capacity, waitStrategy);
    this.failures = failures;
  }

  /**
   * Adds a consumer, to be run in a thread of that name. Before {@link #start}.
   *
   * @return how promptly it looks; at first it is woken for whatever is published
   */
  public Pace addConsumer(String threadName, EventHandler<StreamEvent> handler) {
    Check.that(!started, "a consumer was added to a running ring");
    // A consumer frees its entries at the end of a batch: half the ring keeps the producer going.
    int batchMax = Math.max(1, ring.getBufferSize() / 2);
    Pace pace = new Pace(ring.newBarrier());
    BatchEventProcessor<StreamEvent> processor =
        new BatchEventProcessorBuilder().setMaxBatchSize(batchMax).build(ring, pace, handler);
    processor.setExceptionHandler(new FailureReport(threadName, failures));
    ring.addGatingSequences(processor.getSequence());
    Thread thread = Thread.ofPlatform().name(threadName).daemon(true).unstarted(processor);
    consumers.add(new Consumer(processor, thread));
    return pace;
  }

  /** Adds a consumer with a loop of its own, which polls. Before {@link #start}. */
  public EventPoller<StreamEvent> addPoller() {
    Check.that(!started, "a consumer was added to a running ring");
    EventPoller<StreamEvent> poller = ring.newPoller();
    ring.addGatingSequences(poller.getSequence());
    return poller;
  }

  /**
   * The stream goes on at another offset, which may be lower. Everything entered so far has been
   * consumed.
   */
  public void restartAt(long offset) {
    Check.that(
        waitingControls.isEmpty() && waitingAppended == NOTHING && isDrained(),
        "the ring is not drained at %d",
        lastOffset);
    lastOffset = offset;
  }

  /** Starts the consumers' threads. */
  public void start() {
    Check.that(!started, "the ring was started twice");
    started = true;
    for (Consumer consumer : consumers) {
      consumer.thread.start();
    }
  }

  /**
   * Says that the stream is published up to {@code offset}. Never blocks and never fails.
   *
   * @return false when the ring is full and only the offset was remembered
   */
  public boolean tryPublishAppended(long offset, int selectedDb) {
    checkOffset(offset);
    if (flush() && ring.hasAvailableCapacity(1)) {
      enter(StreamEvent.Kind.APPENDED, offset, selectedDb, null);
      return true;
    }
    if (waitingAppended != NOTHING) {
      coalesced++;
    }
    waitingAppended = offset;
    waitingAppendedDb = selectedDb;
    return false;
  }

  /**
   * Enters a control event, or queues it until there is room. Never blocks.
   *
   * @return false when the queue is full and the event was not taken; see {@link #hasRoom}
   */
  public boolean tryPublishControl(
      StreamEvent.Kind kind, long offset, int selectedDb, @Nullable Object payload) {
    Check.that(kind != StreamEvent.Kind.APPENDED, "APPENDED is no control event");
    boolean nothingWaits = flush();
    if (nothingWaits && ring.hasAvailableCapacity(1)) {
      checkOffset(offset);
      enter(kind, offset, selectedDb, payload);
      return true;
    }
    if (!hasRoom()) {
      return false;
    }
    checkOffset(offset);
    if (waitingAppended != NOTHING) {
      // The control's offset is at or after the appended one that waits, and covers it.
      coalesced++;
      waitingAppended = NOTHING;
    }
    StreamEvent event = new StreamEvent();
    event.set(kind, offset, selectedDb, payload);
    waitingControls.addLast(event);
    return true;
  }

  /**
   * Enters as much of what is waiting as there is room for.
   *
   * @return true when nothing is waiting any more
   */
  public boolean flush() {
    while (!waitingControls.isEmpty() && ring.hasAvailableCapacity(1)) {
      StreamEvent event = waitingControls.removeFirst();
      enter(event.kind(), event.offset(), event.selectedDb(), event.payload());
    }
    if (waitingAppended != NOTHING && waitingControls.isEmpty() && ring.hasAvailableCapacity(1)) {
      long offset = waitingAppended;
      waitingAppended = NOTHING;
      enter(StreamEvent.Kind.APPENDED, offset, waitingAppendedDb, null);
    }
    return waitingControls.isEmpty() && waitingAppended == NOTHING;
  }

  /** True when one more control event would be taken: otherwise stop taking requests. */
  public boolean hasRoom() {
    return waitingControls.size() < WAITING_CONTROLS_MAX;
  }

  /** True when every consumer has handled everything published, and nothing is waiting. */
  public boolean isDrained() {
    return waitingControls.isEmpty()
        && waitingAppended == NOTHING
        && ring.getMinimumGatingSequence() >= ring.getCursor();
  }

  /** Control events waiting for room. */
  public int waitingControls() {
    return waitingControls.size();
  }

  /** Appended events that were never entered because a later one covered them while waiting. */
  public long coalescedEvents() {
    return coalesced;
  }

  /** Entries free for the producer now. */
  public long remainingCapacity() {
    return ring.remainingCapacity();
  }

  /**
   * Stops the consumers after the event they are at, and waits for their threads to end. To end in
   * order, publish {@link StreamEvent.Kind#STOP} first and wait until {@link #isDrained}.
   */
  @Override
  public void close() {
    if (!started) {
      return;
    }
    for (Consumer consumer : consumers) {
      consumer.processor.halt();
    }
    boolean interrupted = false;
    for (Consumer consumer : consumers) {
      // A thread that had not run yet when it was halted begins after that and must be halted
      // again.
      long patience = JOIN_MILLIS_MAX;
      while (consumer.thread.isAlive() && patience > 0) {
        try {
          consumer.processor.halt();
          consumer.thread.join(10);
        } catch (InterruptedException e) {
          interrupted = true;
        }
        patience -= 10;
      }
      Check.that(!consumer.thread.isAlive(), "%s does not end", consumer.thread.getName());
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void enter(StreamEvent.Kind kind, long offset, int db, @Nullable Object payload) {
    long sequence = ring.next();
    // Nothing may throw between next() and publish(): a claimed entry never published stops the
    // ring.
    ring.get(sequence).set(kind, offset, db, payload);
    ring.publish(sequence);
  }

  private void checkOffset(long offset) {
    Check.that(offset >= lastOffset, "an event at %d follows one at %d", offset, lastOffset);
    lastOffset = offset;
  }
}
