package dev.millrace.engine.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.aof.OffsetTime;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** When the stream came. */
class ArrivalTimesTest {
  private static final int STEPS = 200_000;

  @Test
  void shouldNeverTellMoreThanHadComeAndLittleLess() {
    long seed = 20261124;
    SplittableRandom random = new SplittableRandom(seed);
    ArrivalTimes times = new ArrivalTimes();
    List<OffsetTime> all = new ArrayList<>();
    long offset = 0;
    long now = 1_000_000;
    for (int i = 0; i < STEPS; i++) {
      offset += random.nextInt(1, 100);
      now += random.nextInt(4);
      times.note(offset, now);
      all.add(new OffsetTime(offset, now));
      if (random.nextInt(1000) == 0) {
        OffsetTime asked = all.get(random.nextInt(all.size()));
        long found = times.offsetAt(asked.millis());
        long late = comeBy(all, asked.millis() - 2000);
        assertThat(found)
            .as("seed %d, step %d", seed, i)
            .isLessThanOrEqualTo(comeBy(all, asked.millis()))
            .isGreaterThanOrEqualTo(late);
      }
    }
    times.forgetBefore(offset);
    assertThat(times.offsetAt(now)).isEqualTo(offset);
    assertThat(times.offsetAt(1)).isEqualTo(-1);
  }

  @Test
  void shouldCountAsComeAtTheStartWhatTheLogHasNoTimeFor() {
    ArrivalTimes times =
        ArrivalTimes.of(List.of(new OffsetTime(10, 1000), new OffsetTime(20, 2000)), 25, 9000);
    assertThat(times.offsetAt(999)).isEqualTo(-1);
    assertThat(times.offsetAt(1500)).isEqualTo(10);
    assertThat(times.offsetAt(8999)).isEqualTo(20);
    assertThat(times.offsetAt(9000)).isEqualTo(25);
  }

  private static long comeBy(List<OffsetTime> all, long time) {
    long found = -1;
    for (OffsetTime one : all) {
      if (one.millis() <= time) {
        found = one.offset();
      }
    }
    return found;
  }
}
