package dev.millrace.aof;

/**
 * Keeps the log from an offset on: no segment that holds a byte at or after {@link #offset} is
 * deleted while it is open (L3). Owned by: whoever took it; {@link #close} may come from any
 * thread.
 */
public final class Pin implements AutoCloseable {
  private final PinSet set;
  private volatile long offset;
  private volatile boolean closed;

  Pin(PinSet set, long offset) {
    this.set = set;
    this.offset = offset;
  }

  /** First offset kept. */
  public long offset() {
    return offset;
  }

  /** Lets go of everything before {@code newOffset}; called by the owner only. */
  public void advance(long newOffset) {
    Check.that(newOffset >= offset, "a pin cannot go back", newOffset, offset);
    offset = newOffset;
  }

  boolean isClosed() {
    return closed;
  }

  /** Keeps nothing any more; closing again does nothing. Never blocks. */
  @Override
  public void close() {
    closed = true;
    set.remove(this);
  }
}
