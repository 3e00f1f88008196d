package dev.millrace.backlog;

import com.lmax.disruptor.EventPoller;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Control events through a ring with a single entry: whole, in order, the second from the queue.
 */
@JCStressTest
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "Nothing came yet.")
@Outcome(id = "0, 11", expect = Expect.ACCEPTABLE, desc = "The first came between two looks.")
@Outcome(id = "11, 0", expect = Expect.ACCEPTABLE, desc = "The second waits in the queue.")
@Outcome(id = "11, 22", expect = Expect.ACCEPTABLE, desc = "Two, in order.")
@Outcome(expect = Expect.FORBIDDEN, desc = "An event was torn, lost or overtaken.")
@State
public class ControlEventStress {
  private static final Integer ONE = 1;
  private static final Integer TWO = 2;
  private static final Integer THREE = 3;

  private final StreamRing ring =
      new StreamRing(1, new AdaptiveWaitStrategy(), (thread, event, failure) -> {});
  private final EventPoller<StreamEvent> poller = ring.addPoller();

  /** Publishes three: room that comes between must go to the second, not to the third. */
  @Actor
  public void executor() {
    ring.tryPublishControl(StreamEvent.Kind.ROLL, 10, 1, ONE);
    ring.tryPublishControl(StreamEvent.Kind.ROLL, 20, 2, TWO);
    ring.tryPublishControl(StreamEvent.Kind.ROLL, 30, 3, THREE);
  }

  /** Looks twice. */
  @Actor
  public void consumer(II_Result result) {
    result.r1 = poll();
    result.r2 = poll();
  }

  private int poll() {
    int[] seen = new int[1];
    try {
      poller.poll((event, sequence, endOfBatch) -> {
        if (event.payload() instanceof Integer payload && payload == event.selectedDb()) {
          seen[0] = (int) event.offset() + payload;
        } else {
          seen[0] = -1;
        }
        return true;
      });
    } catch (Exception e) {
      return -2;
    }
    return seen[0];
  }
}
