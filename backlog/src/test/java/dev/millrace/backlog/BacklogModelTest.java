package dev.millrace.backlog;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random operations on a backlog, in one thread, beside a model that knows what must be held; after
 * every step the laws are checked, and at the end all memory is back.
 */
class BacklogModelTest {
  private static final int BLOCK = 4096;
  private static final int STEPS = 4000;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void shouldAgreeWithTheModelAfterEveryStep(long seed) {
    run(seed);
  }

  @Test
  void shouldAgreeWithTheModelForAFreshSeed() {
    run(new SplittableRandom().nextLong());
  }

  private static void run(long seed) {
    long mapped = BlockMemory.mappedBytes();
    try (Run run = new Run(seed)) {
      for (int step = 0; step < STEPS; step++) {
        run.step();
        run.checkLaws();
      }
    } catch (RuntimeException | AssertionError failure) {
      throw new AssertionError("seed " + seed, failure);
    }
    assertThat(BlockMemory.mappedBytes()).as("seed %d: leaked", seed).isEqualTo(mapped);
  }

  /** One run: the backlog, everything that refers to it, and what the model expects. */
  private static final class Run implements AutoCloseable {
    private final RandomGenerator random;
    private final long start;
    private final Backlog backlog;
    private final List<BacklogReader> readers = new ArrayList<>();
    private final List<BlockSlice> slices = new ArrayList<>();
    private final List<Hold> holds = new ArrayList<>();
    private long retain;
    private long published;
    private long retainedFrom;

    Run(long seed) {
      random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
      start = random.nextLong(3 * BLOCK);
      retain = random.nextLong(6 * BLOCK);
      backlog = new Backlog(start, retain, BLOCK, retain + random.nextLong(8 * BLOCK));
      published = start;
      retainedFrom = start;
    }

    void step() {
      switch (random.nextInt(12)) {
        case 0, 1, 2 -> append();
        case 3, 4 -> publish();
        case 5 -> open();
        case 6, 7 -> read();
        case 8 -> releaseSlice();
        case 9 -> closeReader();
        case 10 -> holdOrLetGo();
        default -> changeRetention();
      }
    }

    private void append() {
      int bytes = random.nextInt(random.nextInt(10) == 0 ? 3 * BLOCK : 500);
      if (backlog.hasRoom(bytes)) {
        BacklogTest.fill(backlog, bytes);
      } else {
        boolean holdBehind = holds.stream().anyMatch(hold -> hold.offset() < published);
        assertThat(holdBehind || !slices.isEmpty() || !readers.isEmpty())
            .as("no room, but nothing to wait for")
            .isTrue();
      }
    }

    private void publish() {
      backlog.publish();
      published = backlog.appendedOffset();
      // Whatever is below was allowed to go at some time and may be gone.
      retainedFrom = Math.max(retainedFrom, published - retain);
    }

    private void open() {
      long offset = random.nextLong(start, published + 2);
      OffsetRange held = backlog.held();
      BacklogReader reader = backlog.openReader(offset);
      assertThat(reader != null)
          .as("reader at %d, held %s", offset, held)
          .isEqualTo(held.serves(offset));
      if (reader != null) {
        readers.add(reader);
      }
    }

    private void read() {
      BacklogReader reader = any(readers);
      if (reader == null) {
        return;
      }
      long at = reader.offset();
      boolean behind = at < backlog.held().start();
      BlockSlice slice = reader.next(1 + random.nextInt(2 * BLOCK));
      if (slice == null) {
        assertThat(at == published || (behind && reader.fellBehind())).isTrue();
        return;
      }
      assertThat(slice.offset()).isEqualTo(at);
      assertThat(slice.endOffset()).isEqualTo(reader.offset()).isLessThanOrEqualTo(published);
      assertThat(slice.offset() / BLOCK).isEqualTo((slice.endOffset() - 1) / BLOCK);
      slices.add(slice);
    }

    private void releaseSlice() {
      BlockSlice slice = any(slices);
      if (slice != null) {
        slices.remove(slice);
        slice.release();
      }
    }

    private void closeReader() {
      BacklogReader reader = any(readers);
      if (reader != null) {
        readers.remove(reader);
        reader.close();
      }
    }

    private void holdOrLetGo() {
      if (holds.size() < 3 && random.nextBoolean()) {
        long offset = random.nextLong(start, published + 1);
        long from = backlog.held().start();
        Hold hold = backlog.tryHold(offset);
        assertThat(hold != null).isEqualTo(offset >= from);
        if (hold != null) {
          holds.add(hold);
        }
        return;
      }
      Hold hold = any(holds);
      if (hold == null) {
        return;
      }
      if (random.nextInt(4) == 0) {
        holds.remove(hold);
        hold.close();
      } else {
        hold.advance(hold.offset() + random.nextLong(published - hold.offset() + 1));
      }
    }

    private void changeRetention() {
      retain = random.nextLong(6 * BLOCK);
      backlog.retain(retain);
      retainedFrom = Math.max(retainedFrom, published - retain);
    }

    void checkLaws() {
      OffsetRange held = backlog.held();
      assertThat(held.end()).isEqualTo(published).isLessThanOrEqualTo(backlog.appendedOffset());
      assertThat(held.start()).as("retained").isLessThanOrEqualTo(Math.max(retainedFrom, start));
      for (Hold hold : holds) {
        assertThat(held.start()).as("held").isLessThanOrEqualTo(hold.offset());
      }
      for (BlockSlice slice : slices) {
        ByteBuffer bytes = slice.buffer();
        // The ends and one inside tell a block that was used again.
        for (int i : new int[] {0, random.nextInt(bytes.limit()), bytes.limit() - 1}) {
          assertThat(bytes.get(i)).isEqualTo(BacklogTest.pattern(slice.offset() + i));
        }
      }
    }

    private <T> @Nullable T any(List<T> list) {
      return list.isEmpty() ? null : list.get(random.nextInt(list.size()));
    }

    @Override
    public void close() {
      readers.forEach(BacklogReader::close);
      backlog.close();
      slices.forEach(BlockSlice::release);
    }
  }
}
