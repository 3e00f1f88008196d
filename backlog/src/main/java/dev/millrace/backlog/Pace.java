package dev.millrace.backlog;

import com.lmax.disruptor.AlertException;
import com.lmax.disruptor.SequenceBarrier;
import com.lmax.disruptor.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * How promptly one consumer of the stream ring takes what is published.
 *
 * <p>To wake a thread costs both sides a system call, and more than a short command does. A
 * consumer that nobody waits for may therefore look again a little later before it asks to be woken
 * at all: under load the producer then finds nobody to wake, and the consumer takes more at once.
 *
 * <p>Owned by: the consumer; {@link #napNanos} and {@link #hurry} any thread.
 */
public final class Pace implements SequenceBarrier {
  private final SequenceBarrier barrier;
  private volatile long napNanos;
  private volatile @Nullable Thread consumer;

  Pace(SequenceBarrier barrier) {
    this.barrier = barrier;
  }

  /**
   * Sets for how long the consumer, when it has run dry, first sleeps without being woken; 0, the
   * initial value, for not at all. What is published meanwhile waits as long at most. Any thread.
   */
  public void napNanos(long nanos) {
    Check.that(nanos >= 0, "cannot nap %d nanoseconds", nanos);
    napNanos = nanos;
  }

  /**
   * Somebody waits for what is published about now: ends the nap, or has the next one left out. Any
   * thread; a system call only where the consumer sleeps.
   */
  public void hurry() {
    LockSupport.unpark(consumer);
  }

  @Override
  public long waitFor(long sequence) throws AlertException, InterruptedException, TimeoutException {
    long nanos = napNanos;
    if (nanos > 0 && barrier.getCursor() < sequence) {
      barrier.checkAlert();
      if (consumer == null) {
        consumer = Thread.currentThread();
      }
      LockSupport.parkNanos(this, nanos);
      // A thread that writes files must not meet an interrupt there: it would close the channel.
      Thread.interrupted();
    }
    return barrier.waitFor(sequence);
  }

  @Override
  public long getCursor() {
    return barrier.getCursor();
  }

  @Override
  public boolean isAlerted() {
    return barrier.isAlerted();
  }

  @Override
  public void alert() {
    barrier.alert();
  }

  @Override
  public void clearAlert() {
    barrier.clearAlert();
  }

  @Override
  public void checkAlert() throws AlertException {
    barrier.checkAlert();
  }
}
