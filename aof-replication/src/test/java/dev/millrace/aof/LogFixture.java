package dev.millrace.aof;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;

/** A log in memory, written as the journal writes it but step by step in the test's own thread. */
final class LogFixture {
  static final LogOptions OPTIONS =
      LogOptions.DEFAULTS.withRetention(Long.MAX_VALUE, Long.MAX_VALUE);

  // Every start takes other replication IDs, as real ones do.
  static final java.util.concurrent.atomic.AtomicLong SEEDS =
      new java.util.concurrent.atomic.AtomicLong();

  final MemoryStore store;
  final MemoryLedger ledger;
  final SegmentedLog log;
  final LogWriter writer;
  long millis = 1_000_000;

  LogFixture(MemoryStore store, MemoryLedger ledger, LogOptions options) throws IOException {
    this.store = store;
    this.ledger = ledger;
    this.log = open(store, ledger, options);
    this.writer = log.openWriter();
  }

  static LogFixture fresh() {
    try {
      return new LogFixture(new MemoryStore(), new MemoryLedger(List.of()), OPTIONS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static SegmentedLog open(MemoryStore store, MemoryLedger ledger, LogOptions options)
      throws IOException {
    return SegmentedLog.open(
        options,
        store,
        ledger.source(),
        new RespScanner(),
        () -> 2_000_000,
        new SplittableRandom(SEEDS.incrementAndGet()));
  }

  /** A log of three segments, the last open, noted by a checkpoint after every few units. */
  static LogFixture threeSegments(TestStream stream) throws IOException {
    LogFixture fixture = fresh();
    for (int segment = 0; segment < 3; segment++) {
      if (segment > 0) {
        fixture.writer.roll(0);
      }
      fixture.write(stream.add(TestStream.select(0)));
      for (int i = 0; i < 12; i++) {
        fixture.write(stream.next());
        if (i % 5 == 4) {
          fixture.writer.checkpoint(0);
        }
      }
    }
    return fixture;
  }

  void write(byte[] bytes) throws IOException {
    writer.write(ByteBuffer.wrap(bytes));
  }

  String lastSegment() {
    return log.segments().getLast().name().fileName();
  }

  /** The stream as a recovered log replays it. */
  static byte[] replayed(SegmentedLog log, long from) throws IOException {
    java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
    log.replay(
        from,
        Long.MAX_VALUE,
        (offset, bytes) -> {
          if (offset != from + all.size()) {
            throw new AssertionError("a gap at " + offset);
          }
          all.writeBytes(bytes.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
        });
    return all.toByteArray();
  }
}
