package dev.millrace.aof;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A resync decision of the ledger, and what became of it.
 *
 * @param millis when it was decided, in milliseconds since the epoch
 * @param end null when the ledger does not tell
 */
public record ResyncEntry(long millis, ResyncDecision decision, @Nullable ResyncEnd end) {
  /** The entries among the records of a ledger, oldest first. */
  public static List<ResyncEntry> of(List<LedgerRecord> records) {
    List<ResyncEntry> entries = new ArrayList<>();
    for (LedgerRecord record : records) {
      if (record instanceof LedgerRecord.Resync decided) {
        entries.add(new ResyncEntry(decided.millis(), decided.decision(), null));
      } else if (record instanceof LedgerRecord.ResyncEnded ended) {
        end(entries, ended.end());
      }
    }
    return entries;
  }

  private static void end(List<ResyncEntry> entries, ResyncEnd end) {
    for (int i = entries.size() - 1; i >= 0; i--) {
      ResyncEntry entry = entries.get(i);
      if (entry.end == null && entry.decision.replica().equals(end.replica())) {
        entries.set(i, new ResyncEntry(entry.millis, entry.decision, end));
        return;
      }
    }
  }
}
