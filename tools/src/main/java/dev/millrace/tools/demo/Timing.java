package dev.millrace.tools.demo;

/**
 * When the replica did what, in nanoseconds of one clock.
 *
 * @param returned it may go on
 * @param linked the master had answered its question
 * @param level it had everything
 * @param bytes how much that was
 */
record Timing(long returned, long linked, long level, long bytes) {
  double secondsToLink() {
    return (linked - returned) / 1e9;
  }

  double secondsToCatchUp() {
    return Math.max(1e-3, (level - linked) / 1e9);
  }

  double megabytesPerSecond() {
    return bytes / 1e6 / secondsToCatchUp();
  }
}
