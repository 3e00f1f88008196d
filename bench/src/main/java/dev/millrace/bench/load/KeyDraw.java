package dev.millrace.bench.load;

import java.util.random.RandomGenerator;

/** Draws key numbers from 0 to below the number of keys. Owned by: one generator thread. */
public interface KeyDraw {
  /** The next key number. */
  long next();

  /** Every key as often as any other. */
  static KeyDraw uniform(long keys, RandomGenerator random) {
    return () -> Math.multiplyHigh(random.nextLong() >>> 1, keys << 1);
  }

  /**
   * Few keys often: the n-th most frequent with a probability in proportion to {@code 1 / n^0.99},
   * scattered over the numbers. The method is that of Gray and others, "Quickly generating
   * billion-record synthetic databases" (SIGMOD 1994), whose exponent YCSB made usual.
   */
  static KeyDraw zipf(long keys, RandomGenerator random) {
    double theta = 0.99;
    double sum = 0;
    for (long n = 1; n <= keys; n++) {
      sum += Math.pow((double) n, -theta);
    }
    double zeta = sum;
    double alpha = 1 / (1 - theta);
    double firstTwo = 1 + Math.pow(2, -theta);
    double eta = (1 - Math.pow(2 / (double) keys, 1 - theta)) / (1 - firstTwo / zeta);
    return () -> {
      double u = random.nextDouble();
      double share = u * zeta;
      long rank;
      if (share < 1) {
        rank = 0;
      } else if (share < firstTwo) {
        rank = 1;
      } else {
        rank = (long) ((double) keys * Math.pow(eta * u - eta + 1, alpha));
      }
      return Math.multiplyHigh((rank * 0x9E3779B97F4A7C15L) >>> 1, keys << 1);
    };
  }
}
