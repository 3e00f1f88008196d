package dev.millrace.backlog;

import java.lang.foreign.ValueLayout;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** The last release of a slice, against the writer that waits for it. */
@JCStressTest
@Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "Still read: the block stays retired.")
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Released first: the block is reclaimed.")
@Outcome(expect = Expect.FORBIDDEN, desc = "The slice saw bytes written after its release.")
@State
public class BlockReleaseStress {
  private final Block block = new Block(4096);

  /** A block with ones, the backlog's reference and that of a slice. */
  public BlockReleaseStress() {
    BlockMemory.ALL.set(ValueLayout.JAVA_INT_UNALIGNED, block.address(), 1);
    block.begin(1);
    block.retain();
  }

  /** Reads, then lets go. */
  @Actor
  public void reader(II_Result result) {
    result.r1 = BlockMemory.ALL.get(ValueLayout.JAVA_INT_UNALIGNED, block.address());
    block.release();
  }

  /** Overwrites once nobody reads. */
  @Actor
  public void writer(II_Result result) {
    if (block.tryReclaim()) {
      BlockMemory.ALL.set(ValueLayout.JAVA_INT_UNALIGNED, block.address(), 2);
      block.begin(2);
      result.r2 = 1;
    }
  }

  /** Gives the memory back. */
  @Arbiter
  public void end() {
    block.abandon();
  }
}
