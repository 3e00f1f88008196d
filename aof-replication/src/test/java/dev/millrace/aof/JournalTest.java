package dev.millrace.aof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.backlog.Backlog;
import dev.millrace.backlog.BacklogReader;
import dev.millrace.backlog.OffsetRange;
import dev.millrace.backlog.ReplicationHistory;
import dev.millrace.backlog.ReplicationId;
import dev.millrace.backlog.StreamEvent;
import dev.millrace.backlog.StreamRing;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The journal in its own thread, fed by a real ring and backlog, over a disk in memory. */
class JournalTest {
  private final MemoryStore store = new MemoryStore();
  private final MemoryLedger ledger = new MemoryLedger(List.of());
  private final TestStream stream = new TestStream(5);
  private final AtomicLong durable = new AtomicLong();
  private final List<JournalState> states = new CopyOnWriteArrayList<>();
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private SegmentedLog log = LogFixture.fresh().log;
  private Backlog backlog = new Backlog(0, 1 << 16, 1 << 12, 1 << 20);
  private StreamRing ring = newRing();
  private Journal journal = start(LogFixture.OPTIONS);

  private StreamRing newRing() {
    return new StreamRing(
        16,
        new com.lmax.disruptor.TimeoutBlockingWaitStrategy(5, TimeUnit.MILLISECONDS),
        (thread, event, failure) -> failures.add(failure));
  }

  private Journal start(LogOptions options) {
    try {
      log = LogFixture.open(store, ledger, options);
      backlog.close();
      backlog = new Backlog(log.writtenOffset(), 1 << 16, 1 << 12, 1 << 20);
      ring = newRing();
      Journal started =
          new Journal(
              log, backlog, durable::set, (state, why) -> states.add(state), System::nanoTime);
      ring.addConsumer("journal", started);
      ring.start();
      return started;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @BeforeEach
  void withoutAnythingWritten() {
    assertThat(log.writtenOffset()).isZero();
  }

  @AfterEach
  void shouldHaveLetGoOfEverything() {
    journal.giveUp();
    ring.close();
    backlog.close();
    assertThat(failures).isEmpty();
    assertThat(store.openFiles()).isZero();
  }

  private void append(byte[] unit) {
    backlog.append(unit, 0, unit.length);
    backlog.publish();
    ring.tryPublishAppended(stream.end(), 0);
  }

  private void control(StreamEvent.Kind kind, Object payload) {
    await().pollInSameThread().until(() -> ring.flush() || ring.hasRoom());
    assertThat(ring.tryPublishControl(kind, stream.end(), 0, payload)).isTrue();
  }

  private void stop() {
    control(StreamEvent.Kind.STOP, "");
    drain();
    assertThat(journal.state()).isEqualTo(JournalState.STOPPED);
  }

  private void drain() {
    // The ring has one producer, so it is asked in this thread.
    await()
        .pollInSameThread()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(2))
        .until(() -> ring.flush() && ring.isDrained());
  }

  @Test
  void l1_segmentBytesAreTheStreamsBytesAtTheirOffsets() throws IOException {
    for (int i = 0; i < 2000; i++) {
      if (i % 250 == 0) {
        control(StreamEvent.Kind.ROLL, "");
        append(stream.add(TestStream.select(0)));
      }
      append(stream.next());
      if (i % 50 == 0) {
        drain();
      }
    }
    stop();
    ByteArrayOutputStream files = new ByteArrayOutputStream();
    for (SegmentInfo segment : log.segments()) {
      assertThat(segment.range().start()).isEqualTo(files.size());
      files.writeBytes(store.get(segment.name().fileName()));
      assertThat(segment.range().end()).isEqualTo(files.size());
    }
    assertThat(log.segments()).hasSize(8);
    assertThat(files.toByteArray()).isEqualTo(stream.bytes());
    SegmentedLog reopened = LogFixture.open(store, ledger.reopened(), LogFixture.OPTIONS);
    assertThat(reopened.recovery().cleanStop()).isTrue();
  }

  @Test
  void l2_durableNeverPassesWrittenNorWrittenAppended() {
    SplittableRandom random = new SplittableRandom(4);
    for (int i = 0; i < 3000; i++) {
      append(stream.next());
      if (random.nextInt(100) == 0) {
        control(StreamEvent.Kind.SYNC_REQUEST, (DurableListener) offset -> {});
      }
      long durableNow = log.durableOffset();
      long writtenNow = log.writtenOffset();
      assertThat(durableNow).isLessThanOrEqualTo(writtenNow);
      assertThat(writtenNow).isLessThanOrEqualTo(backlog.appendedOffset());
    }
    stop();
    assertThat(log.durableOffset()).isEqualTo(stream.end());
    assertThat(durable.get()).isEqualTo(stream.end());
  }

  @Test
  void shouldForceOncePerBatchUnderAlways() {
    log.configure(LogFixture.OPTIONS.withFsync(FsyncPolicy.ALWAYS));
    int before = store.syncs;
    int events = 500;
    for (int i = 0; i < events; i++) {
      append(stream.next());
    }
    drain();
    await().until(() -> durable.get() == stream.end());
    assertThat(store.syncs - before).isBetween(1, events);
    assertThat(log.durableOffset()).isEqualTo(stream.end());
    stop();
  }

  @Test
  void shouldKeepEverythingWhileTheDiskIsFullAndGoOnOnceThereIsRoom() throws IOException {
    store.setCapacity(store.used() + 4000);
    while (stream.end() < 20_000) {
      append(stream.next());
    }
    await()
        .pollInSameThread()
        .until(() -> {
          ring.flush();
          return journal.state() == JournalState.DISK_FULL;
        });
    assertThat(log.writtenOffset()).isLessThan(stream.end());
    control(StreamEvent.Kind.ROLL, "");
    append(stream.add(TestStream.select(0)));
    store.setCapacity(store.used() + 100_000);
    stop();
    assertThat(states)
        .containsExactly(JournalState.DISK_FULL, JournalState.RUNNING, JournalState.STOPPED);
    SegmentedLog reopened = LogFixture.open(store, ledger.reopened(), LogFixture.OPTIONS);
    assertThat(LogFixture.replayed(reopened, 0)).isEqualTo(stream.bytes());
  }

  @Test
  void shouldNeverForceAgainNorCallAnythingDurableAfterAFailedFsync() {
    append(stream.next());
    control(StreamEvent.Kind.SYNC_REQUEST, (DurableListener) offset -> {});
    drain();
    long before = durable.get();
    AtomicInteger tries = new AtomicInteger();
    store.syncFails =
        name -> {
          tries.incrementAndGet();
          return true;
        };
    append(stream.next());
    control(StreamEvent.Kind.SYNC_REQUEST, (DurableListener) offset -> failures.add(new Error()));
    append(stream.next());
    control(StreamEvent.Kind.SYNC_REQUEST, (DurableListener) offset -> failures.add(new Error()));
    drain();
    assertThat(journal.state()).isEqualTo(JournalState.FAILED);
    assertThat(states).containsExactly(JournalState.FAILED);
    assertThat(tries.get()).isEqualTo(1);
    assertThat(durable.get()).isEqualTo(before);
  }

  @Test
  void shouldNoteHistoryAndDecisionsInTheLedger() {
    ReplicationHistory fork =
        log.history().fork(ReplicationId.random(new SplittableRandom(1)), stream.end());
    control(StreamEvent.Kind.REPLICATION_ID, fork);
    ResyncDecision decision =
        ResyncPolicy.decide(
            new ResyncRequest(
                "10.0.0.1:6379", null, 0, fork, 0, null, new OffsetRange(0, 0), 0, 0));
    control(StreamEvent.Kind.CONTROL, decision);
    stop();
    assertThat(log.history()).isEqualTo(fork);
    assertThat(ledger.all())
        .filteredOn(LedgerRecord.Resync.class::isInstance)
        .extracting(record -> ((LedgerRecord.Resync) record).decision())
        .containsExactly(decision);
    assertThat(ledger.all())
        .filteredOn(LedgerRecord.HistoryChanged.class::isInstance)
        .extracting(record -> ((LedgerRecord.HistoryChanged) record).history())
        .endsWith(fork);
  }

  @Test
  void shouldHandOverFromFilesToMemoryAtTheExactByte() throws IOException {
    append(stream.add(TestStream.select(0)));
    for (int i = 0; i < 400; i++) {
      append(stream.next());
      if (i % 100 == 99) {
        control(StreamEvent.Kind.ROLL, "");
        append(stream.add(TestStream.select(0)));
      }
    }
    drain();
    await().until(() -> log.writtenOffset() == stream.end());
    ByteArrayOutputStream received = new ByteArrayOutputStream();
    SegmentSource source = Check.present(log.openTransfer(0), "offset 0 is held");
    BacklogReader reader = null;
    SplittableRandom random = new SplittableRandom(2);
    while (reader == null) {
      SegmentPiece piece = Check.present(source.next(random.nextInt(1, 900)), "written, not given");
      ByteBuffer bytes = ByteBuffer.allocate((int) piece.bytes());
      assertThat(piece.file().readFully(bytes, piece.filePosition())).isTrue();
      received.write(bytes.array(), 0, bytes.capacity());
      source.advance(piece.bytes());
      reader = source.handOver(backlog, 1000);
    }
    source.close();
    append(stream.next());
    var slice = reader.next(1 << 20);
    while (slice != null) {
      byte[] part = new byte[slice.lengthBytes()];
      slice.buffer().get(part);
      slice.release();
      received.writeBytes(part);
      slice = reader.next(1 << 20);
    }
    reader.close();
    assertThat(received.toByteArray()).isEqualTo(stream.bytes());
    stop();
  }
}
