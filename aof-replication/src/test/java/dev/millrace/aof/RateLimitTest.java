package dev.millrace.aof;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RateLimitTest {
  private static final long MEGABYTE = 1 << 20;
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1000 * MILLI;

  private final AtomicLong now = new AtomicLong(-5 * SECOND);
  private final AtomicLong rate = new AtomicLong();
  private final RateLimit limit = new RateLimit(rate::get, now::get);

  @Test
  void shouldNeitherCutNorDelayAnythingWithoutALimit() {
    assertThat(limit.step(MEGABYTE)).isEqualTo(MEGABYTE);
    assertThat(limit.done(1000 * MEGABYTE)).isZero();
  }

  @Test
  void shouldSendNoMoreThanTheLimitInTheLongRunWhoeverSends() {
    rate.set(10 * MEGABYTE);
    long began = now.get();
    long sent = 0;
    while (sent < 100 * MEGABYTE) {
      long step = limit.step(MEGABYTE);
      assertThat(step).isEqualTo(RateLimit.STEP_BYTES);
      sent += step;
      now.addAndGet(Math.max(0, limit.done(step)));
    }
    assertThat(now.get() - began).isBetween(10 * SECOND - 5 * MILLI, 10 * SECOND + MILLI);
  }

  @Test
  void shouldMakeUpForWakingALittleLate() {
    rate.set(64 * MEGABYTE);
    long began = now.get();
    for (long sent = 0; sent < 64 * MEGABYTE; sent += RateLimit.STEP_BYTES) {
      now.addAndGet(Math.max(0, limit.done(RateLimit.STEP_BYTES)) + MILLI / 10);
    }
    assertThat(now.get() - began).isBetween(SECOND - 5 * MILLI, SECOND + 5 * MILLI);
  }

  @Test
  void shouldNotMakeUpForALongPauseInABurst() {
    rate.set(MEGABYTE);
    limit.done(RateLimit.STEP_BYTES);
    now.addAndGet(60 * SECOND);
    long wait = limit.done(RateLimit.STEP_BYTES);
    assertThat(wait).isGreaterThan(50 * MILLI);
  }

  @Test
  void shouldSendLittleAtATimeUnderASmallLimit() {
    rate.set(1600);
    assertThat(limit.step(MEGABYTE)).isEqualTo(100);
    assertThat(limit.step(60)).isEqualTo(60);
    rate.set(1);
    assertThat(limit.step(MEGABYTE)).isEqualTo(1);
    assertThat(limit.done(MEGABYTE)).isBetween(SECOND - 3 * MILLI, SECOND);
  }

  @Test
  void shouldFollowAChangeOfTheLimit() {
    rate.set(1);
    limit.done(1);
    rate.set(0);
    assertThat(limit.step(MEGABYTE)).isEqualTo(MEGABYTE);
    assertThat(limit.done(MEGABYTE)).isZero();
  }
}
