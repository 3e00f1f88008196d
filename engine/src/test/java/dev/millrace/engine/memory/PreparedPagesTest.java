package dev.millrace.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Mappings made before their need are there when asked for, and none is left behind. */
class PreparedPagesTest {
  private static final long CHUNK = Pages.HUGE_PAGE_BYTES;

  private final long mappedBefore = Pages.mappedBytes();
  private final PreparedPages pages = new PreparedPages();

  @AfterEach
  void shouldLeaveNothingMapped() {
    pages.close();
    assertThat(Pages.mappedBytes()).isEqualTo(mappedBefore);
  }

  @Test
  void shouldGiveThePreparedMappingAndMapNoOther() {
    pages.prepare(20 * CHUNK);
    awaitMapped(20 * CHUNK);
    long address = pages.take(20 * CHUNK);
    awaitMapped(20 * CHUNK);
    assertThat(address % CHUNK).isZero();
    for (long at = 0; at < 20 * CHUNK; at += 8) {
      assertThat(Memory.rawLong(address + at)).isZero();
    }
    Pages.unmap(address, 20 * CHUNK);
  }

  @Test
  void shouldMapAtOnceWhatIsNotReadyOrHasAnotherLength() {
    pages.prepare(200 * CHUNK);
    long early = pages.take(200 * CHUNK);
    pages.prepare(CHUNK);
    long other = pages.take(2 * CHUNK);
    assertThat(early).isNotZero();
    assertThat(other).isNotZero();
    Pages.unmap(early, 200 * CHUNK);
    Pages.unmap(other, 2 * CHUNK);
  }

  @Test
  void shouldKeepNoMoreThanThreeWhateverIsAskedFor() {
    for (int chunks = 1; chunks <= 40; chunks++) {
      pages.prepare(chunks * CHUNK);
      pages.prepare(chunks * CHUNK);
    }
    awaitMapped((38 + 39 + 40) * CHUNK);
  }

  @Test
  void shouldGiveBackWhatIsStillBeingPreparedWhenItCloses() {
    for (int round = 0; round < 100; round++) {
      pages.prepare(500 * CHUNK);
      pages.prepare(CHUNK);
      // Each round closes a little later in the mapping's turns.
      LockSupport.parkNanos(round * 50_000L);
      pages.close();
      assertThat(Pages.mappedBytes()).as("after round %d", round).isEqualTo(mappedBefore);
    }
  }

  private void awaitMapped(long bytes) {
    await().until(() -> Pages.mappedBytes() - mappedBefore == bytes);
  }
}
