package dev.millrace.engine.value;

import dev.millrace.engine.struct.Listpack;

/**
 * Takes the oldest entries of a stream out: whole nodes as far as that goes, then, unless an
 * approximation is enough, entries of the next node one by one. Cuts exactly where Redis does.
 *
 * <p>Owned by: executor thread.
 */
final class StreamTrim {
  private final StreamNodes nodes;
  private final StreamId entry = new StreamId();

  private long stream;
  private boolean byLength;
  private long length;
  private long millis;
  private long sequence;

  StreamTrim(StreamNodes nodes) {
    this.nodes = nodes;
  }

  /** Leaves at most so many entries, or some more with {@code approximately}. */
  long toLength(long ofStream, long entries, boolean approximately, long limit) {
    stream = ofStream;
    byLength = true;
    length = entries;
    return run(approximately, limit);
  }

  /** Leaves no entry before this ID, or some with {@code approximately}. */
  long toId(long ofStream, long fromMillis, long fromSequence, boolean approximately, long limit) {
    stream = ofStream;
    byLength = false;
    millis = fromMillis;
    sequence = fromSequence;
    return run(approximately, limit);
  }

  private long run(boolean approximately, long limit) {
    long removed = 0;
    for (long node = nodes.of(stream).first(); node != 0; node = nodes.of(stream).first()) {
      long left = StreamHead.length(stream);
      if (byLength && left <= length) {
        break;
      }
      long entries = nodes.entries(node);
      if (limit > 0 && removed + entries > limit) {
        break;
      }
      if (byLength ? left - entries >= length : endsBefore(node)) {
        nodes.remove(stream, node);
        StreamHead.length(stream, left - entries);
        removed += entries;
        continue;
      }
      if (!approximately) {
        removed += within(node);
      }
      break;
    }
    return removed;
  }

  /** Whether the last entry of a node, deleted or not, comes before the ID. */
  private boolean endsBefore(long node) {
    long lp = StreamNodes.listpack(node);
    int pos = Listpack.last(lp);
    for (long parts = nodes.integer(lp, pos); parts > 0; parts--) {
      pos = Listpack.previous(lp, pos);
    }
    readId(node, lp, pos);
    return entry.compareTo(millis, sequence) < 0;
  }

  private void readId(long node, long lp, int flags) {
    int timePos = Listpack.next(lp, flags);
    long byTime = nodes.integer(lp, timePos);
    long byNumber = nodes.integer(lp, Listpack.next(lp, timePos));
    entry.set(IdTree.millisOf(node) + byTime, IdTree.sequenceOf(node) + byNumber);
  }

  /** Marks entries of one node as deleted, from its first on; returns how many. */
  private long within(long node) {
    long lp = StreamNodes.listpack(node);
    int pos = Listpack.next(lp, Listpack.next(lp, Listpack.first(lp)));
    long fields = nodes.integer(lp, pos);
    pos = skip(lp, pos, fields + 2);
    long removed = 0;
    while (pos != 0) {
      readId(node, lp, pos);
      boolean done =
          byLength ? StreamHead.length(stream) <= length : entry.compareTo(millis, sequence) >= 0;
      if (done) {
        break;
      }
      long flags = nodes.integer(lp, pos);
      int content = skip(lp, pos, 3);
      long parts =
          (flags & StreamNodes.SAME_FIELDS) != 0 ? fields : 1 + 2 * nodes.integer(lp, content);
      if ((flags & StreamNodes.DELETED) == 0) {
        nodes.mark(lp, pos);
        StreamHead.length(stream, StreamHead.length(stream) - 1);
        removed++;
      }
      pos = skip(lp, content, parts + 1);
    }
    nodes.recount(stream, node, removed);
    return removed;
  }

  private static int skip(long lp, int pos, long elements) {
    int at = pos;
    for (long i = elements; i > 0 && at != 0; i--) {
      at = Listpack.next(lp, at);
    }
    return at;
  }
}
