package dev.millrace.aof;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a log's directory without changing a byte of it, with or without a server running
 * beside: what {@code millrace aof inspect}, {@code verify} and {@code dump} show. Owned by: one
 * thread.
 */
public final class LogInspector {
  private final SegmentStore store;
  private final LogOptions options;
  private final StreamScanner scanner;
  private final List<LedgerRecord> records;

  /**
   * Reads manifest, file names and ledger.
   *
   * @param records the ledger's, see {@link #ledgerOf}; empty when it is lost
   */
  public LogInspector(
      SegmentStore store, LogOptions options, StreamScanner scanner, List<LedgerRecord> records) {
    this.store = store;
    this.options = options;
    this.scanner = scanner;
    this.records = List.copyOf(records);
  }

  /** The ledger of a log's directory; reads only. */
  public static List<LedgerRecord> ledgerOf(SegmentStore store) throws IOException {
    return ChronicleLedger.read(store.directory());
  }

  /** The ledger's records, oldest first. */
  public List<LedgerRecord> records() {
    return records;
  }

  /** The manifest; null when there is none. */
  public @Nullable Manifest manifest() throws IOException {
    return Manifest.read(store, options.name());
  }

  /** The bases, oldest first, whether listed or not. */
  public List<BaseInfo> bases() throws IOException {
    List<BaseInfo> bases = new ArrayList<>();
    for (BaseName name : LogFiles.list(store).bases()) {
      try (SegmentFile file = store.openToRead(name.fileName())) {
        bases.add(LogFiles.baseInfo(store, name, file.size()));
      }
    }
    return bases;
  }

  /**
   * What a person wants to know of one segment.
   *
   * @param segment the file and its range; the last one is not sealed
   * @param firstMillis when its first checkpoint was noted, 0 when none was
   * @param lastMillis when its last one was
   * @param checkpoints how many
   */
  public record SegmentReport(
      SegmentInfo segment, long firstMillis, long lastMillis, int checkpoints) {}

  /** All segments in order of offset. */
  public List<SegmentReport> segments() throws IOException {
    LedgerState state = LedgerState.of(records);
    List<SegmentName> names = LogFiles.list(store).segments();
    List<SegmentReport> reports = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      SegmentName name = names.get(i);
      long end = name.startOffset() + sizeOf(name);
      LedgerRecord.Sealed seal = state.sealed(name.startOffset());
      Segment segment = new Segment(name);
      if (i + 1 < names.size()) {
        if (seal != null && seal.end() == end) {
          segment.seal(end, seal.crc32c(), seal.millis());
        } else {
          segment.seal(end, null, 0);
        }
      }
      List<LedgerRecord.Checkpoint> checkpoints = state.checkpoints(name.startOffset());
      long first = checkpoints.isEmpty() ? 0 : checkpoints.getFirst().millis();
      long last = checkpoints.isEmpty() ? 0 : checkpoints.getLast().millis();
      reports.add(new SegmentReport(segment.info(end), first, last, checkpoints.size()));
    }
    return reports;
  }

  private long sizeOf(SegmentName name) throws IOException {
    try (SegmentFile file = store.openToRead(name.fileName())) {
      return file.size();
    }
  }

  /**
   * Something wrong with a log.
   *
   * @param file where
   * @param offset replication offset of the first byte in doubt, -1 when it is not one place
   * @param problem what
   * @param torn true when a crash can have caused it, so that a start mends it unaided
   */
  public record Finding(String file, long offset, String problem, boolean torn) {
    @Override
    public String toString() {
      return file + (offset < 0 ? "" : " at replication offset " + offset) + ": " + problem;
    }
  }

  /**
   * Checks everything: the manifest, that no segment is missing and none overlaps (L2), every
   * checksum, and that segments are made of whole commands. In order of offset.
   */
  public List<Finding> verify() throws IOException {
    List<Finding> findings = new ArrayList<>();
    LogFiles files = LogFiles.list(store);
    verifyManifest(files, findings);
    LedgerState state = LedgerState.of(records);
    SegmentName before = null;
    long beforeEnd = 0;
    for (int i = 0; i < files.segments().size(); i++) {
      SegmentName name = files.segments().get(i);
      if (before != null && beforeEnd != name.startOffset()) {
        String gap = "ends at " + beforeEnd + " but the next begins at " + name.startOffset();
        long at = Math.min(beforeEnd, name.startOffset());
        findings.add(new Finding(before.fileName(), at, gap, false));
      }
      beforeEnd = name.startOffset() + sizeOf(name);
      before = name;
      verifySegment(name, beforeEnd, i + 1 == files.segments().size(), state, findings);
    }
    return findings;
  }

  private void verifyManifest(LogFiles files, List<Finding> findings) throws IOException {
    String name = Manifest.fileName(options.name());
    Manifest manifest;
    try {
      manifest = manifest();
    } catch (IllegalArgumentException e) {
      findings.add(new Finding(name, -1, String.valueOf(e.getMessage()), false));
      return;
    }
    if (manifest == null) {
      findings.add(new Finding(name, -1, "is missing", true));
      return;
    }
    BaseName base = manifest.base();
    if (base != null && !files.bases().contains(base)) {
      findings.add(new Finding(base.fileName(), base.offset(), "is missing", false));
    }
    for (Manifest.Entry entry : manifest.segments()) {
      if (!files.segments().contains(entry.segment())) {
        long start = entry.segment().startOffset();
        findings.add(new Finding(entry.segment().fileName(), start, "is missing", false));
      }
    }
  }

  private void verifySegment(
      SegmentName name, long end, boolean last, LedgerState state, List<Finding> findings)
      throws IOException {
    SegmentChain.Link link = new SegmentChain.Link(name, end);
    try {
      SegmentCheck check = SegmentCheck.read(store, link, scanner, last);
      if (!last) {
        check.requireWhole(state, scanner);
        return;
      }
      long openEnd = check.openEnd(state, new ArrayList<>());
      if (openEnd < end) {
        String torn = "a torn tail of " + (end - openEnd) + " bytes";
        findings.add(new Finding(name.fileName(), openEnd, torn, true));
      }
    } catch (LogDamagedException e) {
      findings.add(new Finding(e.file(), e.offset(), e.problem(), false));
    }
  }

  /** Offset of the first damaged byte (as exactly as the checksums tell), torn tails aside. */
  public OptionalLong firstDamage() throws IOException {
    return verify().stream()
        .filter(f -> !f.torn() && f.offset() >= 0)
        .mapToLong(Finding::offset)
        .min();
  }

  /** Gives the raw bytes of each segment in turn, mapped and valid during the call. */
  public void dump(SegmentedLog.ReplayTarget target) throws IOException {
    for (SegmentName name : LogFiles.list(store).segments()) {
      try (SegmentFile file = store.openToRead(name.fileName());
          Arena arena = Arena.ofShared()) {
        MemorySegment bytes = file.map(arena, file.size());
        target.replay(name.startOffset(), bytes);
      }
    }
  }
}
