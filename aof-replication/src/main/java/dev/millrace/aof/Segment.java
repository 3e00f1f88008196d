package dev.millrace.aof;

import dev.millrace.backlog.OffsetRange;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One segment of a log: open while it is the last, then sealed for good.
 *
 * <p>L8: {@link #requireVerified} reads the whole file the first time and remembers the outcome.
 * Owned by: the journal thread until sealed; its verification by any thread but the executor.
 */
final class Segment {
  private enum Shown {
    NOT_YET,
    GOOD,
    ROTTEN
  }

  private final SegmentName name;

  // Written by the journal thread at the seal, end last; readers look at end first.
  private @Nullable Integer crc32c;
  private long sealedMillis;
  private volatile long sealedEnd = -1;

  private volatile Shown shown = Shown.NOT_YET;
  private @Nullable String problem;

  Segment(SegmentName name) {
    this.name = name;
  }

  SegmentName name() {
    return name;
  }

  long start() {
    return name.startOffset();
  }

  boolean isSealed() {
    return sealedEnd >= 0;
  }

  /** End of a sealed segment, or {@code written} for the open one. */
  long end(long written) {
    long end = sealedEnd;
    return end >= 0 ? end : Math.max(written, start());
  }

  long sealedMillis() {
    return sealedMillis;
  }

  void seal(long end, @Nullable Integer checksum, long millis) {
    Check.that(!isSealed(), "a segment is sealed once");
    Check.that(end >= start(), "a segment cannot end before it starts", end, start());
    crc32c = checksum;
    sealedMillis = millis;
    sealedEnd = end;
  }

  /** Its whole content was checked, as by recovery. */
  void markVerified() {
    shown = Shown.GOOD;
  }

  boolean isRotten() {
    return shown == Shown.ROTTEN;
  }

  SegmentInfo info(long written) {
    boolean sealed = isSealed();
    return new SegmentInfo(
        name,
        new OffsetRange(start(), end(written)),
        sealed,
        sealed ? crc32c : null,
        sealed ? sealedMillis : 0,
        isRotten());
  }

  /**
   * Returns once a sealed segment's bytes were shown to be those that were written.
   *
   * @param pace told how many bytes were read, piece by piece, and may wait
   * @throws LogDamagedException when they are not; then also at every later call, at once
   */
  synchronized void requireVerified(
      SegmentStore store, StreamScanner scanner, Ledger ledger, LongConsumer pace)
      throws IOException {
    Check.that(isSealed(), "only a sealed segment is verified");
    if (shown == Shown.GOOD) {
      return;
    }
    if (shown == Shown.NOT_YET) {
      problem = problem(store, scanner, ledger, pace);
      shown = problem == null ? Shown.GOOD : Shown.ROTTEN;
      if (problem == null) {
        return;
      }
    }
    throw damaged(store, start(), "the content is not what was written (" + problem + ")");
  }

  private @Nullable String problem(
      SegmentStore store, StreamScanner scanner, Ledger ledger, LongConsumer pace)
      throws IOException {
    try (SegmentFile file = store.openToRead(name.fileName())) {
      long bytes = sealedEnd - start();
      if (file.size() != bytes) {
        return "length";
      }
      int found = Checksums.crc32c(file, bytes, pace);
      if (crc32c != null) {
        return crc32c == found ? null : "checksum";
      }
      // The ledger lost its checksum: at least it must be whole commands from end to end.
      try (Arena arena = Arena.ofShared()) {
        if (scanner.wholeUnitsEnd(file.map(arena, bytes)) != bytes) {
          return "commands";
        }
      }
      crc32c = found;
      ledger.append(new LedgerRecord.Sealed(start(), sealedEnd, sealedMillis, found));
      return null;
    }
  }

  LogDamagedException damaged(SegmentStore store, long offset, String problem) {
    return new LogDamagedException(
        name.fileName(),
        offset,
        problem,
        "millrace aof truncate " + store.directory() + " " + offset);
  }
}
