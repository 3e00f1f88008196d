package dev.millrace.backlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.lmax.disruptor.EventHandler;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class StreamRingTest {
  private final List<String> failures = Collections.synchronizedList(new ArrayList<>());

  /** A consumer that writes down what it sees; it can be held up at the first event. */
  private static final class Recorder implements EventHandler<StreamEvent> {
    final List<String> seen = Collections.synchronizedList(new ArrayList<>());
    final CountDownLatch mayGoOn;
    final AtomicInteger idle = new AtomicInteger();
    volatile String thread = "";

    Recorder(boolean heldUp) {
      mayGoOn = new CountDownLatch(heldUp ? 1 : 0);
    }

    @Override
    public void onEvent(StreamEvent event, long sequence, boolean endOfBatch) throws Exception {
      thread = Thread.currentThread().getName();
      mayGoOn.await();
      seen.add(event.toString());
      if ("throw".equals(event.payload())) {
        throw new IllegalStateException("as asked");
      }
    }

    @Override
    public void onTimeout(long sequence) {
      idle.incrementAndGet();
    }
  }

  private StreamRing ring(int capacity, Recorder... recorders) {
    AdaptiveWaitStrategy waiting = new AdaptiveWaitStrategy(5_000_000);
    StreamRing ring =
        new StreamRing(
            capacity,
            waiting,
            (thread, event, failure) -> failures.add(thread + ": " + event + ": " + failure));
    for (int i = 0; i < recorders.length; i++) {
      ring.addConsumer("consumer-" + i, recorders[i]);
    }
    ring.start();
    return ring;
  }

  /** What the executor does in every turn; the ring checks that it is always the same thread. */
  private static void drain(StreamRing ring) {
    long start = System.nanoTime();
    while (!ring.flush() || !ring.isDrained()) {
      Thread.onSpinWait();
      assertThat(System.nanoTime() - start).as("nanoseconds").isLessThan(20_000_000_000L);
    }
  }

  @Test
  void shouldGiveEveryConsumerEveryEventInItsOwnThread() {
    Recorder journal = new Recorder(false);
    Recorder feeder = new Recorder(false);
    try (StreamRing ring = ring(8, journal, feeder)) {
      assertThat(ring.tryPublishAppended(10, 0)).isTrue();
      assertThat(ring.tryPublishControl(StreamEvent.Kind.ROLL, 10, 2, "new")).isTrue();
      assertThat(ring.tryPublishAppended(25, 2)).isTrue();
      await().until(() -> journal.seen.size() == 3 && feeder.seen.size() == 3);
      assertThat(journal.seen)
          .containsExactly("APPENDED at 10 db 0", "ROLL at 10 db 2 new", "APPENDED at 25 db 2")
          .isEqualTo(feeder.seen);
      assertThat(journal.thread).isEqualTo("consumer-0");
      assertThat(feeder.thread).isEqualTo("consumer-1");
    }
  }

  @Test
  void shouldCoalesceAppendedAndQueueControlsInOrderWhenFull() {
    Recorder slow = new Recorder(true);
    try (StreamRing ring = ring(2, slow)) {
      assertThat(ring.tryPublishAppended(1, 0)).isTrue();
      assertThat(ring.tryPublishAppended(2, 0)).isTrue();
      assertThat(ring.tryPublishAppended(3, 0)).isFalse();
      assertThat(ring.tryPublishAppended(4, 0)).isFalse();
      assertThat(ring.tryPublishControl(StreamEvent.Kind.ROLL, 5, 1, null)).isTrue();
      assertThat(ring.tryPublishControl(StreamEvent.Kind.SYNC_REQUEST, 5, 1, null)).isTrue();
      assertThat(ring.tryPublishAppended(6, 1)).isFalse();
      assertThat(ring.tryPublishAppended(7, 3)).isFalse();
      assertThat(ring.waitingControls()).isEqualTo(2);
      assertThat(ring.coalescedEvents()).isEqualTo(3);
      assertThat(ring.flush()).isFalse();
      assertThat(ring.isDrained()).isFalse();

      slow.mayGoOn.countDown();
      drain(ring);

      assertThat(slow.seen)
          .containsExactly(
              "APPENDED at 1 db 0",
              "APPENDED at 2 db 0",
              "ROLL at 5 db 1",
              "SYNC_REQUEST at 5 db 1",
              "APPENDED at 7 db 3");
    }
  }

  @Test
  void l7_waitingControlsAreBounded() {
    Recorder slow = new Recorder(true);
    try (StreamRing ring = ring(1, slow)) {
      int taken = 0;
      while (ring.tryPublishControl(StreamEvent.Kind.CONTROL, taken, 0, null)) {
        taken++;
        assertThat(taken).isLessThanOrEqualTo(StreamRing.WAITING_CONTROLS_MAX + 1);
      }
      assertThat(taken).isEqualTo(StreamRing.WAITING_CONTROLS_MAX + 1);
      assertThat(ring.hasRoom()).isFalse();
      // What the caller was refused has left no trace.
      assertThat(ring.tryPublishAppended(taken, 0)).isFalse();
      slow.mayGoOn.countDown();
      drain(ring);
      assertThat(ring.hasRoom()).isTrue();
      assertThat(slow.seen).hasSize(taken + 1);
      assertThat(slow.seen.getLast()).isEqualTo("APPENDED at " + taken + " db 0");
    }
  }

  @Test
  void l2_everyConsumerSeesTheLastOffsetAndEveryControlInOrder() {
    long seed = new SplittableRandom().nextLong();
    SplittableRandom random = new SplittableRandom(seed);
    Recorder journal = new Recorder(false);
    Recorder feeder = new Recorder(false);
    List<String> controls = new ArrayList<>();
    long offset = 0;
    try (StreamRing ring = ring(4, journal, feeder)) {
      for (int i = 0; i < 20_000; i++) {
        offset += random.nextInt(100);
        if (random.nextInt(20) == 0) {
          if (ring.tryPublishControl(StreamEvent.Kind.ROLL, offset, 0, i)) {
            controls.add("ROLL at " + offset + " db 0 " + i);
          }
        } else {
          ring.tryPublishAppended(offset, 0);
        }
      }
      ring.tryPublishAppended(++offset, 0);
      drain(ring);
    }
    for (Recorder recorder : List.of(journal, feeder)) {
      assertThat(recorder.seen.stream().filter(event -> event.startsWith("ROLL")).toList())
          .as("seed %d", seed)
          .isEqualTo(controls);
      assertThat(recorder.seen.getLast()).isEqualTo("APPENDED at " + offset + " db 0");
      long last = 0;
      for (String event : recorder.seen) {
        long at = Long.parseLong(event.replaceAll("^[A-Z]+ at (\\d+) .*", "$1"));
        assertThat(at).as("seed %d", seed).isGreaterThanOrEqualTo(last);
        last = at;
      }
    }
  }

  @Test
  void shouldReportAThrowingConsumerAndGoOn() {
    Recorder journal = new Recorder(false);
    try (StreamRing ring = ring(4, journal)) {
      ring.tryPublishControl(StreamEvent.Kind.CONTROL, 1, 0, "throw");
      ring.tryPublishAppended(2, 0);
      await().until(() -> journal.seen.size() == 2);
      assertThat(failures).hasSize(1);
      assertThat(failures.getFirst()).startsWith("consumer-0: CONTROL at 1").contains("as asked");
    }
  }

  @Test
  void shouldCallIdleConsumersWhenTheWaitTimesOut() {
    Recorder journal = new Recorder(false);
    try (StreamRing ring = ring(4, journal)) {
      await().until(() -> journal.idle.get() >= 3);
      ring.tryPublishAppended(1, 0);
      await().until(() -> journal.seen.size() == 1);
    }
    assertThat(failures).isEmpty();
  }

  @Test
  void shouldRefuseAnOffsetThatGoesBack() {
    try (StreamRing ring = ring(4, new Recorder(false))) {
      ring.tryPublishAppended(5, 0);
      assertThatThrownBy(() -> ring.tryPublishAppended(4, 0)).hasMessageContaining("follows");
      assertThatThrownBy(() -> ring.tryPublishControl(StreamEvent.Kind.APPENDED, 6, 0, null))
          .hasMessageContaining("no control");
    }
  }

  @Test
  void shouldEndItsThreadsEvenWhenClosedAtOnce() {
    for (int i = 0; i < 20; i++) {
      ring(4, new Recorder(false), new Recorder(false)).close();
    }
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().startsWith("consumer-"));
  }
}
