package dev.millrace.backlog;

import com.lmax.disruptor.AlertException;
import com.lmax.disruptor.Sequence;
import com.lmax.disruptor.SequenceBarrier;
import com.lmax.disruptor.TimeoutException;
import com.lmax.disruptor.WaitStrategy;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Waits as the machine allows: with more than two processors a waiter spins, then yields, briefly,
 * and then parks; with two or fewer it parks at once, for whatever it waits for needs the
 * processor.
 *
 * <p>A publisher pays one store-load fence and one volatile read when nobody sleeps, and one unpark
 * for each sleeper otherwise. The fence is needed: the ring publishes by a plain release store,
 * which could otherwise pass the read, and a waiter that had just looked would sleep through it.
 *
 * <p>Two ways to wait: the Disruptor's processors come through {@link #waitFor}, which times out
 * when the strategy was made with an idle time; a loop of its own with timers calls {@link #await}
 * with a condition and a deadline. An interrupt neither ends a wait nor stays set: a thread that
 * writes files must not meet it at its next write, where it would close the channel.
 *
 * <p>At most {@value Sleepers#SLOTS} threads sleep at a time. Any thread.
 */
public final class AdaptiveWaitStrategy implements WaitStrategy {
  /** {@link #await} without a deadline. */
  public static final long NO_DEADLINE = Long.MAX_VALUE;

  private static final int SPINS = 200;
  private static final int YIELDS = 20;

  /** How often the waiter looks at a consumer before it in the chain, which signals to nobody. */
  private static final long DEPENDENT_PARK_NANOS = 20_000;

  private final Sleepers sleepers = new Sleepers();
  private final long idleNanos;
  private final int spins;
  private final int yields;

  /** Waits without a limit in {@link #waitFor}, spinning only on more than two processors. */
  public AdaptiveWaitStrategy() {
    this(NO_DEADLINE);
  }

  /** Ends each {@link #waitFor} with a timeout when nothing comes for {@code idleNanos}. */
  public AdaptiveWaitStrategy(long idleNanos) {
    this(idleNanos, Runtime.getRuntime().availableProcessors());
  }

  AdaptiveWaitStrategy(long idleNanos, int processors) {
    Check.that(idleNanos > 0, "cannot wait %d nanoseconds", idleNanos);
    this.idleNanos = idleNanos;
    this.spins = processors > 2 ? SPINS : 0;
    this.yields = processors > 2 ? YIELDS : 0;
  }

  @Override
  public long waitFor(
      long sequence, Sequence cursor, Sequence dependentSequence, SequenceBarrier barrier)
      throws AlertException, TimeoutException {
    if (cursor.get() < sequence) {
      awaitCursor(sequence, cursor, barrier);
    }
    long available = dependentSequence.get();
    while (available < sequence) {
      barrier.checkAlert();
      LockSupport.parkNanos(this, DEPENDENT_PARK_NANOS);
      Thread.interrupted();
      available = dependentSequence.get();
    }
    return available;
  }

  /**
   * Waits until {@code ready} says true or the deadline has passed. The condition is looked at
   * before each sleep and after each signal; whoever makes it true then calls {@link
   * #signalAllWhenBlocking}, as publishing to a ring with this strategy does.
   *
   * <p>For a loop over a ring, {@code ready} is {@code ring.isAvailable(next)}; do not trust the
   * cursor of a ring with several producers, which runs ahead of what is published. Allocates
   * nothing; keep {@code ready} in a field.
   *
   * @param deadlineNanos by {@link System#nanoTime}, or {@link #NO_DEADLINE}
   * @return whether {@code ready} said true
   */
  public boolean await(BooleanSupplier ready, long deadlineNanos) {
    for (int i = 0; i < spins + yields; i++) {
      if (ready.getAsBoolean()) {
        return true;
      }
      pause(i);
    }
    while (true) {
      int slot = sleepers.enter();
      try {
        // Entering is a full fence: either this sees what was published, or the publisher sees us.
        if (ready.getAsBoolean()) {
          return true;
        }
        if (!park(deadlineNanos)) {
          return false;
        }
      } finally {
        sleepers.leave(slot);
      }
    }
  }

  @Override
  public void signalAllWhenBlocking() {
    sleepers.wakeAll();
  }

  /** Threads asleep now, or about to sleep. */
  public int sleepers() {
    return sleepers.count();
  }

  private void awaitCursor(long sequence, Sequence cursor, SequenceBarrier barrier)
      throws AlertException, TimeoutException {
    for (int i = 0; i < spins + yields; i++) {
      barrier.checkAlert();
      if (cursor.get() >= sequence) {
        return;
      }
      pause(i);
    }
    long deadlineNanos =
        idleNanos == NO_DEADLINE ? NO_DEADLINE : deadlineAfter(System.nanoTime(), idleNanos);
    while (true) {
      int slot = sleepers.enter();
      try {
        barrier.checkAlert();
        if (cursor.get() >= sequence) {
          return;
        }
        if (!park(deadlineNanos)) {
          throw TimeoutException.INSTANCE;
        }
      } finally {
        sleepers.leave(slot);
      }
    }
  }

  private static long deadlineAfter(long nowNanos, long nanos) {
    long deadline = nowNanos + nanos;
    // The one value that means something else.
    return deadline == NO_DEADLINE ? deadline - 1 : deadline;
  }

  @SuppressWarnings("ThreadPriorityCheck") // a yield only saves a park; nothing relies on it
  private void pause(int round) {
    if (round < spins) {
      Thread.onSpinWait();
    } else {
      Thread.yield();
    }
  }

  /** Parks until woken or the deadline; false when the deadline had passed already. */
  private boolean park(long deadlineNanos) {
    if (deadlineNanos == NO_DEADLINE) {
      LockSupport.park(this);
    } else {
      long nanos = deadlineNanos - System.nanoTime();
      if (nanos <= 0) {
        return false;
      }
      LockSupport.parkNanos(this, nanos);
    }
    Thread.interrupted();
    return true;
  }
}
