package dev.millrace.engine.memory;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Mappings of whole huge pages that another thread maps and touches before they are needed. The
 * system zeroes a page at its first touch, a huge one in about a quarter of a millisecond, and
 * where a hypervisor must find the memory first, in five: on the executor that would be a stall
 * (law L6), and longer ones when a table of many pages begins.
 *
 * <p>What is prepared and never taken is bounded: {@link #KEPT} mappings, an older one being given
 * back for a newer.
 *
 * <p>Owned by: the thread of the allocator; one thread of the process prepares for all.
 */
final class PreparedPages {
  private static final int KEPT = 3;

  /** After so many bytes others have a turn, so that no chunk waits for a large table. */
  private static final long TURN_BYTES = 4 * Pages.HUGE_PAGE_BYTES;

  private static final boolean HUGE_PAGES =
      !"false".equals(System.getProperty("millrace.memory.hugePages"));

  private static final ExecutorService THREAD =
      Executors.newSingleThreadExecutor(PreparedPages::thread);

  private final @Nullable Mapping[] kept = new Mapping[KEPT];
  private int turn;
  private boolean used;

  /** One mapping on its way. The state is an address once it is ready. */
  private static final class Mapping {
    private static final long UNDERWAY = 0;
    private static final long GIVEN_UP = 1;

    final long bytes;
    private final AtomicLong state = new AtomicLong(UNDERWAY);

    Mapping(long bytes) {
      this.bytes = bytes;
    }

    /**
     * Takes it over.
     *
     * @return its address; 0 when it is not ready, and will be given back as soon as it would be,
     *     or when there was no memory for it
     */
    long takeOver() {
      long address = state.getAndSet(GIVEN_UP);
      return address == GIVEN_UP ? 0 : address;
    }

    void giveBack() {
      long address = takeOver();
      if (address != 0) {
        Pages.unmap(address, bytes);
      }
    }

    boolean isDone() {
      return state.get() != UNDERWAY;
    }

    void begin() {
      try {
        touch(map(bytes), 0);
      } catch (OutOfMemoryError e) {
        // Whoever needs it maps for itself, and reports that.
        state.set(GIVEN_UP);
      }
    }

    private void touch(long address, long from) {
      long to = Math.min(bytes, from + TURN_BYTES);
      // Touched and not populated by madvise, which would keep the owner from mapping meanwhile.
      for (long at = from; at < to && state.get() == UNDERWAY; at += Pages.PAGE_BYTES) {
        Memory.rawPutLong(address + at, 0);
      }
      if (to < bytes && state.get() == UNDERWAY) {
        THREAD.execute(() -> touch(address, to));
      } else if (!state.compareAndSet(UNDERWAY, address)) {
        Pages.unmap(address, bytes);
      }
    }
  }

  /**
   * Has a mapping of that length prepared, unless one is or is being so.
   *
   * @return whether there is nothing to wait for: it is ready, or there was no memory for it
   */
  boolean prepare(long bytes) {
    for (Mapping mapping : kept) {
      if (mapping != null && mapping.bytes == bytes) {
        return mapping.isDone();
      }
    }
    Mapping older = kept[turn];
    if (older != null) {
      older.giveBack();
    }
    Mapping mapping = new Mapping(bytes);
    kept[turn] = mapping;
    turn = (turn + 1) % KEPT;
    used = true;
    THREAD.execute(mapping::begin);
    return false;
  }

  /**
   * A mapping of zeros of that length, at a multiple of a huge page: a prepared one when one is
   * ready, else a fresh one.
   *
   * @throws OutOfMemoryError when the system has no more
   */
  long take(long bytes) {
    for (int i = 0; i < KEPT; i++) {
      Mapping mapping = kept[i];
      if (mapping != null && mapping.bytes == bytes) {
        kept[i] = null;
        long address = mapping.takeOver();
        return address == 0 ? map(bytes) : address;
      }
    }
    return map(bytes);
  }

  /** Gives all back; when it returns nothing is left mapped, not even what was given up before. */
  void close() {
    for (int i = 0; i < KEPT; i++) {
      Mapping mapping = kept[i];
      if (mapping != null) {
        mapping.giveBack();
        kept[i] = null;
      }
    }
    if (used) {
      // A mapping given up in the midst of its turn may have its next turn queued behind the first
      // of these; the second comes after that.
      awaitTurn();
      awaitTurn();
    }
  }

  /** On few processors it would run in the executor's place each time it is woken. */
  private static Thread thread(Runnable work) {
    return Thread.ofPlatform()
        .name("prepared-pages")
        .daemon()
        .unstarted(() -> {
          Pages.giveWay();
          work.run();
        });
  }

  private static void awaitTurn() {
    try {
      THREAD.submit(() -> {}).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long map(long bytes) {
    long address = Pages.mapAligned(bytes, Pages.HUGE_PAGE_BYTES);
    if (HUGE_PAGES) {
      Pages.adviseHuge(address, bytes);
    }
    return address;
  }
}
