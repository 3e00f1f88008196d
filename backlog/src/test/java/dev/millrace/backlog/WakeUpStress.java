package dev.millrace.backlog;

import com.lmax.disruptor.Sequence;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Going to sleep against publishing: one must see the other, or the sleeper sleeps for ever. */
@JCStressTest
@Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "The publisher woke the sleeper.")
@Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "The sleeper saw it and does not sleep.")
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Both; the wake-up was not needed.")
@Outcome(id = "0, 0", expect = Expect.FORBIDDEN, desc = "Asleep, and nobody will wake it.")
@State
public class WakeUpStress {
  private final Sequence cursor = new Sequence(0);
  private final Sleepers sleepers = new Sleepers();

  /** What the wait strategy does before it parks. */
  @Actor
  public void waiter(II_Result result) {
    sleepers.enter();
    result.r1 = (int) cursor.get();
  }

  /** What a ring does to publish: its cursor is set by a plain release store. */
  @Actor
  public void publisher(II_Result result) {
    cursor.set(1);
    result.r2 = sleepers.wakeAll();
  }
}
