package dev.millrace.engine.value;

/**
 * The ID of a stream's entry: a time in milliseconds and a number within it, both unsigned 64-bit.
 * A place to read and compute IDs in, made once and used again and again.
 *
 * <p>Owned by: executor thread.
 */
public final class StreamId {
  /** All bits: the largest value of either half. */
  public static final long MAX = -1;

  /** Its time. */
  public long millis;

  /** Its number within that time. */
  public long sequence;

  public StreamId() {}

  /** Negative, zero or positive as one ID comes before, equals or comes after the other. */
  public static int compare(long millis, long sequence, long otherMillis, long otherSequence) {
    int byTime = Long.compareUnsigned(millis, otherMillis);
    return byTime != 0 ? byTime : Long.compareUnsigned(sequence, otherSequence);
  }

  public void set(long newMillis, long newSequence) {
    millis = newMillis;
    sequence = newSequence;
  }

  public void set(StreamId other) {
    set(other.millis, other.sequence);
  }

  /** Makes it 0-0, before every entry. */
  public void setMin() {
    set(0, 0);
  }

  /** Makes it the last ID there is. */
  public void setMax() {
    set(MAX, MAX);
  }

  public boolean isMin() {
    return (millis | sequence) == 0;
  }

  public boolean isMax() {
    return (millis & sequence) == MAX;
  }

  public int compareTo(long otherMillis, long otherSequence) {
    return compare(millis, sequence, otherMillis, otherSequence);
  }

  public int compareTo(StreamId other) {
    return compare(millis, sequence, other.millis, other.sequence);
  }

  /** Goes to the next ID; false, and unchanged, when it is the last. */
  public boolean increment() {
    if (isMax()) {
      return false;
    }
    sequence++;
    if (sequence == 0) {
      millis++;
    }
    return true;
  }

  /** Goes to the ID before; false, and unchanged, when it is the first. */
  public boolean decrement() {
    if (isMin()) {
      return false;
    }
    if (sequence == 0) {
      millis--;
    }
    sequence--;
    return true;
  }

  @Override
  public String toString() {
    return Long.toUnsignedString(millis) + "-" + Long.toUnsignedString(sequence);
  }
}
