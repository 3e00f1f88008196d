package dev.millrace.aof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Cuts the power before every single operation on the disk, many times each with other losses, and
 * starts again from what is left: it must start unaided, keep all that was durable, and invent
 * nothing.
 */
class PowerCutTest {
  private static final int CUTS_PER_OPERATION = 8;
  private static final int BASE_BYTES = 600;
  private static final int OTHER_BASE_BYTES = 700;

  private record State(MemoryStore store, MemoryLedger ledger, long durable, String when) {}

  @Test
  void shouldKeepWhatWasDurableAndInventNothingWhereverThePowerIsCut() throws IOException {
    int checked = 0;
    for (long seed = 0; seed < 4; seed++) {
      for (State state : statesOf(seed)) {
        check(state, seed);
        checked++;
      }
    }
    assertThat(checked).isGreaterThan(2000);
  }

  private TestStream stream = new TestStream(0);

  private List<State> statesOf(long seed) throws IOException {
    stream = new TestStream(seed);
    SplittableRandom random = new SplittableRandom(seed);
    List<State> states = new ArrayList<>();
    MemoryStore store = new MemoryStore();
    MemoryLedger ledger = new MemoryLedger(List.of());
    long[] durable = {0};
    store.observer =
        operation -> {
          for (int i = 0; i < CUTS_PER_OPERATION; i++) {
            states.add(
                new State(
                    store.afterPowerCut(random),
                    ledger.afterPowerCut(random),
                    durable[0],
                    operation + ", cut " + i));
          }
        };
    LogFixture fixture = new LogFixture(store, ledger, LogFixture.OPTIONS);
    fixture.write(stream.add(TestStream.select(0)));
    for (int i = 0; i < 60; i++) {
      fixture.write(stream.next());
      int chance = random.nextInt(12);
      if (chance < 3) {
        fixture.writer.sync();
        durable[0] = fixture.log.durableOffset();
      }
      if (chance == 3 || chance == 0) {
        fixture.writer.checkpoint(0);
      }
      if (chance == 4) {
        fixture.writer.roll(0);
        durable[0] = fixture.log.durableOffset();
        if (random.nextBoolean()) {
          adoptBase(fixture, BASE_BYTES);
          // A second one of the same offset takes the place of the first.
          adoptBase(fixture, OTHER_BASE_BYTES);
        }
        fixture.write(stream.add(TestStream.select(0)));
      }
    }
    fixture.writer.finish(0);
    return states;
  }

  private void adoptBase(LogFixture fixture, int bytes) throws IOException {
    BaseDraft draft = fixture.log.newBase(stream.end());
    draft.write(ByteBuffer.wrap(new byte[bytes]));
    draft.adopt();
  }

  private void check(State state, long seed) throws IOException {
    String when = "seed " + seed + ", before " + state.when();
    SegmentedLog log;
    try {
      log = LogFixture.open(state.store(), state.ledger(), LogFixture.OPTIONS);
    } catch (IOException | RuntimeException e) {
      throw new AssertionError(when, e);
    }
    Recovery recovery = log.recovery();
    assertThat(recovery.end()).as(when).isGreaterThanOrEqualTo(state.durable());
    assertThat(stream.isBoundary(recovery.end())).as(when).isTrue();
    long from = recovery.replayFrom();
    assertThat(LogFixture.replayed(log, from))
        .as(when)
        .isEqualTo(stream.bytes(from, recovery.end()));
    if (recovery.base() != null) {
      assertThat(recovery.base().bytes()).as(when).isIn((long) BASE_BYTES, (long) OTHER_BASE_BYTES);
    }
    // What it left on the disk is forced: a second cut at once changes nothing.
    MemoryStore again = state.store().afterPowerCut(new SplittableRandom(seed));
    MemoryLedger ledger = state.ledger().afterPowerCut(new SplittableRandom(seed));
    SegmentedLog second = LogFixture.open(again, ledger.reopened(), LogFixture.OPTIONS);
    assertThat(second.recovery().end()).as(when).isEqualTo(recovery.end());
    assertThat(second.recovery().cutBytes()).as(when).isZero();
    checkSecondLife(again, ledger.reopened(), from, when, seed);
  }

  /** New bytes take the place of those that were cut, and nothing old speaks against them. */
  private void checkSecondLife(
      MemoryStore store, MemoryLedger ledger, long from, String when, long seed)
      throws IOException {
    LogFixture fixture = new LogFixture(store, ledger, LogFixture.OPTIONS);
    byte[] before = LogFixture.replayed(fixture.log, from);
    TestStream more = new TestStream(seed + 100);
    fixture.write(more.add(TestStream.select(0)));
    for (int i = 0; i < 12; i++) {
      fixture.write(more.next());
    }
    fixture.writer.sync();
    SplittableRandom random = new SplittableRandom(seed);
    MemoryLedger left = ledger.afterPowerCut(random);
    try {
      SegmentedLog log = LogFixture.open(store.afterPowerCut(random), left, LogFixture.OPTIONS);
      byte[] after = LogFixture.replayed(log, from);
      byte[] expected = Arrays.copyOf(before, before.length + (int) more.end());
      System.arraycopy(more.bytes(), 0, expected, before.length, (int) more.end());
      assertThat(Arrays.equals(after, expected)).as(when).isTrue();
    } catch (LogDamagedException e) {
      throw new AssertionError("in its second life: " + when, e);
    }
  }
}
