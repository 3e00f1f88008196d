package dev.millrace.aof;

import dev.millrace.backlog.ReplicationHistory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the ledger's records, read in order, say about the log as it stands. Reading a record twice
 * changes nothing. Owned by: the thread that recovers.
 */
final class LedgerState {
  private final TreeMap<Long, TreeMap<Long, LedgerRecord.Checkpoint>> checkpoints = new TreeMap<>();
  private final TreeMap<Long, LedgerRecord.Sealed> sealed = new TreeMap<>();
  private final Map<Long, LedgerRecord.BaseAdopted> bases = new HashMap<>();
  private final Set<Long> retired = new HashSet<>();
  private @Nullable ReplicationHistory history;
  private long durable;
  private long cleanStop = -1;
  private boolean empty = true;

  static LedgerState of(List<LedgerRecord> records) {
    LedgerState state = new LedgerState();
    records.forEach(state::apply);
    return state;
  }

  void apply(LedgerRecord record) {
    empty = false;
    if (!(record instanceof LedgerRecord.StoppedCleanly) && !record.isOfResync()) {
      cleanStop = -1;
    }
    switch (record) {
      case LedgerRecord.Checkpoint c -> {
        checkpoints.computeIfAbsent(c.segment(), s -> new TreeMap<>()).put(c.offset(), c);
        durable = Math.max(durable, c.durable());
      }
      case LedgerRecord.Sealed s -> {
        sealed.put(s.segment(), s);
        durable = Math.max(durable, s.end());
      }
      case LedgerRecord.Retired r -> {
        retired.add(r.segment());
        sealed.remove(r.segment());
        checkpoints.remove(r.segment());
      }
      case LedgerRecord.BaseAdopted b -> bases.put(b.offset(), b);
      case LedgerRecord.BaseRetired b -> bases.remove(b.offset());
      case LedgerRecord.HistoryChanged h -> history = h.history();
      case LedgerRecord.Cut cut -> cutAt(cut.offset());
      case LedgerRecord.Restarted r -> {
        checkpoints.clear();
        sealed.clear();
        bases.clear();
        retired.clear();
        history = null;
        durable = 0;
      }
      case LedgerRecord.StoppedCleanly stop -> {
        cleanStop = stop.offset();
        durable = Math.max(durable, stop.offset());
      }
      case LedgerRecord.Rolled r -> retired.remove(r.segment());
      case LedgerRecord.Started s -> {}
      case LedgerRecord.Resync r -> {}
      case LedgerRecord.ResyncEnded r -> {}
    }
  }

  private void cutAt(long offset) {
    checkpoints.tailMap(offset, false).clear();
    checkpoints.values().forEach(c -> c.tailMap(offset, false).clear());
    sealed.values().removeIf(s -> s.end() > offset || s.segment() == offset);
    bases.keySet().removeIf(b -> b > offset);
    durable = Math.min(durable, offset);
  }

  /** True when it notes bytes past {@code end}, which a power cut has taken away again. */
  boolean notesPast(long end) {
    return checkpoints.values().stream().anyMatch(c -> !c.isEmpty() && c.lastKey() > end)
        || sealed.values().stream().anyMatch(s -> s.end() > end);
  }

  boolean isEmpty() {
    return empty;
  }

  /** Checkpoints of a segment in order of offset. */
  List<LedgerRecord.Checkpoint> checkpoints(long segment) {
    TreeMap<Long, LedgerRecord.Checkpoint> of = checkpoints.get(segment);
    return of == null ? List.of() : new ArrayList<>(of.values());
  }

  LedgerRecord.@Nullable Sealed sealed(long segment) {
    return sealed.get(segment);
  }

  LedgerRecord.@Nullable BaseAdopted base(long offset) {
    return bases.get(offset);
  }

  boolean isRetired(long segment) {
    return retired.contains(segment);
  }

  @Nullable ReplicationHistory history() {
    return history;
  }

  /** Offset up to which bytes are known to have been forced to the disk. */
  long durable() {
    return durable;
  }

  /** Where the server stopped in order; -1 when it did not. */
  long cleanStop() {
    return cleanStop;
  }
}
