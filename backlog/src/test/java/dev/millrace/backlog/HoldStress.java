package dev.millrace.backlog;

import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** L3: taking a hold against trimming what it would hold. */
@JCStressTest
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Held, and there.")
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "Trimmed first: the hold is refused.")
@Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "Each saw the other and gave up.")
@Outcome(id = "1, 0", expect = Expect.FORBIDDEN, desc = "What a hold keeps was trimmed.")
@State
public class HoldStress {
  private static final byte[] BLOCK = new byte[4096];

  private final Backlog backlog = new Backlog(0, 8192, 4096, 16384);
  private @Nullable Hold hold;

  /** One whole block, which is retained for now. */
  public HoldStress() {
    backlog.append(BLOCK, 0, BLOCK.length);
    backlog.publish();
    backlog.handOver();
  }

  /** Nothing is to be retained any more. */
  @Actor
  public void writer() {
    backlog.retain(0);
  }

  /** Wants it kept. */
  @Actor
  public void holder() {
    hold = backlog.tryHold(0);
  }

  /** Looks whether it is there, and gives the memory back. */
  @Arbiter
  public void end(II_Result result) {
    result.r1 = hold == null ? 0 : 1;
    BacklogReader reader = backlog.openReader(0);
    if (reader != null) {
      result.r2 = 1;
      reader.close();
    }
    backlog.close();
  }
}
