package dev.millrace.engine.command.geo;

/**
 * Positions as numbers of up to 52 bits: the earth is halved again and again, by longitude in the
 * odd bits and by latitude in the even ones, so that what lies in one cell has scores in one range.
 * Latitudes go as far as web maps do. The same numbers as Redis's, so that scores can be exchanged.
 *
 * <p>A cell is its bits and its steps (halvings in each direction). Stateless; any thread.
 */
final class GeoHash {
  static final int STEPS_MAX = 26;
  static final double LONGITUDE_MAX = 180;
  static final double LATITUDE_MAX = 85.05112878;

  /** The latitude a standard geohash reaches to. */
  static final double POLE = 90;

  private static final double TWO_POW_63 = 0x1p63;
  private static final long ODD = 0xAAAAAAAAAAAAAAAAL;
  private static final long EVEN = 0x5555555555555555L;

  private GeoHash() {}

  /** The cell that holds a position, of latitudes up to {@code latitudeMax} on either side. */
  static long encode(double longitude, double latitude, int steps, double latitudeMax) {
    double y = (latitude - -latitudeMax) / (latitudeMax - -latitudeMax) * (1L << steps);
    double x = (longitude - -LONGITUDE_MAX) / (LONGITUDE_MAX - -LONGITUDE_MAX) * (1L << steps);
    return spread((long) y) | spread((long) x) << 1;
  }

  /** The score of a cell: its bits as the highest of 52. */
  static long score(long bits, int steps) {
    return bits << (2 * (STEPS_MAX - steps));
  }

  /** A score that may be any double as bits, converted as compiled C does it on x86-64. */
  static long bits(double score) {
    if (score < TWO_POW_63) {
      return (long) score;
    }
    return score >= 2 * TWO_POW_63 ? 0 : (long) (score - TWO_POW_63) ^ Long.MIN_VALUE;
  }

  static double longitudeMin(long bits, int steps) {
    return edge(gather(bits >>> 1), steps, LONGITUDE_MAX);
  }

  static double longitudeMax(long bits, int steps) {
    return edge(gather(bits >>> 1) + 1, steps, LONGITUDE_MAX);
  }

  static double latitudeMin(long bits, int steps) {
    return edge(gather(bits), steps, LATITUDE_MAX);
  }

  static double latitudeMax(long bits, int steps) {
    return edge(gather(bits) + 1, steps, LATITUDE_MAX);
  }

  private static double edge(long index, int steps, double max) {
    return -max + (index * 1.0 / (1L << steps)) * (max - -max);
  }

  /** Longitude of the middle of the cell that a score is. */
  static double longitude(double score) {
    long bits = bits(score);
    double middle = (longitudeMin(bits, STEPS_MAX) + longitudeMax(bits, STEPS_MAX)) / 2;
    return Math.max(-LONGITUDE_MAX, Math.min(LONGITUDE_MAX, middle));
  }

  /** Latitude of the middle of the cell that a score is. */
  static double latitude(double score) {
    long bits = bits(score);
    double middle = (latitudeMin(bits, STEPS_MAX) + latitudeMax(bits, STEPS_MAX)) / 2;
    return Math.max(-LATITUDE_MAX, Math.min(LATITUDE_MAX, middle));
  }

  /** The cell so many to the east and north; round the earth where it ends. */
  static long neighbor(long bits, int steps, int east, int north) {
    return move(bits & ODD, EVEN, ODD, steps, east) | move(bits & EVEN, ODD, EVEN, steps, north);
  }

  /** Adds to the number in every second bit, the others filled so that a carry passes them. */
  private static long move(long own, long others, long mask, int steps, int by) {
    int unused = 64 - 2 * steps;
    long filler = others >>> unused;
    if (by > 0) {
      return (own + (filler + 1)) & mask >>> unused;
    }
    return by == 0 ? own : ((own | filler) - (filler + 1)) & mask >>> unused;
  }

  /** Puts the lower 32 bits into the even ones. */
  private static long spread(long value) {
    return Long.expand(value & 0xFFFFFFFFL, EVEN);
  }

  /** Takes the even bits out. */
  private static long gather(long bits) {
    return Long.compress(bits, EVEN);
  }
}
