package dev.millrace.engine.struct;

import java.util.function.Consumer;

/**
 * A walk over all entries that a dict has at one instant, while the dict goes on changing.
 *
 * <p>The invariant: a bucket whose version is not the walk's holds only entries of the cut, none of
 * them emitted; a bucket with the walk's version holds none still to be emitted. Whoever changes a
 * bucket, or adds to it, calls {@link #before} first. A rehash moves entries only between two
 * buckets of the walk's version, and a table made after the cut needs no walk at all: all it ever
 * gets is emitted or new.
 *
 * <p>Owned by: executor thread.
 */
final class DictWalk implements Walk {
  private static final long NOTHING = Long.MAX_VALUE;

  private DictSource source;
  private final int version;
  private final EntryVisitor emit;
  private final Consumer<DictWalk> whenEnded;
  private long indexOfCurrent;
  private long indexOfNext;
  private boolean ended;

  /** Keeps the loads of {@link Bucket#touchEntries} from being optimized away. */
  private long touched;

  DictWalk(DictSource source, int version, EntryVisitor emit, Consumer<DictWalk> whenEnded) {
    this.source = source;
    this.version = version;
    this.emit = emit;
    this.whenEnded = whenEnded;
  }

  int version() {
    return version;
  }

  DictSource source() {
    return source;
  }

  /** The buckets now belong to {@code newDictSource}. */
  void moveTo(DictSource newDictSource) {
    source = newDictSource;
  }

  /** Emits the bucket unless that was done already. */
  void before(long head) {
    if (Bucket.version(head) != version) {
      Bucket.visit(head, emit);
      Bucket.version(head, version);
    }
  }

  void rehashStarted() {
    indexOfNext = NOTHING;
  }

  void rehashFinished() {
    indexOfCurrent = indexOfNext;
    indexOfNext = NOTHING;
  }

  @Override
  public boolean advance(int buckets) {
    if (ended) {
      return false;
    }
    DictTable current = source.current();
    DictTable next = source.next();
    int left = buckets;
    indexOfCurrent = Math.max(indexOfCurrent, source.firstOfCurrent());
    while (left > 0 && indexOfCurrent <= current.mask) {
      emit(current, indexOfCurrent++);
      left--;
    }
    if (next != current) {
      indexOfNext = Math.max(indexOfNext, source.firstOfNext());
      while (left > 0 && indexOfNext <= next.mask) {
        emit(next, indexOfNext++);
        left--;
      }
    }
    if (left > 0) {
      end();
      return false;
    }
    return true;
  }

  private void emit(DictTable table, long index) {
    long head = table.bucketAt(index);
    if (index < table.mask) {
      // The entries of the next bucket come from memory while this one's are written.
      touched = Bucket.touchEntries(head + Bucket.BYTES);
    }
    before(head);
  }

  @Override
  public void cancel() {
    if (!ended) {
      end();
    }
  }

  private void end() {
    ended = true;
    source.walkEnded();
    whenEnded.accept(this);
  }

  @Override
  public String toString() {
    return "DictWalk{version=" + version + ", ended=" + ended + ", touched=" + touched + "}";
  }
}
