package dev.millrace.aof;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * One segment read at the start, and compared with what the ledger says of it. Owned by: the thread
 * that recovers.
 */
final class SegmentCheck {
  private final SegmentStore store;
  private final SegmentChain.Link link;
  private final int wholeCrc;
  // How far the open segment is made of whole commands; not looked at for others.
  private final long wholeUnitsEnd;

  private SegmentCheck(
      SegmentStore store, SegmentChain.Link link, int wholeCrc, long wholeUnitsEnd) {
    this.store = store;
    this.link = link;
    this.wholeCrc = wholeCrc;
    this.wholeUnitsEnd = wholeUnitsEnd;
  }

  /** Reads every byte of the file once. */
  static SegmentCheck read(
      SegmentStore store, SegmentChain.Link link, StreamScanner scanner, boolean open)
      throws IOException {
    long start = link.name().startOffset();
    if (!open) {
      try (SegmentFile file = store.openToRead(link.name().fileName())) {
        int crc = Checksums.crc32c(file, link.end() - start);
        return new SegmentCheck(store, link, crc, link.end());
      }
    }
    // The whole content of the open one is checksummed later, up to where it turns out to end.
    long units = withContent(store, link, scanner::wholeUnitsEnd);
    return new SegmentCheck(store, link, 0, start + units);
  }

  private interface Reading<T> {
    T of(MemorySegment content) throws IOException;
  }

  private static <T> T withContent(SegmentStore store, SegmentChain.Link link, Reading<T> reading)
      throws IOException {
    try (SegmentFile file = store.openToRead(link.name().fileName());
        Arena arena = Arena.ofShared()) {
      return reading.of(file.map(arena, link.end() - link.name().startOffset()));
    }
  }

  SegmentName name() {
    return link.name();
  }

  /** Where the file ends. */
  long fileEnd() {
    return link.end();
  }

  int wholeCrc() {
    return wholeCrc;
  }

  /** Throws unless a segment that is not the last holds what was written. */
  void requireWhole(LedgerState state, StreamScanner scanner) throws IOException {
    LedgerRecord.Sealed seal = state.sealed(name().startOffset());
    if (seal != null && seal.end() == link.end() && seal.crc32c() == wholeCrc) {
      return;
    }
    List<LedgerRecord.Checkpoint> checkpoints = state.checkpoints(name().startOffset());
    LedgerRecord.Checkpoint wrong = firstWrong(checkpoints).orElse(null);
    if (wrong != null) {
      throw damaged(wrong.from(), "bytes up to " + wrong.offset() + " are not those written");
    }
    if (seal != null) {
      long from = checkpoints.isEmpty() ? name().startOffset() : checkpoints.getLast().offset();
      throw damaged(from, "its bytes are not those that were sealed");
    }
    // No checksum covers all of it: it must at least be made of whole commands.
    long units = withContent(store, link, scanner::wholeUnitsEnd);
    if (units < link.end() - name().startOffset()) {
      throw damaged(name().startOffset() + units, "no whole command");
    }
  }

  private Optional<LedgerRecord.Checkpoint> firstWrong(List<LedgerRecord.Checkpoint> checkpoints)
      throws IOException {
    return withContent(
        store,
        link,
        content -> {
          for (LedgerRecord.Checkpoint c : checkpoints) {
            long from = c.from() - name().startOffset();
            long to = c.offset() - name().startOffset();
            boolean inside = from >= 0 && from <= to && to <= content.byteSize();
            if (!inside || Checksums.crc32c(content, from, to) != c.crc32c()) {
              return Optional.of(c);
            }
          }
          return Optional.<LedgerRecord.Checkpoint>empty();
        });
  }

  /**
   * Where the open segment ends once its torn tail is cut: at the last whole command, and before
   * the first bytes whose checksum fails. What the ledger knows to be durable cannot be torn: there
   * it is damage.
   */
  long openEnd(LedgerState state, List<String> report) throws IOException {
    long start = name().startOffset();
    long end = wholeUnitsEnd;
    LedgerRecord.Checkpoint wrong = firstWrong(state.checkpoints(start)).orElse(null);
    if (wrong != null) {
      long trusted = Math.max(wrong.from(), Math.min(state.durable(), wrong.offset()));
      if (wrong.offset() <= link.end() && wrong.offset() <= state.durable()) {
        throw damaged(wrong.from(), "bytes up to " + wrong.offset() + " are not those written");
      }
      if (wrong.offset() <= link.end()) {
        report.add("bytes from " + trusted + " to " + wrong.offset() + " were torn by a crash");
        end = Math.min(end, trusted);
      }
    }
    if (end < Math.min(state.durable(), link.end())) {
      throw damaged(end, "no whole command where the bytes were durable");
    }
    if (end < state.durable()) {
      throw damaged(end, "the log ends although it was durable up to " + state.durable() + " once");
    }
    return end;
  }

  /** Continues a checksum over the bytes before {@code end}. */
  void wholeCrcUpTo(long end, CRC32C into) throws IOException {
    withContent(
        store,
        new SegmentChain.Link(name(), end),
        content -> {
          Checksums.update(into, content, 0, content.byteSize());
          return content;
        });
  }

  /** Covers what lies between the last checkpoint and {@code end} by a checkpoint of its own. */
  void noteTail(Ledger ledger, LedgerState state, long end, long now) throws IOException {
    List<LedgerRecord.Checkpoint> checkpoints = state.checkpoints(name().startOffset());
    long from = checkpoints.isEmpty() ? name().startOffset() : checkpoints.getLast().offset();
    if (from >= end) {
      return;
    }
    int crc =
        withContent(
            store,
            new SegmentChain.Link(name(), end),
            content ->
                Checksums.crc32c(content, from - name().startOffset(), end - name().startOffset()));
    ledger.append(new LedgerRecord.Checkpoint(name().startOffset(), from, end, end, now, -1, crc));
  }

  private LogDamagedException damaged(long offset, String problem) {
    return new LogDamagedException(
        name().fileName(),
        offset,
        problem,
        "millrace aof truncate " + store.directory() + " " + offset);
  }
}
