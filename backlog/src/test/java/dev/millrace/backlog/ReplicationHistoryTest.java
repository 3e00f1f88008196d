package dev.millrace.backlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ReplicationHistoryTest {
  private static final ReplicationId A = new ReplicationId("a".repeat(40));
  private static final ReplicationId B = new ReplicationId("b".repeat(40));
  private static final ReplicationId C = new ReplicationId("c".repeat(40));

  @Test
  void shouldCoverItsOwnIdAtAnyOffset() {
    ReplicationHistory history = ReplicationHistory.startingWith(A);
    assertThat(history.covers(A, 0)).isTrue();
    assertThat(history.covers(A, Long.MAX_VALUE)).isTrue();
    assertThat(history.covers(B, 0)).isFalse();
  }

  @Test
  void shouldCoverThePreviousIdUpToWhereTheyParted() {
    ReplicationHistory history = ReplicationHistory.startingWith(A).fork(B, 1000);
    assertThat(history).isEqualTo(new ReplicationHistory(B, A, 1000, true));
    // A replica with exactly the 1000 common bytes asks for byte 1001, which is second_repl_offset.
    assertThat(history.covers(A, 1000)).isTrue();
    assertThat(history.covers(A, 1001)).isFalse();
    assertThat(history.covers(B, 1001)).isTrue();
  }

  @Test
  void shouldForgetTheOneBeforeThePrevious() {
    ReplicationHistory history = ReplicationHistory.startingWith(A).fork(B, 10).fork(C, 20);
    assertThat(history.covers(A, 5)).isFalse();
    assertThat(history.covers(B, 20)).isTrue();
  }

  @Test
  void anIdUnderWhichNothingIsLeftShouldGiveUpItsPlaceToTheNext() {
    ReplicationHistory recovered = ReplicationHistory.startingWith(A).fork(B, 10);
    assertThat(recovered.forkAgain(C, 10)).isEqualTo(new ReplicationHistory(C, A, 10, true));
    assertThat(recovered.forkAgain(C, 11)).isEqualTo(new ReplicationHistory(C, B, 11, true));
    ReplicationHistory masters = ReplicationHistory.ofMaster(A).adopt(B, 10);
    assertThat(masters.forkAgain(C, 10)).isEqualTo(new ReplicationHistory(C, B, 10, true));
    assertThat(ReplicationHistory.ofMaster(A).forkAgain(B, 0))
        .isEqualTo(new ReplicationHistory(B, A, 0, true));
  }

  @Test
  void onlyAStreamOfOursWithoutAByteShouldBeNothing() {
    ReplicationHistory own = ReplicationHistory.startingWith(A);
    assertThat(own.isNothing(0)).isTrue();
    assertThat(own.isNothing(1)).isFalse();
    assertThat(own.forkAgain(B, 0)).isEqualTo(ReplicationHistory.startingWith(B));
    assertThat(ReplicationHistory.ofMaster(A).isNothing(0)).isFalse();
    assertThat(ReplicationHistory.ofMaster(A).forkAgain(B, 0).isNothing(0)).isFalse();
  }

  @Test
  void shouldNameAStreamByTheIdItWasWrittenUnder() {
    ReplicationHistory own = ReplicationHistory.startingWith(A).fork(B, 10);
    assertThat(own.nameOfStream(10)).isEqualTo(A);
    assertThat(own.nameOfStream(11)).isEqualTo(B);
    assertThat(own.adopt(C, 10)).isEqualTo(new ReplicationHistory(C, A, 10, false));
    assertThat(own.adopt(C, 11)).isEqualTo(new ReplicationHistory(C, B, 11, false));
    // Its master told that one, and may know no other by now.
    assertThat(own.adopt(C, 11).nameOfStream(11)).isEqualTo(C);
    assertThat(ReplicationHistory.startingWith(A).nameOfStream(0)).isEqualTo(A);
  }

  @Test
  void shouldRefuseAHistoryThatMakesNoSense() {
    assertThatThrownBy(() -> new ReplicationHistory(A, null, 0, false))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ReplicationHistory(A, B, -1, false))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ReplicationHistory(A, A, 1, true))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldMakeAndReadIds() {
    ReplicationId id = ReplicationId.random(new SplittableRandom(7));
    assertThat(id.hex()).matches("[0-9a-f]{40}");
    assertThat(ReplicationId.random(new SplittableRandom(8))).isNotEqualTo(id);
    assertThat(ReplicationId.parse(id.hex().toUpperCase(Locale.ROOT))).isEqualTo(id);
    assertThat(ReplicationId.tryParse(id.toString())).isEqualTo(id);
    assertThat(ReplicationId.tryParse("?")).isNull();
    assertThat(ReplicationId.tryParse("g".repeat(40))).isNull();
    assertThatThrownBy(() -> ReplicationId.parse("?")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ReplicationId("A".repeat(40)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldServeARangeIncludingItsEnd() {
    OffsetRange range = new OffsetRange(5, 9);
    assertThat(range.lengthBytes()).isEqualTo(4);
    assertThat(range.serves(4)).isFalse();
    assertThat(range.serves(5)).isTrue();
    assertThat(range.serves(9)).isTrue();
    assertThat(range.serves(10)).isFalse();
    assertThatThrownBy(() -> new OffsetRange(2, 1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldSayWhatACheckExpected() {
    Check.that(true, "never");
    assertThatThrownBy(() -> Check.that(false, "100% plain"))
        .isInstanceOf(AssertionError.class)
        .hasMessage("100% plain");
    assertThatThrownBy(() -> Check.that(false, "%d is odd", 3)).hasMessage("3 is odd");
    assertThatThrownBy(() -> Check.that(false, "%d > %d", 3, 2)).hasMessage("3 > 2");
    assertThatThrownBy(() -> Check.that(false, "%d %d %d", 3, 2, 1)).hasMessage("3 2 1");
    assertThatThrownBy(() -> Check.that(false, "%s and %s", A, null)).hasMessage(A + " and null");
  }
}
