package dev.millrace.aof;

import dev.millrace.backlog.ReplicationHistory;
import dev.millrace.backlog.ReplicationId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Brings a log's directory in order at the start of a server, and says what it found.
 *
 * <p>A crash can leave: leftover temporary files; a last segment with a torn tail; a last segment
 * that was sealed and has no successor; an empty segment, or a base, that the manifest does not
 * list; an older base or deleted segments that came back; a replacement of the log half done; a
 * ledger that lacks its last records, or all of them. Each is put right and reported. Anything else
 * is damage and stops the start, with the place and the command that would mend it: nothing is
 * dropped in silence.
 *
 * <p>While the ledger opens in its own thread, the segments are read, once: what has to wait for
 * the ledger is only comparing. Owned by: the thread that starts the server.
 */
final class LogRecovery {
  private final LogOptions options;
  private final SegmentStore store;
  private final Ledger.Source ledgers;
  private final StreamScanner scanner;
  private final LongSupplier clockMillis;
  private final RandomGenerator random;
  private final List<String> report = new ArrayList<>();

  private Ledger ledger;
  private LedgerState state = new LedgerState();
  private boolean ledgerRead;
  private boolean ledgerLost;
  private long cutBytes;

  LogRecovery(
      LogOptions options,
      SegmentStore store,
      Ledger.Source ledgers,
      StreamScanner scanner,
      LongSupplier clockMillis,
      RandomGenerator random)
      throws IOException {
    this.options = options;
    this.store = store;
    this.ledgers = ledgers;
    this.scanner = scanner;
    this.clockMillis = clockMillis;
    this.random = random;
    this.ledger = ledgers.open(false);
  }

  SegmentedLog open() throws IOException {
    boolean opened = false;
    try {
      RecoveredLog found = recover();
      for (String line : report) {
        SegmentedLog.LOGGER.warn("{}: {}", store.directory(), line);
      }
      SegmentedLog log = new SegmentedLog(options, store, ledger, scanner, clockMillis, found);
      log.retire();
      opened = true;
      return log;
    } finally {
      if (!opened) {
        ledger.close();
      }
    }
  }

  private RecoveredLog recover() throws IOException {
    LogFiles files = LogFiles.list(store);
    for (String leftover : files.leftovers()) {
      store.delete(leftover);
      report.add("removed " + leftover + ", left unfinished by a crash");
    }
    if (finishReplacement()) {
      files = LogFiles.list(store);
    }
    Manifest manifest = readManifest();
    if (files.replicasOnly()) {
      if (manifest == null) {
        report.add("removed a log that was kept only for replicas");
        LogStart.deleteAll(store, options.name());
        files = LogFiles.list(store);
      }
      store.delete(LogFiles.REPLICAS_ONLY);
    }
    if (manifest == null && files.segments().isEmpty() && files.bases().isEmpty()) {
      return beginFresh();
    }
    if (manifest == null) {
      report.add(Manifest.fileName(options.name()) + " was lost and is written anew");
    }
    return recoverFrom(files, manifest);
  }

  private boolean finishReplacement() throws IOException {
    for (String name : store.list()) {
      LogStart.Replacement replacement = LogStart.Replacement.parse(name);
      if (replacement != null) {
        report.add("finished replacing the log by " + name);
        readLedger();
        ReplicationHistory history = ReplicationHistory.ofMaster(replacement.id());
        LogStart.finish(options, store, ledger, clockMillis.getAsLong(), replacement, history);
        long now = clockMillis.getAsLong();
        state.apply(new LedgerRecord.Restarted(replacement.offset(), now));
        state.apply(new LedgerRecord.HistoryChanged(replacement.offset(), now, history));
        return true;
      }
    }
    return false;
  }

  private @Nullable Manifest readManifest() throws IOException {
    String name = Manifest.fileName(options.name());
    try {
      return Manifest.read(store, options.name());
    } catch (IllegalArgumentException e) {
      throw new LogDamagedException(
          name,
          -1,
          "the manifest cannot be read (" + e.getMessage() + ")",
          "rm " + store.directory().resolve(name));
    }
  }

  private RecoveredLog beginFresh() throws IOException {
    SegmentName first = new SegmentName(0);
    store.create(first.fileName()).close();
    store.syncDirectory();
    Manifest manifest = Manifest.EMPTY.plus(first);
    manifest.write(store, options.name());
    ReplicationHistory history = ReplicationHistory.startingWith(ReplicationId.random(random));
    long now = clockMillis.getAsLong();
    // What an older ledger says of a log that is gone is void from here on. It is not awaited.
    ledger.append(new LedgerRecord.Restarted(0, now));
    ledger.append(new LedgerRecord.HistoryChanged(0, now, history));
    Segment open = new Segment(first);
    Recovery recovery =
        new Recovery(null, List.of(open.info(0)), 0, 0, history, true, false, 0, report);
    return new RecoveredLog(manifest, true, List.of(open), List.of(), new CRC32C(), recovery);
  }

  private RecoveredLog recoverFrom(LogFiles files, @Nullable Manifest listed) throws IOException {
    BaseName base =
        listed != null ? listed.base() : files.bases().isEmpty() ? null : files.bases().getLast();
    SegmentChain chain = SegmentChain.of(store, options, files, listed, base, report);
    List<SegmentCheck> checks = new ArrayList<>();
    // The long part, done while the ledger opens: every byte a restart needs is read here.
    for (SegmentChain.Link link : chain.needed()) {
      checks.add(SegmentCheck.read(store, link, scanner, link.equals(chain.last())));
    }
    readLedger();
    checkBase(base);
    for (SegmentCheck check : checks.subList(0, checks.size() - 1)) {
      check.requireWhole(state, scanner);
    }
    SegmentCheck last = checks.getLast();
    long end = last.openEnd(state, report);
    boolean clean = !ledgerLost && state.cleanStop() == end && end == last.fileEnd();
    if (end < last.fileEnd() || state.notesPast(end)) {
      cut(last, end);
    }
    return assemble(files, listed, base, chain, checks, end, clean);
  }

  private void readLedger() throws IOException {
    if (ledgerRead) {
      return;
    }
    ledgerRead = true;
    try {
      state = LedgerState.of(ledger.records());
    } catch (IOException e) {
      report.add("the ledger cannot be read and is begun anew: " + e.getMessage());
      ledger.close();
      ledger = ledgers.open(true);
      state = new LedgerState();
    }
    ledgerLost = state.isEmpty();
    if (ledgerLost) {
      report.add("the ledger was lost and is rebuilt from the segments");
    }
  }

  private void checkBase(@Nullable BaseName base) throws IOException {
    if (base == null) {
      return;
    }
    LedgerRecord.BaseAdopted noted = state.base(base.offset());
    try (SegmentFile file = store.openToRead(base.fileName())) {
      if (noted != null && noted.bytes() != file.size()) {
        throw new LogDamagedException(
            base.fileName(),
            base.offset(),
            "a base of " + file.size() + " bytes, it had " + noted.bytes(),
            "restore it from a copy");
      }
    }
  }

  /**
   * Cuts the torn tail.
   *
   * <pre>
   * 1. note the cut in the ledger, forced    crash: the same tail is found and cut again
   * 2. cut the file, force it                crash: nothing is left to cut
   * </pre>
   *
   * The note comes first, for it voids the checkpoints past the cut: were they still believed after
   * other bytes took that place, those bytes would look damaged. So it is needed too where the
   * power cut itself took the bytes and nothing is left to cut.
   */
  private void cut(SegmentCheck last, long end) throws IOException {
    cutBytes = last.fileEnd() - end;
    if (cutBytes > 0) {
      String where = last.name() + ", at replication offset " + end;
      report.add("cut a torn tail of " + cutBytes + " bytes off " + where);
    }
    LedgerRecord.Cut cut =
        new LedgerRecord.Cut(last.name().startOffset(), end, cutBytes, clockMillis.getAsLong());
    ledger.append(cut);
    ledger.sync();
    state.apply(cut);
    try (SegmentFile file = store.open(last.name().fileName())) {
      file.truncate(end - last.name().startOffset());
      file.sync();
    }
  }

  private RecoveredLog assemble(
      LogFiles files,
      @Nullable Manifest listed,
      @Nullable BaseName base,
      SegmentChain chain,
      List<SegmentCheck> checks,
      long end,
      boolean clean)
      throws IOException {
    long now = clockMillis.getAsLong();
    List<Segment> segments = new ArrayList<>();
    for (SegmentChain.Link older : chain.older()) {
      segments.add(sealed(older.name(), older.end(), null, now));
    }
    for (SegmentCheck check : checks.subList(0, checks.size() - 1)) {
      Segment segment = sealed(check.name(), check.fileEnd(), check.wholeCrc(), now);
      segment.markVerified();
      segments.add(segment);
    }
    SegmentCheck last = checks.getLast();
    CRC32C openCrc = new CRC32C();
    LedgerRecord.Sealed seal = state.sealed(last.name().startOffset());
    Segment open = new Segment(last.name());
    if (seal != null && seal.end() == end && end > open.start()) {
      // It was sealed, and the crash came before its successor was made: a roll without us.
      open.seal(end, seal.crc32c(), seal.millis());
      open.markVerified();
      segments.add(open);
      open = new Segment(new SegmentName(end));
      store.create(open.name().fileName()).close();
      store.syncDirectory();
    } else {
      // A killed server leaves bytes that only the page cache has: they count as durable from here.
      store.sync(open.name().fileName());
      last.wholeCrcUpTo(end, openCrc);
      last.noteTail(ledger, state, end, now);
    }
    segments.add(open);
    Manifest manifest = chain.manifest(listed, base, open.name());
    if (!manifest.equals(listed)) {
      manifest.write(store, options.name());
    }
    List<BaseInfo> bases = basesKept(files, base);
    ReplicationHistory history = history(end, clean, now);
    List<SegmentInfo> infos =
        segments.stream()
            .map(s -> s.info(end))
            .filter(s -> s.range().start() >= chain.from())
            .toList();
    BaseInfo newest = bases.isEmpty() ? null : bases.getFirst();
    Recovery recovery =
        new Recovery(newest, infos, chain.from(), end, history, false, clean, cutBytes, report);
    return new RecoveredLog(manifest, true, segments, bases, openCrc, recovery);
  }

  private Segment sealed(SegmentName name, long end, @Nullable Integer knownCrc, long now) {
    LedgerRecord.Sealed seal = state.sealed(name.startOffset());
    Segment segment = new Segment(name);
    if (seal != null && seal.end() == end) {
      segment.seal(end, seal.crc32c(), seal.millis());
    } else {
      // Without a note its age counts from now: kept rather too long than too short.
      segment.seal(end, knownCrc, now);
      if (knownCrc != null) {
        ledger.append(new LedgerRecord.Sealed(name.startOffset(), end, now, knownCrc));
      }
    }
    return segment;
  }

  private List<BaseInfo> basesKept(LogFiles files, @Nullable BaseName base) throws IOException {
    List<BaseInfo> kept = new ArrayList<>();
    for (BaseName name : files.bases().reversed()) {
      boolean newer = base == null || name.offset() > base.offset();
      if (newer || kept.size() >= options.basesKept()) {
        store.delete(name.fileName());
        report.add(
            "removed " + name + (newer ? ", which was not adopted yet" : ", which was replaced"));
        continue;
      }
      try (SegmentFile file = store.openToRead(name.fileName())) {
        kept.add(LogFiles.baseInfo(store, name, file.size()));
      }
    }
    return List.copyOf(kept);
  }

  private ReplicationHistory history(long end, boolean clean, long now) throws IOException {
    ReplicationHistory before = state.history();
    if (clean && before != null) {
      ledger.append(new LedgerRecord.Started(end, now));
      return before;
    }
    // L5: bytes sent before the stop may be lost here, so the stream goes on under another ID, and
    // replicas that have no more than what was recovered may still continue.
    ReplicationId id = ReplicationId.random(random);
    ReplicationHistory forked =
        before == null ? ReplicationHistory.startingWith(id) : before.forkAgain(id, end);
    ledger.append(new LedgerRecord.Started(end, now));
    ledger.append(new LedgerRecord.HistoryChanged(end, now, forked));
    ledger.sync();
    return forked;
  }
}
