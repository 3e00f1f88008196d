package dev.millrace.backlog;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Hand-off writer to reader: eight bytes, four on each side of a block's end, published at once.
 */
@JCStressTest
@Outcome(id = "-1, -1", expect = Expect.ACCEPTABLE, desc = "Nothing was published yet.")
@Outcome(id = "-1, 16843009", expect = Expect.ACCEPTABLE, desc = "Published between two looks.")
@Outcome(id = "16843009, 33686018", expect = Expect.ACCEPTABLE, desc = "Both blocks, whole.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Published bytes were not written, or not found.")
@State
public class PublishStress {
  private static final byte[] BYTES = {1, 1, 1, 1, 2, 2, 2, 2};

  private final Backlog backlog = new Backlog(4092, 8192, 4096, 16384);
  private final BacklogReader reader = requireNonNull(backlog.openReader(4092));

  /** Appends across the end of a block. */
  @Actor
  public void writer() {
    backlog.append(BYTES, 0, BYTES.length);
    backlog.publish();
  }

  /** Looks twice. */
  @Actor
  public void reader(II_Result result) {
    result.r1 = value(reader.next(4));
    result.r2 = value(reader.next(4));
  }

  /** Gives the memory back. */
  @Arbiter
  public void end() {
    reader.close();
    backlog.close();
  }

  private static int value(@Nullable BlockSlice slice) {
    if (slice == null) {
      return -1;
    }
    int value = BlockMemory.ALL.get(ValueLayout.JAVA_INT_UNALIGNED, slice.address());
    slice.release();
    return value;
  }
}
