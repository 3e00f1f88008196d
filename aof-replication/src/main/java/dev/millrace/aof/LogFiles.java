package dev.millrace.aof;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The files of a log's directory, by kind, each kind in order of offset; and the names of those
 * that are neither segment, base nor manifest.
 */
record LogFiles(
    List<SegmentName> segments,
    List<BaseName> bases,
    List<String> leftovers,
    boolean replicasOnly) {
  /** What every unfinished file is called. */
  static final String TEMPORARY_PREFIX = "temp-";

  /** Marks a log that no restart recovers from. */
  static final String REPLICAS_ONLY = "replicas-only";

  static LogFiles list(SegmentStore store) throws IOException {
    List<SegmentName> segments = new ArrayList<>();
    List<BaseName> bases = new ArrayList<>();
    List<String> leftovers = new ArrayList<>();
    boolean replicasOnly = false;
    for (String name : store.list()) {
      SegmentName.parse(name).ifPresent(segments::add);
      BaseName.parse(name).ifPresent(bases::add);
      if (name.startsWith(TEMPORARY_PREFIX) || Manifest.isTemporary(name)) {
        leftovers.add(name);
      }
      replicasOnly |= name.equals(REPLICAS_ONLY);
    }
    segments.sort(null);
    bases.sort(null);
    leftovers.sort(null);
    return new LogFiles(segments, bases, leftovers, replicasOnly);
  }

  static BaseInfo baseInfo(SegmentStore store, BaseName name, long bytes) {
    return new BaseInfo(name.offset(), store.directory().resolve(name.fileName()), bytes);
  }

  /** The manifest with another base, listing every segment from it on. */
  static Manifest manifestOf(Manifest old, BaseName base, Segment[] segments) {
    Manifest with = old.withBase(base);
    for (Segment segment : segments) {
      boolean known = with.segments().stream().anyMatch(e -> e.segment().equals(segment.name()));
      if (segment.start() >= base.offset() && !known) {
        with = with.plus(segment.name());
      }
    }
    return with;
  }
}
