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
    assertThat(history).isEqualTo(new ReplicationHistory(B, A, 1000));
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
  void shouldRefuseAHistoryThatMakesNoSense() {
    assertThatThrownBy(() -> new ReplicationHistory(A, null, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ReplicationHistory(A, B, -1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ReplicationHistory(A, A, 1))
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
