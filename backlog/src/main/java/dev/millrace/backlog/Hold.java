package dev.millrace.backlog;

/**
 * Keeps the stream from an offset on in memory: nothing at or after {@link #offset} is trimmed
 * while the hold is open (L3). The journal has one at what it has written, so a slow disk makes the
 * backlog grow, up to its limit, and never lose a byte.
 *
 * <p>Given out by {@link Backlog#hold}. Owned by: one thread, that of whoever took it; its offset
 * is read by the backlog's writer.
 */
public final class Hold implements AutoCloseable {
  /** The offset of a closed hold: past everything. */
  private static final long CLOSED = Long.MAX_VALUE;

  private final Backlog backlog;

  // Written by the owner, read by the writer when it trims. A late value only keeps more.
  private volatile long offset;

  Hold(Backlog backlog, long offset) {
    this.backlog = backlog;
    this.offset = offset;
  }

  /** First offset kept; {@link Long#MAX_VALUE} once closed. */
  public long offset() {
    return offset;
  }

  /** Lets go of everything before {@code newOffset}, which is at most the published offset. */
  public void advance(long newOffset) {
    long from = offset;
    Check.that(from != CLOSED, "a closed hold was advanced to %d", newOffset);
    Check.that(newOffset >= from, "a hold went back from %d to %d", from, newOffset);
    long published = backlog.publishedOffset();
    Check.that(
        newOffset <= published, "a hold at %d is past the published %d", newOffset, published);
    offset = newOffset;
  }

  /** Keeps nothing any more. Closing again does nothing. */
  @Override
  public void close() {
    if (offset != CLOSED) {
      offset = CLOSED;
      backlog.removeHold(this);
    }
  }
}
