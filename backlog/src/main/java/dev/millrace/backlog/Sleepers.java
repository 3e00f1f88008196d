package dev.millrace.backlog;

import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;

/**
 * The threads that sleep, or are about to, until something is published.
 *
 * <p>A sleeper enters, looks once more, and parks; a publisher stores, fences, and looks at the
 * count. Entering is two atomic writes, so one of the two sees the other. A thread is taken out by
 * whoever wakes it, so it is unparked once for each sleep. Any thread.
 */
final class Sleepers {
  /** How many may sleep at a time. */
  static final int SLOTS = 64;

  private final AtomicReferenceArray<Thread> slots = new AtomicReferenceArray<>(SLOTS);
  private final AtomicInteger count = new AtomicInteger();

  /** Puts the calling thread in; it must look at its condition again before it parks. */
  int enter() {
    Thread self = Thread.currentThread();
    // Counted before it is in and until after it is out: the count is never below the threads in.
    count.getAndIncrement();
    for (int slot = 0; slot < SLOTS; slot++) {
      if (slots.get(slot) == null && slots.compareAndSet(slot, null, self)) {
        return slot;
      }
    }
    count.getAndDecrement();
    throw new AssertionError("more than " + SLOTS + " threads wait on one ring");
  }

  /** Takes the calling thread out, unless a publisher did. */
  void leave(int slot) {
    if (slots.compareAndSet(slot, Thread.currentThread(), null)) {
      count.getAndDecrement();
    }
  }

  /**
   * Wakes everyone in, after whatever the caller stored before.
   *
   * @return how many were woken
   */
  int wakeAll() {
    // The store may have been a plain release, which would pass the read that follows.
    VarHandle.fullFence();
    if (count.get() == 0) {
      return 0;
    }
    int woken = 0;
    for (int slot = 0; slot < SLOTS; slot++) {
      Thread thread = slots.get(slot);
      if (thread != null && slots.compareAndSet(slot, thread, null)) {
        count.getAndDecrement();
        LockSupport.unpark(thread);
        woken++;
      }
    }
    return woken;
  }

  int count() {
    return count.get();
  }
}
