package dev.millrace.aof;

import dev.millrace.backlog.OffsetRange;
import dev.millrace.backlog.ReplicationHistory;
import dev.millrace.backlog.ReplicationId;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Begins a log where there is none, or in the place of another.
 *
 * <p>Replacing (a replica takes over its master's dataset) must leave, whenever it is interrupted,
 * the old log or the new one:
 *
 * <pre>
 * 1. force the received dataset             crash: a leftover temporary file, removed at start
 * 2. rename it to restart-‹offset›-‹id›.rdb,
 *    force the directory                    from here on the start finishes what follows
 * 3. delete manifest, segments and bases    crash: the same
 * 4. create the first segment, force the
 *    directory                              crash: the same
 * 5. note it in the ledger, forced          crash: the same
 * 6. rename the dataset to base-‹offset›.rdb,
 *    force the directory                    crash: a base and its segment without a manifest, which
 *                                           the start writes
 * 7. write the manifest
 * </pre>
 */
final class LogStart {
  private static final String RESTART_PREFIX = "restart-";
  private static final String RESTART_SUFFIX = ".rdb";

  private LogStart() {}

  /** A dataset that is to replace the log. */
  record Replacement(String file, long offset, ReplicationId id) {
    static Replacement of(long offset, ReplicationId id) {
      return new Replacement(RESTART_PREFIX + offset + '-' + id + RESTART_SUFFIX, offset, id);
    }

    static @Nullable Replacement parse(String name) {
      if (!name.startsWith(RESTART_PREFIX) || !name.endsWith(RESTART_SUFFIX)) {
        return null;
      }
      int dash = name.indexOf('-', RESTART_PREFIX.length());
      int end = name.length() - RESTART_SUFFIX.length();
      if (dash < 0 || dash >= end) {
        return null;
      }
      long offset = SegmentName.parseOffset(name, RESTART_PREFIX.length(), dash);
      ReplicationId id = ReplicationId.tryParse(name.substring(dash + 1, end));
      return offset < 0 || id == null ? null : new Replacement(name, offset, id);
    }
  }

  static SegmentedLog forReplicas(
      LogOptions options,
      SegmentStore store,
      Ledger.Source ledgers,
      StreamScanner scanner,
      LongSupplier clockMillis,
      long offset,
      ReplicationHistory history)
      throws IOException {
    if (store.exists(Manifest.fileName(options.name()))) {
      throw new FileAlreadyExistsException(
          store.directory() + " holds a log that a restart recovers from");
    }
    if (!store.exists(LogFiles.REPLICAS_ONLY)) {
      store.create(LogFiles.REPLICAS_ONLY).close();
      // Before anything else: a start must never take what follows for a log it recovers from.
      store.syncDirectory();
    }
    deleteAll(store, options.name());
    SegmentName first = new SegmentName(offset);
    store.create(first.fileName()).close();
    store.syncDirectory();
    Ledger ledger = ledgers.open(true);
    note(ledger, offset, clockMillis.getAsLong(), history);
    Recovery recovery =
        new Recovery(null, List.of(), offset, offset, history, true, false, 0, List.of());
    RecoveredLog begun =
        new RecoveredLog(
            Manifest.EMPTY, false, List.of(new Segment(first)), List.of(), new CRC32C(), recovery);
    return new SegmentedLog(options, store, ledger, scanner, clockMillis, begun);
  }

  static RecoveredLog replaceAll(
      LogOptions options,
      SegmentStore store,
      Ledger ledger,
      LongSupplier clockMillis,
      BaseDraft draft,
      ReplicationHistory history)
      throws IOException {
    Replacement replacement = Replacement.of(draft.offset(), history.id());
    store.rename(draft.temporaryName(), replacement.file());
    store.syncDirectory();
    BaseInfo base = finish(options, store, ledger, clockMillis.getAsLong(), replacement, history);
    SegmentName first = new SegmentName(draft.offset());
    Segment open = new Segment(first);
    Recovery recovery =
        new Recovery(
            base,
            List.of(
                new SegmentInfo(
                    first, new OffsetRange(base.offset(), base.offset()), false, null, 0, false)),
            base.offset(),
            base.offset(),
            history,
            true,
            false,
            0,
            List.of());
    Manifest manifest = new Manifest(new BaseName(base.offset()), 1, List.of()).plus(first);
    return new RecoveredLog(manifest, true, List.of(open), List.of(base), new CRC32C(), recovery);
  }

  /** Steps 3 to 7; may be repeated from the third on, however often it was interrupted. */
  static BaseInfo finish(
      LogOptions options,
      SegmentStore store,
      Ledger ledger,
      long nowMillis,
      Replacement replacement,
      ReplicationHistory history)
      throws IOException {
    deleteAll(store, options.name());
    SegmentName first = new SegmentName(replacement.offset());
    store.create(first.fileName()).close();
    store.delete(LogFiles.REPLICAS_ONLY);
    store.syncDirectory();
    note(ledger, replacement.offset(), nowMillis, history);
    ledger.sync();
    BaseName base = new BaseName(replacement.offset());
    store.rename(replacement.file(), base.fileName());
    store.syncDirectory();
    new Manifest(base, 1, List.of()).plus(first).write(store, options.name());
    try (SegmentFile file = store.openToRead(base.fileName())) {
      return LogFiles.baseInfo(store, base, file.size());
    }
  }

  private static void note(Ledger ledger, long offset, long nowMillis, ReplicationHistory history) {
    ledger.append(new LedgerRecord.Restarted(offset, nowMillis));
    ledger.append(new LedgerRecord.HistoryChanged(offset, nowMillis, history));
  }

  /** Deletes manifest, segments, bases and leftovers; the ledger stays. */
  static void deleteAll(SegmentStore store, String logName) throws IOException {
    LogFiles files = LogFiles.list(store);
    // The manifest first: a stock server must not open what is half gone.
    store.delete(Manifest.fileName(logName));
    for (SegmentName segment : files.segments()) {
      store.delete(segment.fileName());
    }
    for (BaseName base : files.bases()) {
      store.delete(base.fileName());
    }
    for (String leftover : files.leftovers()) {
      store.delete(leftover);
    }
  }
}
