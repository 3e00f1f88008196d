package dev.millrace.backlog;

import java.lang.foreign.ValueLayout;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A reader that found a block in the index, against the writer that uses the block again. */
@JCStressTest
@Outcome(id = "-1, -1", expect = Expect.ACCEPTABLE, desc = "Gone: the reader falls behind.")
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Retained in time: it stays as it is.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A block was written while it was read.")
@State
public class BlockReuseStress {
  private final Block block = new Block(4096);

  /** The block stands for number 1 and has ones. */
  public BlockReuseStress() {
    write(1);
    block.begin(1);
  }

  /** Reclaims, overwrites, and lets it stand for number 2. */
  @Actor
  public void writer() {
    if (block.tryReclaim()) {
      write(2);
      block.begin(2);
    }
  }

  /** Looks for number 1. */
  @Actor
  public void reader(II_Result result) {
    if (block.tryRetain(1)) {
      result.r1 = read(0);
      result.r2 = read(64);
      block.release();
    } else {
      result.r1 = -1;
      result.r2 = -1;
    }
  }

  /** Gives the memory back. */
  @Arbiter
  public void end() {
    block.abandon();
  }

  private void write(int value) {
    BlockMemory.ALL.set(ValueLayout.JAVA_INT_UNALIGNED, block.address(), value);
    BlockMemory.ALL.set(ValueLayout.JAVA_INT_UNALIGNED, block.address() + 64, value);
  }

  private int read(int position) {
    return BlockMemory.ALL.get(ValueLayout.JAVA_INT_UNALIGNED, block.address() + position);
  }
}
