package dev.millrace.aof;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Shortens a ledger to what still matters. Pure. */
final class LedgerDigest {
  /** How many resync decisions are kept. */
  static final int DECISIONS_MAX = 1000;

  private LedgerDigest() {}

  /**
   * The records that say the same about the log as {@code records} do, in the same order: without
   * what a restart of the log or a cut has voided, without segments and bases that are gone, and
   * with the newest of what only the newest counts.
   */
  static List<LedgerRecord> of(List<LedgerRecord> records) {
    List<LedgerRecord> kept = new ArrayList<>();
    for (LedgerRecord record : records) {
      switch (record) {
        case LedgerRecord.Restarted r -> kept.removeIf(k -> !k.isOfResync());
        case LedgerRecord.Cut cut -> kept.removeIf(k -> isPast(k, cut.offset()));
        case LedgerRecord.HistoryChanged h ->
            kept.removeIf(LedgerRecord.HistoryChanged.class::isInstance);
        case LedgerRecord.Started s -> kept.removeIf(LedgerDigest::isStartOrStop);
        case LedgerRecord.StoppedCleanly s -> kept.removeIf(LedgerDigest::isStartOrStop);
        default -> {}
      }
      kept.add(record);
    }
    return withoutGone(kept);
  }

  private static boolean isStartOrStop(LedgerRecord record) {
    return record instanceof LedgerRecord.Started || record instanceof LedgerRecord.StoppedCleanly;
  }

  private static boolean isPast(LedgerRecord record, long offset) {
    return switch (record) {
      case LedgerRecord.Checkpoint c -> c.offset() > offset;
      case LedgerRecord.Sealed s -> s.end() > offset;
      case LedgerRecord.Rolled r -> r.segment() > offset;
      case LedgerRecord.BaseAdopted b -> b.offset() > offset;
      default -> false;
    };
  }

  /** Remembers that everything before concerns what is gone; the note itself is not kept either. */
  private static boolean isForgotten(Set<Long> gone, long which) {
    gone.add(which);
    return false;
  }

  private static List<LedgerRecord> withoutGone(List<LedgerRecord> records) {
    Set<Long> segments = new HashSet<>();
    Set<Long> bases = new HashSet<>();
    int decisions = 0;
    int decisionsEnded = 0;
    List<LedgerRecord> kept = new ArrayList<>();
    for (LedgerRecord record : records.reversed()) {
      boolean keep =
          switch (record) {
            case LedgerRecord.Retired r -> isForgotten(segments, r.segment());
            case LedgerRecord.BaseRetired b -> isForgotten(bases, b.offset());
            case LedgerRecord.Rolled r -> !segments.contains(r.segment());
            case LedgerRecord.Checkpoint c -> !segments.contains(c.segment());
            case LedgerRecord.Sealed s -> !segments.contains(s.segment());
            case LedgerRecord.BaseAdopted b -> !bases.contains(b.offset());
            case LedgerRecord.Resync r -> decisions++ < DECISIONS_MAX;
            case LedgerRecord.ResyncEnded r -> decisionsEnded++ < DECISIONS_MAX;
            default -> true;
          };
      if (keep) {
        kept.add(record);
      }
    }
    return kept.reversed();
  }
}
