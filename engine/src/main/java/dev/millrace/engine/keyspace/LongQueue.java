package dev.millrace.engine.keyspace;

/** A queue of numbers in a growing ring, so that queueing allocates nothing once it has grown. */
final class LongQueue {
  private long[] ring = new long[64];
  private int head;
  private int size;

  void add(long value) {
    if (size == ring.length) {
      long[] wider = new long[ring.length * 2];
      int untilEnd = ring.length - head;
      System.arraycopy(ring, head, wider, 0, untilEnd);
      System.arraycopy(ring, 0, wider, untilEnd, head);
      ring = wider;
      head = 0;
    }
    ring[(head + size) & (ring.length - 1)] = value;
    size++;
  }

  long peek() {
    assert size > 0;
    return ring[head];
  }

  long remove() {
    long value = peek();
    head = (head + 1) & (ring.length - 1);
    size--;
    return value;
  }

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }
}
