package dev.millrace.backlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.lmax.disruptor.AlertException;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.Sequence;
import com.lmax.disruptor.SequenceBarrier;
import com.lmax.disruptor.TimeoutException;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class AdaptiveWaitStrategyTest {
  private static final long SECOND = 1_000_000_000;

  @ParameterizedTest
  @ValueSource(ints = {2, 8})
  void shouldNotMissAWakeUpHoweverOftenItSleeps(int processors) throws Exception {
    // A ping-pong without deadlines: one missed wake-up would stop it for ever.
    AdaptiveWaitStrategy waiting =
        new AdaptiveWaitStrategy(AdaptiveWaitStrategy.NO_DEADLINE, processors);
    AtomicLong turn = new AtomicLong();
    long rounds = 5000;
    Thread other =
        new Thread(() -> {
          for (long i = 1; i < 2 * rounds; i += 2) {
            long mine = i;
            waiting.await(() -> turn.get() == mine, AdaptiveWaitStrategy.NO_DEADLINE);
            turn.setRelease(i + 1);
            waiting.signalAllWhenBlocking();
          }
        });
    other.start();
    for (long i = 0; i < 2 * rounds; i += 2) {
      long mine = i;
      waiting.await(() -> turn.get() == mine, AdaptiveWaitStrategy.NO_DEADLINE);
      turn.setRelease(i + 1);
      waiting.signalAllWhenBlocking();
    }
    other.join();
    assertThat(turn.get()).isEqualTo(2 * rounds);
    assertThat(waiting.sleepers()).isZero();
  }

  @Test
  void shouldEndAtTheDeadlineWhenNothingComes() {
    AdaptiveWaitStrategy waiting = new AdaptiveWaitStrategy();
    long start = System.nanoTime();
    assertThat(waiting.await(() -> false, start + SECOND / 50)).isFalse();
    assertThat(System.nanoTime() - start).isBetween(SECOND / 50, 5 * SECOND);
    assertThat(waiting.await(() -> false, start)).isFalse();
    assertThat(waiting.await(() -> true, start)).as("ready goes before the deadline").isTrue();
    assertThat(waiting.sleepers()).isZero();
  }

  @Test
  void shouldWakeAWaiterLongBeforeItsDeadline() throws Exception {
    AdaptiveWaitStrategy waiting = new AdaptiveWaitStrategy();
    RingBuffer<StreamEvent> ring = RingBuffer.createMultiProducer(StreamEvent::new, 8, waiting);
    Sequence consumed = new Sequence();
    ring.addGatingSequences(consumed);
    AtomicBoolean woken = new AtomicBoolean();
    Thread executor =
        new Thread(() -> {
          BooleanSupplier next = () -> ring.isAvailable(0);
          woken.set(waiting.await(next, System.nanoTime() + 20 * SECOND));
        });
    executor.start();
    await().until(() -> waiting.sleepers() == 1);
    long start = System.nanoTime();
    ring.publish(ring.next());
    executor.join();
    assertThat(woken).isTrue();
    assertThat(System.nanoTime() - start).isLessThan(10 * SECOND);
  }

  @Test
  void shouldNotUseTheProcessorWhileWaiting() throws Exception {
    AdaptiveWaitStrategy waiting = new AdaptiveWaitStrategy(AdaptiveWaitStrategy.NO_DEADLINE, 2);
    AtomicBoolean done = new AtomicBoolean();
    AtomicLong looks = new AtomicLong();
    Thread sleeper =
        new Thread(() ->
            waiting.await(
                () -> {
                  looks.incrementAndGet();
                  return done.get();
                },
                AdaptiveWaitStrategy.NO_DEADLINE));
    sleeper.start();
    await().until(() -> sleeper.getState() == Thread.State.WAITING);
    long looksAsleep = looks.get();
    waiting.await(() -> false, System.nanoTime() + SECOND / 20);
    assertThat(looks.get()).isEqualTo(looksAsleep).isLessThan(5);
    done.set(true);
    waiting.signalAllWhenBlocking();
    sleeper.join();
  }

  @Test
  void shouldNeitherEndNorSpinWhenInterrupted() throws Exception {
    AdaptiveWaitStrategy waiting = new AdaptiveWaitStrategy();
    AtomicBoolean done = new AtomicBoolean();
    AtomicBoolean interruptedAfter = new AtomicBoolean(true);
    Thread sleeper =
        new Thread(() -> {
          waiting.await(done::get, AdaptiveWaitStrategy.NO_DEADLINE);
          interruptedAfter.set(Thread.currentThread().isInterrupted());
        });
    sleeper.start();
    await().until(() -> sleeper.getState() == Thread.State.WAITING);
    sleeper.interrupt();
    await().until(() -> !sleeper.isInterrupted());
    await().until(() -> sleeper.getState() == Thread.State.WAITING);
    done.set(true);
    waiting.signalAllWhenBlocking();
    sleeper.join();
    assertThat(interruptedAfter).isFalse();
  }

  @Test
  void shouldTimeOutOrAlertTheProcessorsOfARing() throws Exception {
    AdaptiveWaitStrategy waiting = new AdaptiveWaitStrategy(SECOND / 100);
    RingBuffer<StreamEvent> ring = RingBuffer.createSingleProducer(StreamEvent::new, 8, waiting);
    SequenceBarrier barrier = ring.newBarrier();
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    AtomicLong timeouts = new AtomicLong();
    Thread consumer =
        new Thread(() -> {
          while (thrown.get() == null) {
            try {
              barrier.waitFor(0);
            } catch (TimeoutException e) {
              timeouts.incrementAndGet();
            } catch (AlertException | InterruptedException e) {
              thrown.set(e);
            }
          }
        });
    consumer.start();
    await().until(() -> timeouts.get() >= 3);
    barrier.alert();
    consumer.join();
    assertThat(thrown.get()).isInstanceOf(AlertException.class);
    barrier.clearAlert();
    ring.publish(ring.next());
    assertThat(barrier.waitFor(0)).isZero();
  }

  @Test
  void shouldWaitForTheConsumerBeforeItInAChain() throws Exception {
    AdaptiveWaitStrategy waiting = new AdaptiveWaitStrategy();
    RingBuffer<StreamEvent> ring = RingBuffer.createSingleProducer(StreamEvent::new, 8, waiting);
    Sequence before = new Sequence();
    SequenceBarrier barrier = ring.newBarrier(before);
    ring.publish(ring.next());
    Thread first =
        new Thread(() -> {
          waiting.await(() -> false, System.nanoTime() + SECOND / 100);
          before.set(0);
        });
    first.start();
    assertThat(barrier.waitFor(0)).isZero();
    assertThat(before.get()).isZero();
    first.join();
  }

  @Test
  void shouldAllocateNothingWhenSignallingOrWaiting() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    AdaptiveWaitStrategy waiting = new AdaptiveWaitStrategy();
    BooleanSupplier never = () -> false;
    long allocated = Long.MAX_VALUE;
    for (int round = 0; round < 50 && allocated != 0; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 1000; i++) {
        waiting.signalAllWhenBlocking();
        waiting.await(never, System.nanoTime() + 1000);
      }
      allocated = threads.getCurrentThreadAllocatedBytes() - before;
    }
    assertThat(allocated).isZero();
  }
}
