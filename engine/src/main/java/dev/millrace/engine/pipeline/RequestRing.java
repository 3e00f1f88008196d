package dev.millrace.engine.pipeline;

import com.lmax.disruptor.EventTranslatorOneArg;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.Sequence;
import com.lmax.disruptor.SequenceBarrier;
import com.lmax.disruptor.Sequencer;
import com.lmax.disruptor.WaitStrategy;
import dev.millrace.backlog.AdaptiveWaitStrategy;
import dev.millrace.engine.net.RequestBatch;
import java.util.function.BooleanSupplier;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Where the I/O threads hand their batches to the executor: a Disruptor ring of many producers and
 * one consumer that runs its own loop, since it has timers to keep.
 *
 * <p>L7: the ring is bounded; a full one makes {@link #offer} say no, and the I/O thread stops
 * reading. Beside it goes a queue of rare control tasks (a client came or went, a snapshot is done)
 * which are never refused: each connection and each long work has a bounded number of them.
 */
public final class RequestRing {
  private static final int CONTROL_CHUNK = 256;

  private static final EventTranslatorOneArg<Slot, RequestBatch> INTO_SLOT =
      (slot, sequence, batch) -> slot.batch = batch;

  private static final class Slot {
    @Nullable RequestBatch batch;
  }

  /** Publishing wakes nobody: {@link #wakeForBatches} does, once for all that was published. */
  private static final class Unsignalled implements WaitStrategy {
    @Override
    public long waitFor(
        long sequence, Sequence cursor, Sequence dependentSequence, SequenceBarrier barrier) {
      throw new UnsupportedOperationException("the executor waits by a condition of its own");
    }

    @Override
    public void signalAllWhenBlocking() {}
  }

  private final AdaptiveWaitStrategy wait = new AdaptiveWaitStrategy();
  private final RingBuffer<Slot> ring;
  private final Sequence consumed = new Sequence(Sequencer.INITIAL_CURSOR_VALUE);
  private final MpscUnboundedVarHandleArrayQueue<Runnable> control =
      new MpscUnboundedVarHandleArrayQueue<>(CONTROL_CHUNK);
  private final MpscUnboundedVarHandleArrayQueue<Runnable> comings =
      new MpscUnboundedVarHandleArrayQueue<>(CONTROL_CHUNK);
  private final BooleanSupplier somethingToDo = this::hasWork;
  private final BooleanSupplier controlToDo = this::hasControl;
  private volatile boolean woken;

  // The executor's own: the next sequence to take.
  private long next;

  /**
   * A ring.
   *
   * @param capacity number of batches, a power of two
   */
  public RequestRing(int capacity) {
    this.ring = RingBuffer.createMultiProducer(Slot::new, capacity, new Unsignalled());
    ring.addGatingSequences(consumed);
    this.next = consumed.get() + 1;
  }

  /**
   * Hands over a batch; false when the ring is full. An executor that sleeps sees it after {@link
   * #wakeForBatches}. Any thread.
   */
  public boolean offer(RequestBatch batch) {
    return ring.tryPublishEvent(INTO_SLOT, batch);
  }

  /** Wakes the executor, if it sleeps, for what was offered. Any thread. */
  public void wakeForBatches() {
    wait.signalAllWhenBlocking();
  }

  /** Runs {@code task} on the executor thread between two batches, soon. Any thread. */
  public void submit(Runnable task) {
    control.offer(task);
    wait.signalAllWhenBlocking();
  }

  /**
   * As {@link #submit}, for the coming and going of clients, which the executor sees to even in the
   * midst of a script that runs too long. Any thread.
   */
  public void submitConnection(Runnable task) {
    comings.offer(task);
    wait.signalAllWhenBlocking();
  }

  /** Makes the executor look around. Any thread. */
  public void wake() {
    woken = true;
    wait.signalAllWhenBlocking();
  }

  private boolean hasWork() {
    return ring.isAvailable(next) || hasControl();
  }

  private boolean hasControl() {
    return woken || !control.isEmpty() || !comings.isEmpty();
  }

  /**
   * Waits for a batch or a control task until the deadline. Executor thread.
   *
   * @param deadlineNanos by {@code System.nanoTime()}
   * @param batchesToo false when no batch can be taken now, so that only control tasks wake it
   */
  public void await(long deadlineNanos, boolean batchesToo) {
    wait.await(batchesToo ? somethingToDo : controlToDo, deadlineNanos);
    woken = false;
  }

  /** Runs the control tasks that are there. Executor thread. */
  public void runControl() {
    runConnections();
    for (Runnable task = control.poll(); task != null; task = control.poll()) {
      task.run();
    }
  }

  /** Runs the tasks of {@link #submitConnection} that are there. Executor thread. */
  public void runConnections() {
    for (Runnable task = comings.poll(); task != null; task = comings.poll()) {
      task.run();
    }
  }

  /** The next batch, or null; its slot is free after {@link #release}. Executor thread. */
  public @Nullable RequestBatch poll() {
    if (!ring.isAvailable(next)) {
      return null;
    }
    Slot slot = ring.get(next);
    RequestBatch batch = slot.batch;
    slot.batch = null;
    next++;
    return batch;
  }

  /** Gives the slots of the batches taken back to the producers. Executor thread. */
  public void release() {
    consumed.set(next - 1);
  }
}
