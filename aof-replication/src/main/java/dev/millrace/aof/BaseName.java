package dev.millrace.aof;

import java.util.Optional;

/**
 * The name of a base file, {@code base-<offset>.rdb}: the whole dataset as it was at that
 * replication offset.
 *
 * @param offset replication offset the dataset stands at
 */
public record BaseName(long offset) implements Comparable<BaseName> {
  private static final String PREFIX = "base-";
  private static final String SUFFIX = ".rdb";

  public BaseName {
    if (offset < 0) {
      throw new IllegalArgumentException("a base cannot stand at " + offset);
    }
  }

  /** The file's name inside the log's directory. */
  public String fileName() {
    return PREFIX + offset + SUFFIX;
  }

  /** The base a file name stands for; empty when the file is not a base. */
  public static Optional<BaseName> parse(String fileName) {
    int to = fileName.length() - SUFFIX.length();
    if (!fileName.startsWith(PREFIX) || !fileName.endsWith(SUFFIX) || to <= PREFIX.length()) {
      return Optional.empty();
    }
    boolean padded = to - PREFIX.length() > 1 && fileName.charAt(PREFIX.length()) == '0';
    long offset = padded ? -1 : SegmentName.parseOffset(fileName, PREFIX.length(), to);
    return offset < 0 ? Optional.empty() : Optional.of(new BaseName(offset));
  }

  @Override
  public int compareTo(BaseName other) {
    return Long.compare(offset, other.offset);
  }

  @Override
  public String toString() {
    return fileName();
  }
}
