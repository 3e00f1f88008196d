package dev.millrace.aof;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The segments of a directory put in line: each ends where the next begins (L2).
 *
 * @param older segments before {@code from}, kept for replicas, without a gap up to it
 * @param needed segments a restart needs, at least one, the last open
 * @param from offset from which the stream is applied: the base's, or the log's first
 */
record SegmentChain(List<Link> older, List<Link> needed, long from) {
  /**
   * A segment with the end its file's length gives it.
   *
   * @param end replication offset just past its last byte
   */
  record Link(SegmentName name, long end) {}

  Link last() {
    return needed.getLast();
  }

  static SegmentChain of(
      SegmentStore store,
      LogOptions options,
      LogFiles files,
      @Nullable Manifest listed,
      @Nullable BaseName base,
      List<String> report)
      throws IOException {
    requireListed(store, options, files, listed);
    if (base == null && !files.segments().isEmpty()) {
      long first = files.segments().getFirst().startOffset();
      if (first != 0) {
        throw new LogDamagedException(
            files.segments().getFirst().fileName(),
            first,
            "the log begins in the middle of the stream and has no base",
            "restore its base from a copy");
      }
    }
    long from = base == null ? 0 : base.offset();
    List<Link> all = new ArrayList<>();
    for (SegmentName name : files.segments()) {
      try (SegmentFile file = store.openToRead(name.fileName())) {
        all.add(new Link(name, name.startOffset() + file.size()));
      }
    }
    List<Link> needed =
        new ArrayList<>(all.stream().filter(l -> l.name().startOffset() >= from).toList());
    if (needed.isEmpty() || needed.getFirst().name().startOffset() != from) {
      needed.addFirst(firstAfterBase(store, from, needed));
    }
    for (int i = 0; i + 1 < needed.size(); i++) {
      requireContiguous(store, needed.get(i), needed.get(i + 1));
    }
    return new SegmentChain(older(all, from, report), needed, from);
  }

  private static void requireListed(
      SegmentStore store, LogOptions options, LogFiles files, @Nullable Manifest listed)
      throws LogDamagedException {
    if (listed == null) {
      return;
    }
    BaseName base = listed.base();
    if (base != null && !files.bases().contains(base)) {
      throw new LogDamagedException(
          base.fileName(), base.offset(), "the base is missing", "restore it from a copy");
    }
    for (Manifest.Entry entry : listed.segments()) {
      if (!files.segments().contains(entry.segment())) {
        throw new LogDamagedException(
            entry.segment().fileName(),
            entry.segment().startOffset(),
            "a segment that " + Manifest.fileName(options.name()) + " lists is missing",
            "millrace aof truncate " + store.directory() + " " + entry.segment().startOffset());
      }
    }
  }

  /** A base alone is a log that lost its manifest before its first segment was made. */
  private static Link firstAfterBase(SegmentStore store, long from, List<Link> needed)
      throws IOException {
    SegmentName name = new SegmentName(from);
    if (!needed.isEmpty()) {
      throw new LogDamagedException(
          name.fileName(),
          from,
          "the segment at the base is missing",
          "millrace aof truncate " + store.directory() + " " + from);
    }
    store.create(name.fileName()).close();
    store.syncDirectory();
    return new Link(name, from);
  }

  private static void requireContiguous(SegmentStore store, Link link, Link next)
      throws LogDamagedException {
    long nextStart = next.name().startOffset();
    if (link.end() == nextStart) {
      return;
    }
    long offset = Math.min(link.end(), nextStart);
    throw new LogDamagedException(
        link.name().fileName(),
        offset,
        "the segment ends at " + link.end() + " but the next one begins at " + nextStart,
        "millrace aof truncate " + store.directory() + " " + offset);
  }

  /** Walks back from the first one needed; what lies behind a gap can serve nobody (L2). */
  private static List<Link> older(List<Link> all, long from, List<String> report) {
    List<Link> older = new ArrayList<>();
    long next = from;
    for (Link link : all.reversed()) {
      if (link.name().startOffset() >= from) {
        continue;
      }
      if (link.end() == next && next >= 0) {
        older.addFirst(link);
        next = link.name().startOffset();
      } else {
        next = -1;
        report.add(link.name() + " does not reach the log and is not used");
      }
    }
    return older;
  }

  /** The manifest that lists exactly what is needed, with old sequence numbers where there are. */
  Manifest manifest(@Nullable Manifest listed, @Nullable BaseName base, SegmentName open) {
    Manifest with = listed;
    if (with == null) {
      with = new Manifest(base, base == null ? 0 : 1, List.of());
    }
    List<SegmentName> names = new ArrayList<>(needed.stream().map(Link::name).toList());
    if (!names.contains(open)) {
      names.add(open);
    }
    for (SegmentName name : names) {
      if (with.segments().stream().noneMatch(e -> e.segment().equals(name))) {
        with = with.plus(name);
      }
    }
    return with;
  }
}
