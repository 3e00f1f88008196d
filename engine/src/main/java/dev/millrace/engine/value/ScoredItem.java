package dev.millrace.engine.value;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.struct.Dict;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.struct.Tree;

/**
 * A member of a large sorted set as a block of its own:
 *
 * <pre>
 *   | score, 8 bytes | length, 1 byte, or 0xFF and 4 bytes | bytes |
 * </pre>
 *
 * <p>Owned by: executor thread.
 */
final class ScoredItem {
  /** Finds items by their members. */
  static final Dict.Keys KEYS =
      new Dict.Keys() {
        @Override
        public boolean matches(long item, long address, int length) {
          return length(item) == length && Memory.equal(address(item), address, length);
        }

        @Override
        public long hash(long item) {
          return Memory.hash(address(item), length(item));
        }
      };

  /** The order of items of one score: that of their members' bytes. */
  static final Tree.Order ORDER = ScoredItem::compare;

  private static final int LENGTH = 8;
  private static final int LONG = 0xFF;

  private ScoredItem() {}

  static long create(SlabAllocator memory, double score, long address, int length) {
    long item = allocate(memory, score, length);
    Memory.copy(address, address(item), length);
    return item;
  }

  static long create(SlabAllocator memory, double score, Element member) {
    long item = allocate(memory, score, member.length());
    member.copyTo(address(item));
    return item;
  }

  private static long allocate(SlabAllocator memory, double score, int length) {
    long item = memory.allocate(LENGTH + (length < LONG ? 1 : 5) + (long) length);
    score(item, score);
    if (length < LONG) {
      Memory.putByte(item + LENGTH, (byte) length);
    } else {
      Memory.putByte(item + LENGTH, (byte) LONG);
      Memory.putInt(item + LENGTH + 1, length);
    }
    return item;
  }

  static double score(long item) {
    return Double.longBitsToDouble(Memory.getLong(item));
  }

  static void score(long item, double score) {
    Memory.putLong(item, Double.doubleToRawLongBits(score));
  }

  static int length(long item) {
    int length = Memory.getByte(item + LENGTH) & 0xFF;
    return length < LONG ? length : Memory.getInt(item + LENGTH + 1);
  }

  static long address(long item) {
    return item + LENGTH + ((Memory.getByte(item + LENGTH) & 0xFF) < LONG ? 1 : 5);
  }

  private static int compare(long a, long b) {
    return a == b ? 0 : Memory.compare(address(a), length(a), address(b), length(b));
  }

  /** A score as a number that is ordered as scores are; both zeros are the same. */
  static long prefix(double score) {
    // Adding zero turns minus zero into zero.
    long bits = Double.doubleToRawLongBits(score + 0.0);
    return bits >= 0 ? bits : bits ^ Long.MAX_VALUE;
  }
}
