package dev.millrace.aof;

import java.util.Optional;

/**
 * The name of a segment file, which is the replication offset of its first byte.
 *
 * <pre>
 *   stream-00000000000000001234.aof
 *          └ 20 decimal digits ┘     so that names sort as offsets do
 * </pre>
 *
 * @param startOffset replication offset of the segment's first byte
 */
public record SegmentName(long startOffset) implements Comparable<SegmentName> {
  private static final String PREFIX = "stream-";
  private static final String SUFFIX = ".aof";
  private static final int DIGITS = 20;

  public SegmentName {
    if (startOffset < 0) {
      throw new IllegalArgumentException("a segment cannot start at " + startOffset);
    }
  }

  /** The file's name inside the log's directory. */
  public String fileName() {
    return PREFIX + paddedOffset(startOffset, DIGITS) + SUFFIX;
  }

  /** The segment a file name stands for; empty when the file is not a segment. */
  public static Optional<SegmentName> parse(String fileName) {
    int length = PREFIX.length() + DIGITS + SUFFIX.length();
    if (fileName.length() != length || !fileName.startsWith(PREFIX) || !fileName.endsWith(SUFFIX)) {
      return Optional.empty();
    }
    long offset = parseOffset(fileName, PREFIX.length(), PREFIX.length() + DIGITS);
    return offset < 0 ? Optional.empty() : Optional.of(new SegmentName(offset));
  }

  @Override
  public int compareTo(SegmentName other) {
    return Long.compare(startOffset, other.startOffset);
  }

  @Override
  public String toString() {
    return fileName();
  }

  static String paddedOffset(long offset, int digits) {
    String text = Long.toString(offset);
    return "0".repeat(Math.max(0, digits - text.length())) + text;
  }

  /** The decimal number in {@code [from, to)}, or -1 when it is no number or beyond a long. */
  static long parseOffset(String text, int from, int to) {
    if (from >= to) {
      return -1;
    }
    long value = 0;
    for (int i = from; i < to; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9 || value > (Long.MAX_VALUE - digit) / 10) {
        return -1;
      }
      value = value * 10 + digit;
    }
    return value;
  }
}
