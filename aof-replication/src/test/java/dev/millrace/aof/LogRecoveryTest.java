package dev.millrace.aof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.backlog.ReplicationHistory;
import dev.millrace.backlog.ReplicationId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Every way a stop can leave the directory, and every kind of damage that no stop can cause. */
class LogRecoveryTest {
  private static final String MANIFEST = Manifest.fileName(LogFixture.OPTIONS.name());

  private final TestStream stream = new TestStream(1);

  private static SegmentedLog reopen(MemoryStore store, MemoryLedger ledger) throws IOException {
    return LogFixture.open(store, ledger, LogFixture.OPTIONS);
  }

  private static Ledger.Source lost() {
    return new MemoryLedger(List.of()).source();
  }

  private static SegmentedLog reopen(MemoryStore store, Ledger.Source ledgers) throws IOException {
    return SegmentedLog.open(
        LogFixture.OPTIONS,
        store,
        ledgers,
        new RespScanner(),
        () -> 0,
        new SplittableRandom(LogFixture.SEEDS.incrementAndGet()));
  }

  private static Manifest manifestOf(MemoryStore store) throws IOException {
    return Check.present(Manifest.read(store, LogFixture.OPTIONS.name()), "no manifest");
  }

  @Test
  void shouldKeepHistoryAndBytesAfterACleanStop() throws IOException {
    LogFixture fixture = LogFixture.threeSegments(stream);
    fixture.writer.finish(0);
    SegmentedLog log = reopen(fixture.store.copy(), fixture.ledger.reopened());
    assertThat(log.recovery().cleanStop()).isTrue();
    assertThat(log.recovery().report()).isEmpty();
    assertThat(log.history()).isEqualTo(fixture.log.history());
    assertThat(LogFixture.replayed(log, 0)).isEqualTo(stream.bytes());
    assertThat(log.recovery().segments()).hasSize(3);
  }

  @Test
  void l5_historyForksAtTheRecoveredOffsetAfterAnUncleanStop() throws IOException {
    LogFixture fixture = LogFixture.threeSegments(stream);
    SegmentedLog log = reopen(fixture.store.copy(), fixture.ledger.reopened());
    ReplicationHistory before = fixture.log.history();
    assertThat(log.recovery().cleanStop()).isFalse();
    assertThat(log.history().id()).isNotEqualTo(before.id());
    assertThat(log.history().previousId()).isEqualTo(before.id());
    assertThat(log.history().previousValidUpTo()).isEqualTo(stream.end());
  }

  @Test
  void shouldForkOnceMoreAfterACrashThatFollowsACleanStart() throws IOException {
    LogFixture fixture = LogFixture.threeSegments(stream);
    fixture.writer.finish(0);
    MemoryLedger ledger = fixture.ledger.reopened();
    SegmentedLog started = reopen(fixture.store.copy(), ledger);
    SegmentedLog log = reopen(fixture.store.copy(), ledger.reopened());
    assertThat(log.recovery().cleanStop()).isFalse();
    assertThat(log.history().id()).isNotEqualTo(started.history().id());
  }

  @Test
  void l5_whoKnowsTheIdBeforeSeveralCrashesMayContinueWhenNothingWasWrittenBetweenThem()
      throws IOException {
    LogFixture fixture = LogFixture.threeSegments(stream);
    ReplicationHistory before = fixture.log.history();
    MemoryLedger ledger = fixture.ledger.reopened();
    MemoryStore store = fixture.store.copy();
    for (int crash = 0; crash < 3; crash++) {
      SegmentedLog log = reopen(store, ledger);
      assertThat(log.history().covers(before.id(), stream.end())).isTrue();
      assertThat(log.history().nameOfStream(stream.end())).isEqualTo(before.id());
      ledger = ledger.reopened();
      store = store.copy();
    }
  }

  @Test
  void shouldCutTheLastSegmentAtTheLastWholeUnitWhereverItIsTorn() throws IOException {
    LogFixture fixture = LogFixture.threeSegments(stream);
    String last = fixture.lastSegment();
    byte[] whole = fixture.store.get(last);
    long start = stream.end() - whole.length;
    for (int length = 0; length <= whole.length; length++) {
      MemoryStore store = fixture.store.copy();
      store.put(last, Arrays.copyOf(whole, length));
      SegmentedLog log = reopen(store, fixture.ledger.reopened());
      long expected = stream.boundaryBefore(start + length);
      assertThat(log.recovery().end()).as("torn after %d bytes", length).isEqualTo(expected);
      assertThat(log.recovery().cutBytes()).isEqualTo(start + length - expected);
      assertThat(store.get(last)).hasSize((int) (expected - start));
      assertThat(LogFixture.replayed(log, 0)).isEqualTo(stream.bytes(0, expected));
      assertThat(log.durableOffset()).isEqualTo(expected);
    }
  }

  @Test
  void shouldCutTailsOfZerosAndOfGarbage() throws IOException {
    LogFixture fixture = LogFixture.threeSegments(stream);
    String last = fixture.lastSegment();
    byte[] whole = fixture.store.get(last);
    for (int seed = 0; seed < 50; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      byte[] tail = new byte[random.nextInt(1, 5000)];
      if (seed % 2 == 0) {
        random.nextBytes(tail);
      }
      byte[] torn = Arrays.copyOf(whole, whole.length + tail.length);
      System.arraycopy(tail, 0, torn, whole.length, tail.length);
      MemoryStore store = fixture.store.copy();
      store.put(last, torn);
      SegmentedLog log = reopen(store, fixture.ledger.reopened());
      assertThat(log.recovery().end()).as("seed %d", seed).isEqualTo(stream.end());
      assertThat(log.recovery().cutBytes()).isEqualTo(tail.length);
      assertThat(log.recovery().report()).anyMatch(line -> line.contains("cut a torn tail"));
    }
  }

  @Test
  void shouldRefuseEveryFlippedBitOfASealedSegmentNamingThePlace() throws IOException {
    LogFixture fixture = LogFixture.threeSegments(stream);
    SegmentInfo sealed = fixture.log.segments().get(1);
    byte[] whole = fixture.store.get(sealed.name().fileName());
    for (int position = 0; position < whole.length; position++) {
      byte[] rotten = whole.clone();
      rotten[position] ^= (byte) (1 << (position % 8));
      MemoryStore store = fixture.store.copy();
      store.put(sealed.name().fileName(), rotten);
      long at = sealed.range().start() + position;
      assertThatThrownBy(() -> reopen(store, fixture.ledger.reopened()))
          .as("byte %d", position)
          .isInstanceOfSatisfying(
              LogDamagedException.class,
              e -> {
                assertThat(e.file()).isEqualTo(sealed.name().fileName());
                assertThat(e.offset()).isBetween(sealed.range().start(), at);
                assertThat(e.getMessage()).contains("millrace aof truncate /memory " + e.offset());
              });
    }
  }

  @Test
  void shouldRefuseDamageWhereTheOpenSegmentWasDurable() throws IOException {
    LogFixture fixture = LogFixture.threeSegments(stream);
    fixture.writer.sync();
    fixture.write(stream.next());
    fixture.writer.checkpoint(0);
    byte[] rotten = fixture.store.get(fixture.lastSegment());
    rotten[40] ^= 1;
    fixture.store.put(fixture.lastSegment(), rotten);
    assertThatThrownBy(() -> reopen(fixture.store.copy(), fixture.ledger.reopened()))
        .isInstanceOf(LogDamagedException.class);
  }

  @Test
  void shouldRefuseALogShorterThanItWasDurable() throws IOException {
    LogFixture fixture = LogFixture.threeSegments(stream);
    fixture.writer.finish(0);
    byte[] whole = fixture.store.get(fixture.lastSegment());
    fixture.store.put(fixture.lastSegment(), Arrays.copyOf(whole, whole.length - 3));
    assertThatThrownBy(() -> reopen(fixture.store.copy(), fixture.ledger.reopened()))
        .isInstanceOf(LogDamagedException.class)
        .hasMessageContaining("durable");
  }

  @Test
  void l2_aGapBetweenSegmentsIsRefused() throws IOException {
    LogFixture fixture = LogFixture.threeSegments(stream);
    String middle = fixture.log.segments().get(1).name().fileName();
    byte[] whole = fixture.store.get(middle);
    MemoryStore shorter = fixture.store.copy();
    shorter.put(middle, Arrays.copyOf(whole, whole.length - 1));
    assertThatThrownBy(() -> reopen(shorter, fixture.ledger.reopened()))
        .isInstanceOf(LogDamagedException.class)
        .hasMessageContaining("but the next one begins");
    MemoryStore missing = fixture.store.copy();
    missing.delete(middle);
    assertThatThrownBy(() -> reopen(missing, fixture.ledger.reopened()))
        .isInstanceOf(LogDamagedException.class)
        .hasMessageContaining("is missing");
  }

  @Test
  void shouldRebuildALostLedgerAndRefuseWhatIsNoCommand() throws IOException {
    LogFixture fixture = LogFixture.threeSegments(stream);
    SegmentedLog log = reopen(fixture.store.copy(), lost());
    assertThat(log.recovery().report()).anyMatch(line -> line.contains("ledger was lost"));
    assertThat(LogFixture.replayed(log, 0)).isEqualTo(stream.bytes());
    assertThat(log.history().previousId()).isNull();
    assertThat(log.segments().get(0).crc32c()).isNotNull();
    assertThat(reopen(fixture.store.copy(), MemoryLedger.unreadable()).recovery().end())
        .isEqualTo(stream.end());

    String first = fixture.log.segments().get(0).name().fileName();
    byte[] rotten = fixture.store.get(first);
    rotten[0] = 'x';
    fixture.store.put(first, rotten);
    assertThatThrownBy(() -> reopen(fixture.store.copy(), lost()))
        .isInstanceOf(LogDamagedException.class);
  }

  @Test
  void shouldWriteALostManifestAnew() throws IOException {
    LogFixture fixture = LogFixture.threeSegments(stream);
    MemoryStore store = fixture.store.copy();
    store.delete(MANIFEST);
    SegmentedLog log = reopen(store, fixture.ledger.reopened());
    assertThat(LogFixture.replayed(log, 0)).isEqualTo(stream.bytes());
    Manifest written = manifestOf(store);
    assertThat(written.segments()).hasSize(3);
  }

  @Test
  void shouldRefuseAManifestThatCannotBeRead() throws IOException {
    LogFixture fixture = LogFixture.threeSegments(stream);
    for (String text : List.of("file nonsense\n", "")) {
      fixture.store.put(MANIFEST, text.getBytes(StandardCharsets.UTF_8));
      assertThatThrownBy(() -> reopen(fixture.store.copy(), fixture.ledger.reopened()))
          .isInstanceOf(LogDamagedException.class)
          .hasMessageContaining(MANIFEST)
          .hasMessageContaining("rm /memory");
    }
  }

  @Test
  void shouldRemoveLeftoverTemporaryFilesAndUnlistedBases() throws IOException {
    LogFixture fixture = LogFixture.threeSegments(stream);
    MemoryStore store = fixture.store.copy();
    store.put("temp_" + MANIFEST, new byte[10]);
    store.put("temp-base-77.rdb", new byte[10]);
    store.put("base-77.rdb", new byte[10]);
    store.put("somebody-elses.txt", new byte[10]);
    SegmentedLog log = reopen(store, fixture.ledger.reopened());
    assertThat(log.recovery().base()).isNull();
    assertThat(log.recovery().report()).hasSize(3);
    assertThat(store.files())
        .doesNotContain("temp_" + MANIFEST, "temp-base-77.rdb", "base-77.rdb")
        .contains("somebody-elses.txt");
  }

  @Test
  void shouldBeginTheSuccessorOfASealedLastSegment() throws IOException {
    LogFixture fixture = LogFixture.threeSegments(stream);
    crashDuring(fixture, "create stream");
    SegmentedLog log = reopen(fixture.store.copy(), fixture.ledger.reopened());
    assertThat(log.segments()).hasSize(4);
    assertThat(log.openSegmentStart()).isEqualTo(stream.end());
    assertThat(LogFixture.replayed(log, 0)).isEqualTo(stream.bytes());
  }

  @Test
  void shouldListASegmentThatTheManifestDoesNotListYet() throws IOException {
    LogFixture fixture = LogFixture.threeSegments(stream);
    crashDuring(fixture, "rename temp_");
    MemoryStore store = fixture.store.copy();
    SegmentedLog log = reopen(store, fixture.ledger.reopened());
    assertThat(log.segments()).hasSize(4);
    Manifest written = manifestOf(store);
    assertThat(written.segments()).hasSize(4);
  }

  private static void crashDuring(LogFixture fixture, String operation) {
    fixture.store.observer =
        found -> {
          if (found.startsWith(operation)) {
            throw new MemoryStore.PowerCut();
          }
        };
    assertThatThrownBy(() -> fixture.writer.roll(0)).isInstanceOf(MemoryStore.PowerCut.class);
    fixture.store.observer = found -> {};
  }

  @Test
  void shouldRecoverFromTheNewestBase() throws IOException {
    LogFixture fixture = LogFixture.threeSegments(stream);
    fixture.writer.roll(0);
    long cut = stream.end();
    BaseDraft draft = fixture.log.newBase(cut);
    draft.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
    draft.adopt();
    fixture.write(stream.add(TestStream.select(0)));
    fixture.write(stream.next());
    MemoryStore store = fixture.store.copy();
    SegmentedLog log = reopen(store, fixture.ledger.reopened());
    BaseInfo base = Check.present(log.recovery().base(), "the base was not found");
    assertThat(base.offset()).isEqualTo(cut);
    assertThat(base.bytes()).isEqualTo(3);
    assertThat(log.recovery().replayFrom()).isEqualTo(cut);
    assertThat(LogFixture.replayed(log, cut)).isEqualTo(stream.bytes(cut, stream.end()));
    assertThat(log.held().start()).as("older segments stay for replicas").isZero();
    Manifest manifest = manifestOf(store);
    assertThat(manifest.segments()).hasSize(1);

    store.put(new BaseName(cut).fileName(), new byte[2]);
    assertThatThrownBy(() -> reopen(store, fixture.ledger.reopened()))
        .isInstanceOf(LogDamagedException.class);
  }

  @Test
  void shouldReplaceTheWholeLogOrNotAtAllWhereverTheReplacementIsInterrupted() throws IOException {
    ReplicationHistory theirs =
        ReplicationHistory.startingWith(ReplicationId.random(new SplittableRandom(9)));
    // One that the old log reaches beyond, and one at the start of an old segment.
    for (boolean collide : new boolean[] {false, true}) {
      for (int step = 0; ; step++) {
        TestStream old = new TestStream(2);
        LogFixture fixture = LogFixture.threeSegments(old);
        fixture.writer.finish(0);
        fixture.log.writerClosed();
        long offset = collide ? fixture.log.segments().get(1).range().start() : 17;
        BaseDraft draft = fixture.log.newRestartBase(offset);
        draft.write(ByteBuffer.wrap(new byte[] {9, 9}));
        boolean finished = interrupt(fixture, draft, theirs, step);
        MemoryStore left = fixture.store.copy();
        SegmentedLog log = reopen(left, fixture.ledger.reopened());
        boolean replaced = log.recovery().base() != null;
        if (replaced) {
          assertThat(log.recovery().end()).isEqualTo(offset);
          assertThat(log.history().covers(theirs.id(), offset)).isTrue();
          assertThat(log.segments()).hasSize(1);
        } else {
          assertThat(log.history()).isEqualTo(fixture.log.history());
          assertThat(LogFixture.replayed(log, 0)).isEqualTo(old.bytes());
        }
        // And the start itself was complete: another one finds nothing to mend.
        assertThat(left.files()).noneMatch(name -> name.startsWith("restart-"));
        if (finished) {
          assertThat(replaced).isTrue();
          break;
        }
      }
    }
  }

  private static boolean interrupt(
      LogFixture fixture, BaseDraft draft, ReplicationHistory history, int step)
      throws IOException {
    int[] left = {step};
    fixture.store.observer =
        operation -> {
          if (left[0]-- == 0) {
            throw new MemoryStore.PowerCut();
          }
        };
    try {
      fixture.log.restart(draft, history);
      return true;
    } catch (MemoryStore.PowerCut e) {
      return false;
    } finally {
      fixture.store.observer = operation -> {};
    }
  }

  @Test
  void shouldNotRecoverFromALogKeptForReplicasOnly() throws IOException {
    MemoryStore store = new MemoryStore();
    MemoryLedger ledger = new MemoryLedger(List.of());
    ReplicationHistory history =
        ReplicationHistory.startingWith(ReplicationId.random(new SplittableRandom(9)));
    SegmentedLog log =
        SegmentedLog.startAt(
            LogFixture.OPTIONS, store, ledger.source(), new RespScanner(), () -> 0, 5000, history);
    assertThat(log.held().start()).isEqualTo(5000);
    assertThat(log.history()).isEqualTo(history);
    assertThat(store.exists(MANIFEST)).isFalse();
    SegmentedLog next = reopen(store, ledger.reopened());
    assertThat(next.recovery().fresh()).isTrue();
    assertThat(next.recovery().end()).isZero();
    assertThat(next.recovery().report()).isNotEmpty();
  }

  @Test
  void shouldEndWhereItIsToldWhenItIsTruncated() throws IOException {
    LogFixture fixture = LogFixture.threeSegments(stream);
    SegmentInfo middle = fixture.log.segments().get(1);
    MemoryStore store = fixture.store.copy();
    byte[] rotten = store.get(middle.name().fileName());
    rotten[rotten.length / 2] ^= 1;
    store.put(middle.name().fileName(), rotten);
    long[] offset = {0};
    assertThatThrownBy(() -> reopen(store, fixture.ledger.reopened()))
        .isInstanceOfSatisfying(LogDamagedException.class, e -> offset[0] = e.offset());
    MemoryLedger ledger = fixture.ledger.reopened();
    long end =
        LogTruncation.truncate(
            LogFixture.OPTIONS, store, ledger.source(), new RespScanner(), () -> 0, offset[0]);
    SegmentedLog log = reopen(store, ledger.reopened());
    assertThat(end).isEqualTo(stream.boundaryBefore(offset[0]));
    assertThat(log.recovery().end()).isEqualTo(end);
    assertThat(LogFixture.replayed(log, 0)).isEqualTo(stream.bytes(0, end));
  }
}
