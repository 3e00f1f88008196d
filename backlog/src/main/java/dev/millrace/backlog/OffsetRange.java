package dev.millrace.backlog;

/**
 * A range {@code [start, end)} of the replication stream, in bytes since the stream began.
 *
 * <p>Offset 0 is before the first byte; the range {@code [0, n)} holds the first n bytes. (On the
 * wire PSYNC names the first byte wanted counting from 1, so "PSYNC id 1" asks for start 0.)
 *
 * @param start first offset, inclusive
 * @param end offset just past the last byte
 */
public record OffsetRange(long start, long end) {
  public OffsetRange {
    if (start < 0 || end < start) {
      throw new IllegalArgumentException("not a range: [" + start + ", " + end + ")");
    }
  }

  /** Number of bytes in the range. */
  public long lengthBytes() {
    return end - start;
  }

  /** True when a reader that stands at {@code offset} can be served from this range. */
  public boolean serves(long offset) {
    return start <= offset && offset <= end;
  }
}
