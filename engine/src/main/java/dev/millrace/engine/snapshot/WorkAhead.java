package dev.millrace.engine.snapshot;

import java.io.IOException;
import java.util.Collection;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A thread that does the first half of a long work ahead of the thread that does the second: it
 * fills holders, a fixed number of which go round between the two, so that it is never further
 * ahead than these (law L7).
 *
 * <p>Owned by: the thread that takes; the work itself runs on a thread of this object until {@link
 * #close} returns.
 *
 * @param <T> a holder
 */
public final class WorkAhead<T> implements AutoCloseable {
  private static final long IDLE_MILLIS = 1;

  /** The first half of the work. */
  @FunctionalInterface
  public interface Work<T> {
    /**
     * Does the next piece, on the thread of its own.
     *
     * @return false when there was none: the holder holds nothing
     */
    boolean fill(T holder) throws IOException;
  }

  private final ArrayBlockingQueue<T> free;
  private final ArrayBlockingQueue<T> ready;
  private final Work<T> work;
  private final Thread thread;
  private volatile boolean stopped;
  private volatile boolean ended;
  private volatile @Nullable Throwable failure;

  /** Begins at once. The holders are closed, if need be, by whom they belong to. */
  public WorkAhead(String name, Collection<T> holders, Work<T> work) {
    this.free = new ArrayBlockingQueue<>(holders.size(), false, holders);
    this.ready = new ArrayBlockingQueue<>(holders.size());
    this.work = work;
    this.thread = Thread.ofPlatform().daemon().name(name).start(this::run);
  }

  private void run() {
    try {
      while (!stopped) {
        T holder = free.take();
        if (!work.fill(holder)) {
          break;
        }
        ready.put(holder);
      }
    } catch (InterruptedException e) {
      // Only close() interrupts: nobody takes any more.
    } catch (IOException | RuntimeException | Error e) {
      failure = e;
    } finally {
      ended = true;
    }
  }

  /**
   * The next piece, to be {@link #giveBack given back}; null after the last.
   *
   * @param waiting done each millisecond while there is none yet; what it throws goes through
   * @throws IOException what the work threw, after the pieces before it
   */
  public @Nullable T take(Runnable waiting) throws IOException {
    T piece = ready.poll();
    while (piece == null) {
      boolean last = ended;
      piece = last ? ready.poll() : await();
      if (piece == null && last) {
        throwFailure();
        return null;
      }
      if (piece == null) {
        waiting.run();
      }
    }
    return piece;
  }

  private @Nullable T await() throws IOException {
    try {
      return ready.poll(IDLE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the dataset was loaded", e);
    }
  }

  private void throwFailure() throws IOException {
    Throwable thrown = failure;
    if (thrown instanceof IOException e) {
      throw e;
    }
    if (thrown instanceof Error e) {
      throw e;
    }
    if (thrown != null) {
      throw new IllegalStateException("the work ahead failed", thrown);
    }
  }

  /** Gives a holder back, to be filled again. */
  public void giveBack(T holder) {
    free.add(holder);
  }

  /** Stops the thread, and returns when it no longer uses anything. */
  @Override
  public void close() {
    stopped = true;
    thread.interrupt();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
