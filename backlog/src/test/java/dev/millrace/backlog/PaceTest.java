package dev.millrace.backlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.lmax.disruptor.AlertException;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PaceTest {
  private static final long SECOND = 1_000_000_000L;

  private final AdaptiveWaitStrategy waiting = new AdaptiveWaitStrategy();
  private final RingBuffer<AtomicLong> ring =
      RingBuffer.createSingleProducer(AtomicLong::new, 16, waiting);
  private final Pace pace = new Pace(ring.newBarrier());

  @Test
  void shouldNapUnseenBySignalsThenSleepUntilWoken() throws Exception {
    pace.napNanos(SECOND / 5);
    AtomicLong tookNanos = new AtomicLong();
    AtomicLong reached = new AtomicLong(-1);
    Thread waiter =
        new Thread(() -> {
          try {
            long start = System.nanoTime();
            reached.set(pace.waitFor(0));
            tookNanos.set(System.nanoTime() - start);
            reached.set(pace.waitFor(2));
          } catch (AlertException | InterruptedException | TimeoutException e) {
            throw new IllegalStateException(e);
          }
        });
    waiter.start();
    await().until(() -> waiter.getState() == Thread.State.TIMED_WAITING);
    assertThat(waiting.sleepers()).isZero();
    ring.publish(ring.next());
    ring.publish(ring.next());
    // After the nap it takes all there is, naps for the next, and then can be woken.
    await().until(() -> waiting.sleepers() == 1);
    assertThat(reached).hasValue(1);
    assertThat(tookNanos.get()).isGreaterThan(SECOND / 20);
    ring.publish(ring.next());
    waiter.join();
    assertThat(reached).hasValue(2);
  }

  @Test
  void shouldNotNapWhileThereIsSomethingToTake() throws Exception {
    pace.napNanos(60 * SECOND);
    ring.publish(ring.next());
    assertThat(pace.waitFor(0)).isZero();
  }

  @Test
  void shouldEndWhenAlertedWithoutANap() throws Exception {
    pace.napNanos(60 * SECOND);
    pace.alert();
    assertThat(pace.isAlerted()).isTrue();
    assertThatThrownBy(() -> pace.waitFor(0)).isInstanceOf(AlertException.class);
    pace.clearAlert();
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    pace.napNanos(SECOND / 100);
    Thread waiter =
        new Thread(() -> {
          try {
            pace.waitFor(0);
          } catch (AlertException | InterruptedException | TimeoutException e) {
            thrown.set(e);
          }
        });
    waiter.start();
    await().until(() -> waiting.sleepers() == 1);
    pace.alert();
    waiter.join();
    assertThat(thrown.get()).isInstanceOf(AlertException.class);
  }

  @Test
  void shouldEndTheNapWhenSomebodyWaitsForWhatIsPublished() throws Exception {
    pace.napNanos(60 * SECOND);
    AtomicLong reached = new AtomicLong(-1);
    Thread waiter =
        new Thread(() -> {
          try {
            reached.set(pace.waitFor(0));
          } catch (AlertException | InterruptedException | TimeoutException e) {
            throw new IllegalStateException(e);
          }
        });
    pace.hurry(); // nobody has come yet
    waiter.start();
    await().until(() -> waiter.getState() == Thread.State.TIMED_WAITING);
    pace.hurry();
    // Whether it is published before or after that.
    await().until(() -> waiting.sleepers() == 1);
    ring.publish(ring.next());
    waiter.join();
    assertThat(reached).hasValue(0);
  }

  @Test
  void shouldRefuseANegativeNap() {
    assertThatThrownBy(() -> pace.napNanos(-1)).hasMessageContaining("cannot nap -1");
  }
}
