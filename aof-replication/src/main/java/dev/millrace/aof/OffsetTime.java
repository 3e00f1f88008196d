package dev.millrace.aof;

import java.util.ArrayList;
import java.util.List;

/**
 * That the stream up to an offset, the end of a unit, had been written at a time.
 *
 * @param millis wall-clock milliseconds
 */
public record OffsetTime(long offset, long millis) {
  /** What the ledger knows of it, by offset. */
  static List<OffsetTime> of(List<LedgerRecord> records) {
    List<OffsetTime> known = new ArrayList<>();
    for (LedgerRecord record : records) {
      switch (record) {
        case LedgerRecord.Checkpoint point ->
            add(known, new OffsetTime(point.offset(), point.millis()));
        case LedgerRecord.StoppedCleanly stop ->
            add(known, new OffsetTime(stop.offset(), stop.millis()));
        case LedgerRecord.Cut cut -> known.removeIf(one -> one.offset() > cut.offset());
        case LedgerRecord.Restarted _ -> known.clear();
        default -> {
          // Tells nothing of it.
        }
      }
    }
    return known;
  }

  private static void add(List<OffsetTime> known, OffsetTime next) {
    // One read twice adds nothing.
    if (known.isEmpty() || known.getLast().offset() < next.offset()) {
      known.add(next);
    }
  }
}
