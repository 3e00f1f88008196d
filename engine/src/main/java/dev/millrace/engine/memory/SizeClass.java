package dev.millrace.engine.memory;

/**
 * The sizes a slab hands out: every multiple of 8 up to 256, then eight sizes per doubling up to 32
 * KiB, so that at most an eighth of a block above 256 bytes is spare. Classes count from 1.
 */
final class SizeClass {
  /** The largest block that comes from a slab; above it an allocation has a mapping of its own. */
  static final int MAX_BYTES = 32 * 1024;

  static final int COUNT = 89;
  private static final int LINEAR_CLASSES = 32;

  private SizeClass() {}

  /** The smallest class that holds {@code bytes}, for 0 to {@link #MAX_BYTES}. */
  static int of(long bytes) {
    if (bytes <= 256) {
      return bytes == 0 ? 1 : (int) ((bytes + 7) >>> 3);
    }
    int last = (int) bytes - 1;
    int log2 = 31 - Integer.numberOfLeadingZeros(last);
    return LINEAR_CLASSES + (log2 - 8) * 8 + (last >>> (log2 - 3)) - 7;
  }

  /** Block length of a class. */
  static int bytes(int sizeClass) {
    if (sizeClass <= LINEAR_CLASSES) {
      return sizeClass << 3;
    }
    int above = sizeClass - LINEAR_CLASSES - 1;
    return (9 + (above & 7)) << (5 + (above >>> 3));
  }
}
