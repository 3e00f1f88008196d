package dev.millrace.engine.value;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.struct.MurmurHash;

/**
 * The filters of one value, each larger and stricter than the one before it, as one block:
 *
 * <pre>
 *  0              8         12        16        24
 *  | items added  | filters | options | growth  | filter | filter | …
 *
 *  filter:  0          8       16               24      32     40            48
 *           | capacity | error | bits per item  | hashes| bits | items added | bit array |
 * </pre>
 *
 * A filter's bit array is a block of its own. Numbers mean what they mean in RedisBloom's RDB form,
 * and so do the hashes: bit {@code (a + i * b) mod bits} for i below the number of hashes, where b
 * is hashed under a.
 *
 * <p>Static functions over addresses; executor thread.
 */
final class BloomChain {
  static final int OPTION_NO_ROUNDING = 1;
  static final int OPTION_64_BIT = 4;
  static final int OPTION_NO_SCALING = 8;

  /** A filter takes at most so many bytes. */
  static final long BITS_BYTES_MAX = 1L << 33;

  static final int FILTERS_MAX = 1000;

  private static final int HEAD_BYTES = 24;
  private static final int FILTER_BYTES = 56;
  private static final int COUNT = 8;
  private static final int OPTIONS = 12;
  private static final int GROWTH = 16;
  private static final int ERROR = 8;
  private static final int BITS_PER_ITEM = 16;
  private static final int HASHES = 24;
  private static final int BITS = 32;
  private static final int ITEMS = 40;
  private static final int ARRAY = 48;

  private static final double LN2 = 0.693147180559945;
  private static final double LN2_SQUARED = 0.480453013918201;
  private static final double TIGHTENING = 0.5;
  private static final long HASH_SEED = 0xc6a4a7935bd1e995L;

  private BloomChain() {}

  /** A chain without filters. */
  static long create(SlabAllocator memory, int options, int growth) {
    long chain = memory.allocate(HEAD_BYTES);
    Memory.putLong(chain, 0);
    Memory.putInt(chain + COUNT, 0);
    Memory.putInt(chain + OPTIONS, options);
    Memory.putLong(chain + GROWTH, growth);
    return chain;
  }

  static long items(long chain) {
    return Memory.getLong(chain);
  }

  static void putItems(long chain, long items) {
    Memory.putLong(chain, items);
  }

  static int filters(long chain) {
    return Memory.getInt(chain + COUNT);
  }

  static int options(long chain) {
    return Memory.getInt(chain + OPTIONS);
  }

  static boolean scales(long chain) {
    return (options(chain) & OPTION_NO_SCALING) == 0;
  }

  static int growth(long chain) {
    return (int) Memory.getLong(chain + GROWTH);
  }

  private static long filter(long chain, int index) {
    return chain + HEAD_BYTES + (long) index * FILTER_BYTES;
  }

  static long capacity(long chain, int index) {
    return Memory.getLong(filter(chain, index));
  }

  static double error(long chain, int index) {
    return Double.longBitsToDouble(Memory.getLong(filter(chain, index) + ERROR));
  }

  static double bitsPerItem(long chain, int index) {
    return Double.longBitsToDouble(Memory.getLong(filter(chain, index) + BITS_PER_ITEM));
  }

  static int hashes(long chain, int index) {
    return (int) Memory.getLong(filter(chain, index) + HASHES);
  }

  static long bits(long chain, int index) {
    return Memory.getLong(filter(chain, index) + BITS);
  }

  static long items(long chain, int index) {
    return Memory.getLong(filter(chain, index) + ITEMS);
  }

  static void putItems(long chain, int index, long items) {
    Memory.putLong(filter(chain, index) + ITEMS, items);
  }

  /** Where a filter's bit array is. */
  static long array(long chain, int index) {
    return Memory.getLong(filter(chain, index) + ARRAY);
  }

  /** How many bytes a filter's bit array has, or had before it was freed in part. */
  static long arrayBytes(long chain, int index) {
    return bits(chain, index) / 8;
  }

  /** Forgets the end of a bit array that was given back, or the whole last filter. */
  static void shorten(long chain, int index, long bytes) {
    Memory.putLong(filter(chain, index) + BITS, bytes * 8);
    if (bytes == 0) {
      Memory.putInt(chain + COUNT, index);
    }
  }

  static double bitsPerItem(double error) {
    return Math.abs(Math.log(error) / LN2_SQUARED);
  }

  static int hashes(double bitsPerItem) {
    return (int) Math.ceil(LN2 * bitsPerItem);
  }

  /** The bits of a filter, whole words of 64; 0 when it would be too large. */
  static long bitsFor(long capacity, double error) {
    double wanted = capacity * bitsPerItem(error);
    if (!(wanted < BITS_BYTES_MAX * 8.0)) {
      return 0;
    }
    return Math.max(1, (long) wanted) + 63 & ~63L;
  }

  /** The error the first filter gets, that all filters together stay below what was asked for. */
  static double firstError(double error, int options) {
    return (options & OPTION_NO_SCALING) != 0 ? error : error * TIGHTENING;
  }

  /**
   * Adds a filter of zeros.
   *
   * @return the chain, which may have moved; 0 when the filter would be too large, nothing done
   */
  static long extend(SlabAllocator memory, long chain, long capacity, double error) {
    long bits = bitsFor(capacity, error);
    if (bits == 0 || filters(chain) >= FILTERS_MAX) {
      return 0;
    }
    double bitsPerItem = bitsPerItem(error);
    return extend(memory, chain, capacity, error, bitsPerItem, hashes(bitsPerItem), bits);
  }

  static long extend(
      SlabAllocator memory,
      long chain,
      long capacity,
      double error,
      double bitsPerItem,
      int hashes,
      long bits) {
    int count = filters(chain);
    long moved = memory.reallocate(chain, HEAD_BYTES + (count + 1L) * FILTER_BYTES);
    long filter = filter(moved, count);
    Memory.putLong(filter, capacity);
    Memory.putLong(filter + ERROR, Double.doubleToRawLongBits(error));
    Memory.putLong(filter + BITS_PER_ITEM, Double.doubleToRawLongBits(bitsPerItem));
    Memory.putLong(filter + HASHES, hashes);
    Memory.putLong(filter + BITS, bits);
    Memory.putLong(filter + ITEMS, 0);
    Memory.putLong(filter + ARRAY, memory.allocateZeroed(bits / 8));
    Memory.putInt(moved + COUNT, count + 1);
    return moved;
  }

  /** Adds the filter that follows when the last one is full; 0 when it would be too large. */
  static long grow(SlabAllocator memory, long chain) {
    int last = filters(chain) - 1;
    long capacity =
        Math.multiplyHigh(capacity(chain, last), growth(chain)) != 0
            ? Long.MAX_VALUE
            : capacity(chain, last) * growth(chain);
    return extend(memory, chain, capacity, error(chain, last) * TIGHTENING);
  }

  static boolean isLastFull(long chain) {
    int last = filters(chain) - 1;
    return items(chain, last) >= capacity(chain, last);
  }

  static long firstHash(long address, long bytes) {
    return MurmurHash.hash64(address, bytes, HASH_SEED);
  }

  static long secondHash(long address, long bytes, long first) {
    return MurmurHash.hash64(address, bytes, first);
  }

  static boolean contains(long chain, long first, long second) {
    for (int i = filters(chain) - 1; i >= 0; i--) {
      if (contains(chain, i, first, second)) {
        return true;
      }
    }
    return false;
  }

  private static boolean contains(long chain, int index, long first, long second) {
    long array = array(chain, index);
    long bits = bits(chain, index);
    int hashes = hashes(chain, index);
    long at = first;
    for (int i = 0; i < hashes; i++) {
      long bit = Long.remainderUnsigned(at, bits);
      if ((Memory.getByte(array + (bit >>> 3)) >>> (int) (bit & 7) & 1) == 0) {
        return false;
      }
      at += second;
    }
    return true;
  }

  /** Sets the bits of an item that is in no filter, in the last one. */
  static void add(long chain, long first, long second) {
    int last = filters(chain) - 1;
    long array = array(chain, last);
    long bits = bits(chain, last);
    int hashes = hashes(chain, last);
    long at = first;
    for (int i = 0; i < hashes; i++) {
      long bit = Long.remainderUnsigned(at, bits);
      long place = array + (bit >>> 3);
      Memory.putByte(place, (byte) (Memory.getByte(place) | 1 << (int) (bit & 7)));
      at += second;
    }
    putItems(chain, last, items(chain, last) + 1);
    putItems(chain, items(chain) + 1);
  }

  /** Frees a chain with its bit arrays. */
  static void free(SlabAllocator memory, long chain) {
    for (int i = 0; i < filters(chain); i++) {
      memory.free(array(chain, i));
    }
    memory.free(chain);
  }

  /** A chain of its own with the same filters. */
  static long copy(SlabAllocator memory, long chain) {
    long bytes = HEAD_BYTES + (long) filters(chain) * FILTER_BYTES;
    long copy = memory.allocate(bytes);
    Memory.copy(chain, copy, bytes);
    for (int i = 0; i < filters(chain); i++) {
      long length = arrayBytes(chain, i);
      long array = memory.allocate(length);
      Memory.copy(array(chain, i), array, length);
      Memory.putLong(filter(copy, i) + ARRAY, array);
    }
    return copy;
  }

  /** Whether a filter's numbers are such as {@link #extend} would make. */
  static boolean isSound(
      long capacity, double error, double bitsPerItem, long hashes, long bits, long bytes) {
    return capacity > 0
        && error > 0
        && error < 1
        && bitsPerItem > 0
        && bitsPerItem < 2000
        && hashes == hashes(bitsPerItem)
        && bits > 0
        && bits == bytes * 8
        && bytes <= BITS_BYTES_MAX;
  }
}
