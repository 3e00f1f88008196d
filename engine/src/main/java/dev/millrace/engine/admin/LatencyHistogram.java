package dev.millrace.engine.admin;

/**
 * Counts durations from 1 to about 17 seconds in buckets of 1/32 of their power of two: a value is
 * known to about 3%.
 *
 * <p>Owned by: executor thread.
 */
final class LatencyHistogram {
  private static final int SUB_BITS = 5;
  private static final int SUB_BUCKETS = 1 << SUB_BITS;
  private static final int UNIT_BITS = 10;
  private static final int POWERS = 24;
  private static final int BUCKETS = (POWERS + 1) * SUB_BUCKETS;

  private final long[] counts = new long[BUCKETS];
  private long total;

  /** Counts one duration. */
  void record(long nanos) {
    counts[index(nanos)]++;
    total++;
  }

  // Values below 2^10 nanoseconds, about a microsecond, share the first buckets evenly.
  private static int index(long nanos) {
    long value = Math.max(0, nanos);
    if (value < 1L << UNIT_BITS) {
      return (int) (value >>> (UNIT_BITS - SUB_BITS));
    }
    int power = 63 - Long.numberOfLeadingZeros(value);
    if (power - UNIT_BITS >= POWERS) {
      return BUCKETS - 1;
    }
    int sub = (int) (value >>> (power - SUB_BITS)) & (SUB_BUCKETS - 1);
    return (power - UNIT_BITS + 1) * SUB_BUCKETS + sub;
  }

  /** Largest duration that falls into a bucket. */
  private static long highest(int index) {
    int row = index / SUB_BUCKETS;
    int sub = index % SUB_BUCKETS;
    if (row == 0) {
      return ((long) (sub + 1) << (UNIT_BITS - SUB_BITS)) - 1;
    }
    int power = UNIT_BITS + row - 1;
    return (1L << power) + ((long) (sub + 1) << (power - SUB_BITS)) - 1;
  }

  long total() {
    return total;
  }

  /** A duration that {@code percentile} percent of the values do not exceed. */
  long percentileNanos(double percentile) {
    long wanted = Math.max(1, (long) Math.ceil(percentile / 100 * total));
    long seen = 0;
    for (int i = 0; i < BUCKETS; i++) {
      seen += counts[i];
      if (seen >= wanted) {
        return highest(i);
      }
    }
    return 0;
  }

  /** Receives the cumulative counts of {@link #powers}. */
  @FunctionalInterface
  interface PowerVisitor {
    /** So many durations are at most {@code micros} microseconds. */
    void count(long micros, long cumulative);
  }

  /**
   * Tells the cumulative count at each power of two in which a duration lies; how many those are.
   */
  int powers(PowerVisitor visitor) {
    int told = 0;
    long cumulative = 0;
    for (int row = 0; row <= POWERS; row++) {
      long inRow = 0;
      for (int sub = 0; sub < SUB_BUCKETS; sub++) {
        inRow += counts[row * SUB_BUCKETS + sub];
      }
      if (inRow > 0) {
        cumulative += inRow;
        told++;
        visitor.count(Math.max(1, (1L << (UNIT_BITS + row)) / 1000), cumulative);
      }
    }
    return told;
  }
}
