package dev.millrace.backlog;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A writer and several readers at once; every byte that is read is compared. */
@Timeout(60)
class BacklogConcurrencyTest {
  private static final int BLOCK = 4096;
  private static final long TOTAL = 3_000_000;

  /** The stream of this test, long enough to be copied from anywhere. */
  private static final byte[] STREAM = stream();

  /** What the first thread that failed threw: the others end then. */
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  private final SplittableRandom seeds = new SplittableRandom();
  private final long seed = seeds.nextLong();
  private final SplittableRandom random = new SplittableRandom(seed);

  @Test
  void shouldGiveEveryReaderTheSameBytesWhileTrimming() throws Exception {
    long mapped = BlockMemory.mappedBytes();
    AtomicLong slicesElsewhere = new AtomicLong();
    BlockingQueue<BlockSlice> elsewhere = new ArrayBlockingQueue<>(16);
    Backlog backlog = new Backlog(0, 4 * BLOCK, BLOCK, 16 * BLOCK);
    Hold hold = backlog.hold(0);
    BacklogReader journal = requireNonNull(backlog.openReader(0));
    BacklogReader feeder = requireNonNull(backlog.openReader(0));
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Future<Long>> ends = new ArrayList<>();
      SplittableRandom writing = random.split();
      ends.add(submit(threads, () -> write(backlog, writing)));
      SplittableRandom journaling = random.split();
      ends.add(submit(threads, () -> follow(backlog, journal, hold, journaling)));
      SplittableRandom feeding = random.split();
      ends.add(submit(threads, () -> handOn(backlog, feeder, elsewhere, feeding)));
      ends.add(submit(threads, () -> compareAndRelease(elsewhere, slicesElsewhere)));
      SplittableRandom jumping = random.split();
      ends.add(submit(threads, () -> reopen(backlog, jumping)));
      for (Future<Long> end : ends) {
        assertThat(end.get()).as("seed %d, failure %s", seed, failure).isEqualTo(TOTAL);
      }
    }
    assertThat(slicesElsewhere.get()).isPositive();
    hold.close();
    journal.close();
    feeder.close();
    backlog.close();
    assertThat(BlockMemory.mappedBytes()).as("seed %d: leaked", seed).isEqualTo(mapped);
  }

  private Future<Long> submit(ExecutorService threads, Callable<Long> task) {
    return threads.submit(() -> {
      try {
        return task.call();
      } catch (Throwable thrown) {
        failure.compareAndSet(null, thrown);
        throw new IllegalStateException("seed " + seed, failure.get());
      }
    });
  }

  /** Waits a moment, in a loop that must end when another thread has failed or all is too late. */
  @SuppressWarnings("ThreadPriorityCheck") // lets the others run on a machine with few processors
  private void pause() {
    if (failure.get() != null || Thread.currentThread().isInterrupted()) {
      throw new IllegalStateException("ended, since another thread failed or time is up");
    }
    Thread.yield();
  }

  /** The writer obeys hasRoom, so the window stays within the limit. */
  private long write(Backlog backlog, SplittableRandom random) {
    while (backlog.appendedOffset() < TOTAL) {
      long at = backlog.appendedOffset();
      int bytes = (int) Math.min(1 + random.nextInt(3000), TOTAL - at);
      if (!backlog.hasRoom(bytes)) {
        pause();
        continue;
      }
      backlog.append(STREAM, (int) at, bytes);
      if (random.nextInt(4) != 0) {
        backlog.publish();
      }
      // Holds come and go meanwhile, and one append may overshoot.
      assertThat(backlog.held().lengthBytes()).isLessThanOrEqualTo(backlog.limitBytes() + 3000);
      if (!backlog.hasRoom(3000)) {
        backlog.publish();
      }
    }
    backlog.publish();
    return backlog.appendedOffset();
  }

  /** Like the journal: a hold behind the reader, so it never falls behind. */
  private long follow(Backlog backlog, BacklogReader reader, Hold hold, SplittableRandom random) {
    while (reader.offset() < TOTAL) {
      try (BlockSlice slice = reader.next(1 + random.nextInt(6000))) {
        if (slice == null) {
          assertThat(reader.fellBehind()).as("held from %d", hold.offset()).isFalse();
          pause();
        } else {
          compare(slice);
        }
      }
      hold.advance(reader.offset());
    }
    assertThat(backlog.publishedOffset()).isEqualTo(TOTAL);
    return reader.offset();
  }

  /** Like the feeder: another thread reads the slices and lets them go; skips what it missed. */
  private long handOn(
      Backlog backlog,
      BacklogReader first,
      BlockingQueue<BlockSlice> elsewhere,
      SplittableRandom random) {
    BacklogReader reader = first;
    while (reader.offset() < TOTAL) {
      BlockSlice slice = reader.next(1 + random.nextInt(6000));
      if (slice != null) {
        while (!elsewhere.offer(slice)) {
          pause();
        }
      } else if (reader.fellBehind()) {
        reader.close();
        BacklogReader again = null;
        while (again == null) {
          pause();
          again = backlog.openReader(backlog.held().start());
        }
        reader = again;
      } else {
        pause();
      }
    }
    reader.close();
    return reader.offset();
  }

  private long compareAndRelease(BlockingQueue<BlockSlice> slices, AtomicLong count) {
    long end = 0;
    while (end < TOTAL) {
      BlockSlice slice = slices.poll();
      if (slice == null) {
        pause();
        continue;
      }
      assertThat(slice.offset()).isGreaterThanOrEqualTo(end);
      compare(slice);
      end = slice.endOffset();
      slice.release();
      count.incrementAndGet();
    }
    return end;
  }

  /** Opens readers all over, most of them where the trimming goes on. */
  private long reopen(Backlog backlog, SplittableRandom random) {
    while (backlog.publishedOffset() < TOTAL) {
      pause();
      OffsetRange held = backlog.held();
      long offset = held.start() + random.nextLong(1 + Math.min(200, held.lengthBytes()));
      try (BacklogReader reader = backlog.openReader(offset)) {
        for (int i = 0; reader != null && i < 4; i++) {
          try (BlockSlice slice = reader.next(1 + random.nextInt(200))) {
            if (slice != null) {
              compare(slice);
            }
          }
        }
      }
      try (Hold hold = backlog.tryHold(offset)) {
        if (hold != null) {
          assertThat(backlog.held().start()).isLessThanOrEqualTo(offset);
          requireNonNull(backlog.openReader(offset), "held, hence there").close();
        }
      }
    }
    return backlog.publishedOffset();
  }

  private static void compare(BlockSlice slice) {
    ByteBuffer expected = ByteBuffer.wrap(STREAM, (int) slice.offset(), slice.lengthBytes());
    if (slice.buffer().mismatch(expected.slice()) != -1) {
      throw new AssertionError("other bytes at " + slice.offset());
    }
  }

  private static byte[] stream() {
    byte[] bytes = new byte[(int) TOTAL];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = BacklogTest.pattern(i);
    }
    return bytes;
  }

  @Test
  void shouldUnmapEachBlockOnceWhenReadersAndTheBacklogCloseAtTheSameTime() throws Exception {
    long mapped = BlockMemory.mappedBytes();
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      for (int round = 0; round < 300; round++) {
        Backlog backlog = new Backlog(0, 4 * BLOCK, BLOCK, 16 * BLOCK);
        BacklogTest.fill(backlog, 3 * BLOCK);
        backlog.publish();
        BacklogReader reader = requireNonNull(backlog.openReader(100));
        BlockSlice slice = requireNonNull(reader.next(10));
        Callable<Void> letGo =
            () -> {
              reader.close();
              slice.release();
              return null;
            };
        Future<Void> released = threads.submit(letGo);
        backlog.close();
        released.get(10, TimeUnit.SECONDS);
        assertThat(BlockMemory.mappedBytes()).isEqualTo(mapped);
      }
    }
  }
}
