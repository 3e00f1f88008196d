package dev.millrace.aof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.backlog.OffsetRange;
import dev.millrace.backlog.ReplicationHistory;
import dev.millrace.backlog.ReplicationId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ledger's records: their bytes, their digest, and Chronicle Queue keeping them. */
class LedgerTest {
  @TempDir private Path directory = Path.of("");

  private static List<LedgerRecord> randomRecords(long seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    List<LedgerRecord> records = new ArrayList<>();
    ReplicationHistory history = ReplicationHistory.startingWith(ReplicationId.random(random));
    long segment = 0;
    long offset = 0;
    for (int i = 0; i < count; i++) {
      long from = offset;
      switch (random.nextInt(12)) {
        case 0 -> {
          records.add(new LedgerRecord.Sealed(segment, offset, i, random.nextInt()));
          segment = offset;
          records.add(new LedgerRecord.Rolled(segment, i));
        }
        case 1 -> records.add(new LedgerRecord.BaseAdopted(segment, i, i, random.nextInt()));
        case 2 -> {
          ReplicationId id = ReplicationId.random(random);
          history = random.nextBoolean() ? history.fork(id, offset) : history.adopt(id, offset);
          records.add(new LedgerRecord.HistoryChanged(offset, i, history));
        }
        case 3 -> {
          offset = segment + random.nextLong(offset - segment + 1);
          records.add(new LedgerRecord.Cut(segment, offset, from - offset, i));
        }
        case 4 -> records.add(new LedgerRecord.Started(offset, i));
        case 5 -> records.add(new LedgerRecord.StoppedCleanly(offset, i));
        case 6 -> records.add(new LedgerRecord.Retired(random.nextLong(segment + 1), 0, i, "age"));
        case 7 -> records.add(new LedgerRecord.BaseRetired(random.nextLong(segment + 1), i));
        case 8 -> {
          if (random.nextInt(20) == 0) {
            records.add(new LedgerRecord.Restarted(offset, i));
          }
        }
        default -> {
          offset += random.nextInt(1, 100);
          long durable = random.nextLong(offset + 1);
          int crc = random.nextInt();
          records.add(new LedgerRecord.Checkpoint(segment, from, offset, durable, i, 3, crc));
        }
      }
    }
    return records;
  }

  private static LedgerRecord decode(byte[] bytes) {
    return Check.present(LedgerCodec.decode(ByteBuffer.wrap(bytes)), "no record");
  }

  @Test
  void shouldReadBackEveryKindOfRecord() {
    List<LedgerRecord> records = new ArrayList<>(randomRecords(1, 500));
    ReplicationHistory history =
        ReplicationHistory.startingWith(ReplicationId.random(new SplittableRandom(1)));
    records.add(
        new LedgerRecord.Resync(
            7,
            ResyncPolicy.decide(
                new ResyncRequest("[::1]:6379", null, 0, history, 0, null, null, 0, 0))));
    records.add(
        new LedgerRecord.Resync(
            8,
            ResyncPolicy.decide(
                new ResyncRequest(
                    "[::1]:6379",
                    history.id(),
                    10,
                    history,
                    90,
                    new OffsetRange(50, 90),
                    new OffsetRange(0, 80),
                    0,
                    0))));
    records.add(new LedgerRecord.ResyncEnded(9, new ResyncEnd("[::1]:6379", 80, 1234, true)));
    for (LedgerRecord record : records) {
      assertThat(decode(LedgerCodec.encode(record))).isEqualTo(record);
    }
    assertThat(records.stream().map(Object::getClass).distinct())
        .hasSize(LedgerRecord.class.getPermittedSubclasses().length);
  }

  @Test
  void shouldTellOfEachDecisionWhatBecameOfIt() {
    ReplicationHistory history =
        ReplicationHistory.startingWith(ReplicationId.random(new SplittableRandom(1)));
    ResyncDecision one =
        ResyncPolicy.decide(new ResyncRequest("one", null, 0, history, 0, null, null, 0, 0));
    ResyncDecision two =
        ResyncPolicy.decide(new ResyncRequest("two", null, 0, history, 0, null, null, 0, 0));
    ResyncEnd lost = new ResyncEnd("one", 10, 20, false);
    ResyncEnd done = new ResyncEnd("one", 30, 40, true);
    assertThat(
            ResyncEntry.of(
                List.of(
                    new LedgerRecord.Resync(1, one),
                    new LedgerRecord.ResyncEnded(2, lost),
                    new LedgerRecord.Resync(3, two),
                    new LedgerRecord.Resync(4, one),
                    new LedgerRecord.ResyncEnded(5, done),
                    new LedgerRecord.ResyncEnded(6, new ResyncEnd("three", 0, 0, true)))))
        .containsExactly(
            new ResyncEntry(1, one, lost),
            new ResyncEntry(3, two, null),
            new ResyncEntry(4, one, done));
  }

  @Test
  void shouldTakeNoFlippedBitAndNoCutForARecord() {
    for (LedgerRecord record : randomRecords(2, 60)) {
      byte[] bytes = LedgerCodec.encode(record);
      for (int bit = 0; bit < bytes.length * 8; bit++) {
        byte[] flipped = bytes.clone();
        flipped[bit / 8] ^= (byte) (1 << (bit % 8));
        assertThat(LedgerCodec.decode(ByteBuffer.wrap(flipped))).as("bit %d", bit).isNull();
      }
      for (int length = 0; length < bytes.length; length++) {
        assertThat(LedgerCodec.decode(ByteBuffer.wrap(bytes, 0, length))).isNull();
      }
    }
  }

  @Test
  void shouldSayTheSameInItsDigestAndWhenItIsReadTwice() {
    for (long seed = 0; seed < 300; seed++) {
      List<LedgerRecord> records = randomRecords(seed, 80);
      List<LedgerRecord> digest = LedgerDigest.of(records);
      expectSame(LedgerState.of(records), LedgerState.of(digest), records, seed);
      List<LedgerRecord> twice = new ArrayList<>(records);
      twice.addAll(digest);
      expectSame(LedgerState.of(records), LedgerState.of(twice), records, seed);
    }
  }

  private static void expectSame(
      LedgerState expected, LedgerState found, List<LedgerRecord> records, long seed) {
    assertThat(found.history()).as("seed %d", seed).isEqualTo(expected.history());
    assertThat(found.durable()).as("seed %d", seed).isLessThanOrEqualTo(expected.durable());
    for (LedgerRecord record : records) {
      if (record instanceof LedgerRecord.Rolled rolled) {
        long segment = rolled.segment();
        assertThat(found.checkpoints(segment))
            .as("seed %d, segment %d", seed, segment)
            .isEqualTo(expected.checkpoints(segment));
        assertThat(found.sealed(segment))
            .as("seed %d, segment %d", seed, segment)
            .isEqualTo(expected.sealed(segment));
      }
    }
  }

  @Test
  void shouldKeepRecordsInOrderThroughGenerations() throws IOException {
    FileSegmentStore store = new FileSegmentStore(directory);
    List<LedgerRecord> all = new ArrayList<>();
    for (int run = 0; run < 3; run++) {
      try (Ledger ledger = ChronicleLedger.in(store).open(false)) {
        assertThat(ledger.records()).isEqualTo(all);
        for (int i = 0; i < 300; i++) {
          long offset = run * 300L + i;
          LedgerRecord record =
              new LedgerRecord.Checkpoint(0, offset, offset + 1, 0, i, 0, (int) offset);
          ledger.append(record);
          all.add(record);
        }
        ledger.sync();
      }
    }
    assertThat(ChronicleLedger.read(directory)).isEqualTo(all);
    assertThat(ChronicleLedger.generations(directory.resolve(ChronicleLedger.DIRECTORY)))
        .hasSize(1);
  }
}
