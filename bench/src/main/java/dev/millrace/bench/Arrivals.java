package dev.millrace.bench;

import dev.millrace.backlog.AdaptiveWaitStrategy;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * Counts what a consumer has taken, and lets the producer wait for it. Every hand-off measured here
 * answers this way, so that they differ only in the way there.
 *
 * <p>Threads: one consumer calls {@link #upTo}, one producer {@link #await}.
 */
final class Arrivals {
  private final AtomicLong arrived = new AtomicLong();
  private final AdaptiveWaitStrategy wait = new AdaptiveWaitStrategy();
  private final BooleanSupplier reached = this::isReached;
  private long expected;

  /** Everything up to that number has been taken. */
  void upTo(long number) {
    arrived.set(number);
    wait.signalAllWhenBlocking();
  }

  /** So many more have been taken. */
  void more(long count) {
    upTo(arrived.get() + count);
  }

  /** Waits until everything up to that number has been taken. */
  long await(long number) {
    expected = number;
    wait.await(reached, AdaptiveWaitStrategy.NO_DEADLINE);
    return arrived.get();
  }

  private boolean isReached() {
    return arrived.get() >= expected;
  }
}
