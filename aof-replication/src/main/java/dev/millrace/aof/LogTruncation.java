package dev.millrace.aof;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.FileAlreadyExistsException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives up the end of a log, so that a server can start from what is before: {@code millrace aof
 * truncate DIR OFFSET}. Only ever called by a person's decision, and without a server running.
 *
 * <pre>
 * 1. note the cut in the ledger, forced     crash: nothing is lost yet; run it again
 * 2. replace the manifest by a shorter one  crash: unlisted segments follow; run it again
 * 3. delete later segments, the last first  crash: the same
 * 4. cut the segment, force it              from here on the log ends at the cut
 * </pre>
 */
public final class LogTruncation {
  private LogTruncation() {}

  /**
   * Ends the log at {@code offset}, or at the last whole command before it.
   *
   * @return where the log ends now
   * @throws IllegalArgumentException when the log does not reach back to {@code offset} or its base
   *     stands after it
   */
  public static long truncate(
      LogOptions options,
      SegmentStore store,
      Ledger.Source ledgers,
      StreamScanner scanner,
      LongSupplier clockMillis,
      long offset)
      throws IOException {
    if (store.exists(LogFiles.REPLICAS_ONLY)) {
      throw new FileAlreadyExistsException(
          store.directory() + " is a log that only replicas read; it needs no mending");
    }
    LogFiles files = LogFiles.list(store);
    Manifest manifest = Manifest.read(store, options.name());
    BaseName base = manifest == null ? null : manifest.base();
    if (base != null && base.offset() > offset) {
      throw new IllegalArgumentException("the base stands after " + offset + ": " + base);
    }
    SegmentName last = null;
    List<SegmentName> later = new ArrayList<>();
    for (SegmentName name : files.segments()) {
      if (name.startOffset() <= offset) {
        last = name;
      } else {
        later.addFirst(name);
      }
    }
    if (last == null) {
      throw new IllegalArgumentException("the log does not reach back to " + offset);
    }
    long end = wholeCommandsEnd(store, last, scanner, offset);
    note(ledgers, new LedgerRecord.Cut(last.startOffset(), end, 0, clockMillis.getAsLong()));
    shorten(options, store, manifest, end);
    for (SegmentName name : later) {
      store.delete(name.fileName());
    }
    try (SegmentFile file = store.open(last.fileName())) {
      file.truncate(end - last.startOffset());
      file.sync();
    }
    store.syncDirectory();
    return end;
  }

  /** The ledger beside the segments in {@code store}. */
  public static Ledger.Source ledgerOf(SegmentStore store) {
    return ChronicleLedger.in(store);
  }

  private static long wholeCommandsEnd(
      SegmentStore store, SegmentName name, StreamScanner scanner, long offset) throws IOException {
    try (SegmentFile file = store.openToRead(name.fileName());
        Arena arena = Arena.ofShared()) {
      long bytes = Math.min(file.size(), offset - name.startOffset());
      return name.startOffset() + scanner.wholeUnitsEnd(file.map(arena, bytes));
    }
  }

  private static void note(Ledger.Source ledgers, LedgerRecord.Cut cut) throws IOException {
    try (Ledger ledger = ledgers.open(false)) {
      ledger.append(cut);
      ledger.sync();
    } catch (IOException e) {
      // A ledger that cannot be read cannot contradict the cut: the next start begins a new one.
      SegmentedLog.LOGGER.warn("the cut is not noted: {}", e.toString());
    }
  }

  private static void shorten(
      LogOptions options, SegmentStore store, @Nullable Manifest manifest, long end)
      throws IOException {
    if (manifest == null) {
      return;
    }
    List<Manifest.Entry> kept =
        manifest.segments().stream().filter(e -> e.segment().startOffset() <= end).toList();
    new Manifest(manifest.base(), manifest.baseSequence(), kept).write(store, options.name());
  }
}
