package dev.millrace.engine.struct;

import dev.millrace.engine.memory.Memory;

/**
 * A sorted array of different numbers in the narrowest width that holds them all, in Redis's
 * format, so that RDB and DUMP take it as it is:
 *
 * <pre>
 *   0                   4             8
 *   | width 2, 4 or 8   | count (u32) | number | number | ...   (little-endian, ascending)
 * </pre>
 *
 * <p>Static functions over an address. A set grows wider with its first number that needs it and
 * never narrower. Owned by: executor thread.
 */
public final class Intset {
  /** Length of an empty set. */
  public static final int EMPTY_BYTES = 8;

  private static final int COUNT = 4;
  private static final int NUMBERS = 8;

  private Intset() {}

  /** Writes an empty set of {@link #EMPTY_BYTES}. */
  public static void create(long set) {
    Memory.putInt(set, Short.BYTES);
    Memory.putInt(set + COUNT, 0);
  }

  /** Length in bytes. */
  public static int bytes(long set) {
    return NUMBERS + count(set) * width(set);
  }

  /** How many numbers. */
  public static int count(long set) {
    return Memory.getInt(set + COUNT);
  }

  /** Bytes per number: 2, 4 or 8. */
  public static int width(long set) {
    return Memory.getInt(set);
  }

  /** The number at an index from 0, in ascending order. */
  public static long get(long set, int index) {
    return get(set, index, width(set));
  }

  private static long get(long set, int index, int width) {
    long at = set + NUMBERS + (long) index * width;
    return switch (width) {
      case 2 -> Memory.getShort(at);
      case 4 -> Memory.getInt(at);
      default -> Memory.getLong(at);
    };
  }

  private static void put(long set, int index, int width, long number) {
    long at = set + NUMBERS + (long) index * width;
    switch (width) {
      case 2 -> Memory.putShort(at, (short) number);
      case 4 -> Memory.putInt(at, (int) number);
      default -> Memory.putLong(at, number);
    }
  }

  /** Bytes that this number needs. */
  private static int widthOf(long number) {
    if (number == (short) number) {
      return 2;
    }
    return number == (int) number ? 4 : 8;
  }

  /**
   * Looks a number up.
   *
   * @return its index, or {@code -1 - index} of where it belongs
   */
  public static int find(long set, long number) {
    int width = width(set);
    int low = 0;
    int high = count(set) - 1;
    if (high < 0 || number > get(set, high, width)) {
      return -1 - (high + 1);
    }
    while (low <= high) {
      int middle = (low + high) >>> 1;
      long found = get(set, middle, width);
      if (found < number) {
        low = middle + 1;
      } else if (found > number) {
        high = middle - 1;
      } else {
        return middle;
      }
    }
    return -1 - low;
  }

  public static boolean contains(long set, long number) {
    return find(set, number) >= 0;
  }

  /** Length in bytes after a number that is absent was added. */
  public static int bytesWith(long set, long number) {
    return NUMBERS + (count(set) + 1) * Math.max(width(set), widthOf(number));
  }

  /**
   * Adds a number that is absent; there must be room for {@link #bytesWith}.
   *
   * @param place what {@link #find} answered
   */
  public static void add(long set, int place, long number) {
    assert place < 0 : "present already";
    int count = count(set);
    int width = width(set);
    int wider = widthOf(number);
    if (wider > width) {
      widen(set, count, width, wider, number < 0);
      put(set, number < 0 ? 0 : count, wider, number);
    } else {
      int index = -1 - place;
      long at = set + NUMBERS + (long) index * width;
      Memory.copy(at, at + width, (long) (count - index) * width);
      put(set, index, width, number);
    }
    Memory.putInt(set + COUNT, count + 1);
  }

  /** A number that needs more width than all others comes before or after all of them. */
  private static void widen(long set, int count, int width, int wider, boolean leaveFirst) {
    int shift = leaveFirst ? 1 : 0;
    for (int i = count - 1; i >= 0; i--) {
      put(set, i + shift, wider, get(set, i, width));
    }
    Memory.putInt(set, wider);
  }

  /** Removes the number at an index. */
  public static void remove(long set, int index) {
    int count = count(set);
    int width = width(set);
    long at = set + NUMBERS + (long) index * width;
    Memory.copy(at + width, at, (long) (count - 1 - index) * width);
    Memory.putInt(set + COUNT, count - 1);
  }

  /** Whether the bytes are a set in every part. Reads nothing beyond them whatever they say. */
  public static boolean isSound(long set, long bytes) {
    if (bytes < EMPTY_BYTES) {
      return false;
    }
    int width = width(set);
    long count = count(set) & 0xFFFFFFFFL;
    if ((width != 2 && width != 4 && width != 8)
        || NUMBERS + count * width != bytes
        || bytes > Integer.MAX_VALUE) {
      return false;
    }
    for (int i = 1; i < count; i++) {
      if (get(set, i - 1, width) >= get(set, i, width)) {
        return false;
      }
    }
    return true;
  }
}
