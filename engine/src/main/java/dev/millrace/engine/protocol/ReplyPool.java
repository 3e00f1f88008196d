package dev.millrace.engine.protocol;

import java.util.concurrent.atomic.AtomicInteger;
import org.jctools.queues.varhandle.MpscVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * The reply buffers of one executor, in two sizes. They come back from any thread; of those that
 * are free it keeps a bounded number and unmaps the others.
 *
 * <p>Owned by: executor thread; {@link #give} any thread.
 */
public final class ReplyPool implements AutoCloseable {
  /** Size of a usual buffer. */
  public static final int SMALL_BYTES = 16 * 1024;

  /** Size of the buffers a big value is spread over. */
  public static final int LARGE_BYTES = 256 * 1024;

  private static final int SMALL_KEPT = 4096;
  private static final int LARGE_KEPT = 64;

  private final Shelf small = new Shelf(SMALL_KEPT);
  private final Shelf large = new Shelf(LARGE_KEPT);
  private final AtomicInteger mapped = new AtomicInteger();
  private volatile boolean closed;

  /** Buffers that exist, in use or free. Any thread. */
  public int mapped() {
    return mapped.get();
  }

  /**
   * A buffer for that many bytes: a large one when they would not fit a small one. It may hold
   * fewer than asked for.
   */
  ReplyBuffer take(long bytes) {
    boolean fits = bytes <= SMALL_BYTES;
    ReplyBuffer free = (fits ? small : large).take();
    if (free == null) {
      free = new ReplyBuffer(this, fits ? SMALL_BYTES : LARGE_BYTES);
      mapped.incrementAndGet();
    }
    return free;
  }

  void give(ReplyBuffer buffer) {
    Shelf shelf = buffer.capacity() == SMALL_BYTES ? small : large;
    if (closed || !shelf.returned.offer(buffer)) {
      unmap(buffer);
    } else if (closed) {
      close(); // it closed between the two looks, and may have missed this one
    }
  }

  /**
   * Unmaps what is free; what is still under way unmaps itself when it comes back. The executor no
   * longer writes.
   */
  @Override
  public synchronized void close() {
    closed = true;
    small.unmapAll();
    large.unmapAll();
  }

  private void unmap(ReplyBuffer buffer) {
    buffer.unmap();
    mapped.decrementAndGet();
  }

  /**
   * The free buffers of one size: the last one back is the first out, for its bytes are in cache.
   */
  private final class Shelf {
    final MpscVarHandleArrayQueue<ReplyBuffer> returned;
    private @Nullable ReplyBuffer top;

    Shelf(int kept) {
      returned = new MpscVarHandleArrayQueue<>(kept);
    }

    @Nullable ReplyBuffer take() {
      if (top == null) {
        ReplyBuffer back;
        while ((back = returned.poll()) != null) {
          back.next = top;
          top = back;
        }
      }
      ReplyBuffer taken = top;
      if (taken != null) {
        top = taken.next;
        taken.next = null;
      }
      return taken;
    }

    void unmapAll() {
      ReplyBuffer free;
      while ((free = take()) != null) {
        unmap(free);
      }
    }
  }
}
