package dev.millrace.backlog;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The laws this module keeps, each by name. */
class BacklogLawsTest {
  private static final int BLOCK = 4096;

  @Test
  void l2_readersGetEveryByteOnceAndNothingPastThePublished() {
    try (Backlog backlog = new Backlog(1234, 50 * BLOCK, BLOCK, 100 * BLOCK);
        BacklogReader reader = requireNonNull(backlog.openReader(1234))) {
      long expected = 1234;
      for (int i = 0; i < 200; i++) {
        BacklogTest.fill(backlog, 37 * (i % 29));
        long published = backlog.publishedOffset();
        for (BlockSlice slice = reader.next(999); slice != null; slice = reader.next(999)) {
          assertThat(slice.offset()).isEqualTo(expected);
          expected = slice.endOffset();
          slice.release();
        }
        assertThat(expected).isEqualTo(published).isLessThanOrEqualTo(backlog.appendedOffset());
        backlog.publish();
      }
    }
  }

  @Test
  void l2_aHoldCannotPassThePublishedOffsetNorGoBack() {
    try (Backlog backlog = new Backlog(100, 0, BLOCK, BLOCK);
        Hold hold = backlog.hold(100)) {
      BacklogTest.fill(backlog, 50);
      assertThatThrownBy(() -> hold.advance(101)).hasMessageContaining("past the published");
      backlog.publish();
      hold.advance(150);
      assertThatThrownBy(() -> hold.advance(149)).hasMessageContaining("went back");
    }
  }

  @Test
  void l3_whatAHoldKeepsIsNeverTrimmed() {
    try (Backlog backlog = new Backlog(0, 0, BLOCK, 4 * BLOCK)) {
      Hold journal = backlog.hold(0);
      Hold second = backlog.hold(0);
      BacklogTest.fill(backlog, 100 * BLOCK);
      backlog.publish();
      assertThat(backlog.held()).isEqualTo(new OffsetRange(0, 100 * BLOCK));

      journal.advance(60 * BLOCK + 1);
      second.advance(30 * BLOCK + 17);
      drainTrim(backlog);
      assertThat(backlog.held().start()).isEqualTo(30 * BLOCK);

      second.close();
      second.close();
      drainTrim(backlog);
      assertThat(backlog.held().start()).isEqualTo(60 * BLOCK);

      journal.close();
      drainTrim(backlog);
      assertThat(backlog.held().start()).isEqualTo(100 * BLOCK);
      assertThat(backlog.tryHold(99 * BLOCK)).isNull();
      assertThatThrownBy(() -> backlog.hold(99 * BLOCK)).hasMessageContaining("not in the backlog");
      assertThatThrownBy(() -> journal.advance(100 * BLOCK)).hasMessageContaining("closed hold");
    }
  }

  @Test
  void l3_aReferencedBlockIsNeverUsedAgain() {
    try (Backlog backlog = new Backlog(0, 0, BLOCK, 4 * BLOCK)) {
      BlockSlice slice;
      try (BacklogReader reader = requireNonNull(backlog.openReader(0))) {
        BacklogTest.fill(backlog, 10);
        backlog.publish();
        slice = requireNonNull(reader.next(10));
      }
      long address = slice.address();
      for (int i = 0; i < 100; i++) {
        BacklogTest.fill(backlog, BLOCK);
        backlog.publish();
        for (int at = 0; at < 10; at++) {
          assertThat(slice.buffer().get(at)).isEqualTo(BacklogTest.pattern(at));
        }
      }
      slice.release();
      // Once released it comes back into use.
      backlog.retain(2 * BLOCK);
      boolean reused = false;
      for (int i = 0; i < 5; i++) {
        long at = backlog.publishedOffset();
        BacklogTest.fill(backlog, BLOCK);
        backlog.publish();
        try (BacklogReader reader = requireNonNull(backlog.openReader(at));
            BlockSlice next = requireNonNull(reader.next(1))) {
          reused |= (next.address() & -BLOCK) == address;
        }
      }
      assertThat(reused).isTrue();
    }
  }

  @Test
  void l7_aSlowHoldMakesTheWriterStopAtTheLimit() {
    try (Backlog backlog = new Backlog(0, 4 * BLOCK, BLOCK, 12 * BLOCK);
        Hold journal = backlog.hold(0)) {
      int appended = 0;
      while (backlog.hasRoom(1000)) {
        BacklogTest.fill(backlog, 1000);
        backlog.publish();
        appended++;
        assertThat(appended).as("the limit is never reached").isLessThan(100);
      }
      assertThat(backlog.held().lengthBytes())
          .isGreaterThan(11L * BLOCK)
          .isLessThanOrEqualTo(backlog.limitBytes());
      journal.advance(backlog.publishedOffset());
      assertThat(backlog.hasRoom(1000)).isTrue();
      drainTrim(backlog);
      assertThat(backlog.held().lengthBytes()).isLessThanOrEqualTo(5L * BLOCK);
    }
  }

  @Test
  void l7_roomIsMadeBeforeMoreIsTakenOnceTheHoldHasCaughtUp() {
    try (Backlog backlog = new Backlog(0, 0, BLOCK, 12 * BLOCK);
        Hold journal = backlog.hold(0)) {
      BacklogTest.fill(backlog, 40 * BLOCK);
      backlog.publish();
      assertThat(backlog.hasRoom(BLOCK)).isFalse();
      journal.advance(40 * BLOCK);
      int asked = 0;
      while (!backlog.hasRoom(BLOCK)) {
        asked++;
        assertThat(asked).as("never made room").isLessThan(20);
      }
      assertThat(backlog.held().lengthBytes() + BLOCK).isLessThanOrEqualTo(backlog.limitBytes());
      assertThat(asked).as("the trimming is gradual").isPositive();
    }
  }

  @Test
  void l7_oneCommandLargerThanTheLimitWaitsOnlyForTheHolds() {
    try (Backlog backlog = new Backlog(0, 4 * BLOCK, BLOCK, 12 * BLOCK);
        Hold journal = backlog.hold(0)) {
      assertThat(backlog.hasRoom(100 * BLOCK)).isTrue();
      BacklogTest.fill(backlog, 10);
      backlog.publish();
      assertThat(backlog.hasRoom(100 * BLOCK)).isFalse();
      journal.advance(10);
      assertThat(backlog.hasRoom(100 * BLOCK)).isTrue();
    }
  }

  @Test
  void l7_blocksStillReadAfterTrimmingCountToo() {
    try (Backlog backlog = new Backlog(0, 0, BLOCK, 4 * BLOCK)) {
      List<BlockSlice> slices = new ArrayList<>();
      BacklogReader reader = requireNonNull(backlog.openReader(0));
      while (backlog.hasRoom(BLOCK)) {
        BacklogTest.fill(backlog, BLOCK);
        // Publishing would trim at once what is not retained.
        backlog.retain(2 * BLOCK);
        backlog.publish();
        slices.add(requireNonNull(reader.next(BLOCK)));
        backlog.retain(0);
        assertThat(slices.size()).as("never stopped").isLessThan(50);
      }
      // What is read after trimming: the limit and the one that crossed it; plus the window.
      assertThat(backlog.memoryBytes()).isLessThanOrEqualTo(2 * backlog.limitBytes());
      reader.close();
      slices.forEach(BlockSlice::release);
      drainTrim(backlog);
      assertThat(backlog.hasRoom(BLOCK)).isTrue();
    }
  }

  @Test
  void l7_theFreePoolIsBounded() {
    try (Backlog backlog = new Backlog(0, 0, BLOCK, 8 * BLOCK)) {
      try (Hold hold = backlog.hold(0)) {
        assertThat(hold.offset()).isZero();
        BacklogTest.fill(backlog, 500 * BLOCK);
        backlog.publish();
      }
      assertThat(backlog.memoryBytes()).isEqualTo(500L * BLOCK);
      drainTrim(backlog);
      assertThat(backlog.memoryBytes()).isLessThanOrEqualTo(2L * BLOCK);
    }
  }

  private static void drainTrim(Backlog backlog) {
    int turns = 0;
    while (backlog.trim()) {
      turns++;
      assertThat(turns).isLessThan(10_000);
    }
  }
}
