package dev.millrace.engine.struct;

import dev.millrace.engine.memory.Memory;
import java.nio.charset.StandardCharsets;

/**
 * Estimates how many different elements a set has, in Redis's own byte layout, which either server
 * reads when the other has written it. 16,384 registers of six bits: an element's hash names one of
 * them, and the register keeps the longest run of zeros any such hash went on with.
 *
 * <pre>
 *  +------+---+-----+-------------+--------------------------+
 *  | HYLL | E | 0 0 0 | cardinality | registers              |
 *  +------+---+-----+-------------+--------------------------+
 *   4      1   3      8, lowest first; the highest bit of its last byte says "no longer true"
 *
 *  E = 0, dense:  12,288 bytes, registers of six bits, the lowest bits of a byte first
 *  E = 1, sparse: runs of registers
 *      00xxxxxx           1 to 64 registers are 0
 *      01xxxxxx yyyyyyyy  1 to 16,384 registers are 0
 *      1vvvvvxx           1 to 4 registers are 1 to 32
 * </pre>
 *
 * <p>The estimate is Ertl's ("New cardinality estimation algorithms for HyperLogLog sketches",
 * 2017). Static functions over addresses; stateless, any thread.
 */
public final class HyperLogLog {
  /** Number of registers. */
  public static final int REGISTERS = 1 << 14;

  public static final int HEADER_BYTES = 16;

  /** Length of every dense value. */
  public static final int DENSE_BYTES = HEADER_BYTES + REGISTERS * 6 / 8;

  /** Length of a sparse value without elements. */
  public static final int EMPTY_BYTES = HEADER_BYTES + 2;

  /**
   * The greatest register value: so many bits of the hash are not its register's number, plus 1.
   */
  static final int RANK_MAX = 64 - 14 + 1;

  private static final int MAGIC = 'H' | 'Y' << 8 | 'L' << 16 | 'L' << 24;
  private static final int ENCODING_OFFSET = 4;
  private static final int CARDINALITY_OFFSET = 8;
  private static final byte DENSE = 0;
  private static final byte SPARSE = 1;
  private static final long HASH_SEED = 0xadc83b19L;
  private static final double ALPHA = 0.721347520444481703680; // 0.5 / ln 2

  private HyperLogLog() {}

  /** Writes an empty value of {@link #EMPTY_BYTES}. */
  public static void create(long address) {
    Memory.putInt(address, MAGIC);
    Memory.putInt(address + ENCODING_OFFSET, SPARSE);
    Memory.putLong(address + CARDINALITY_OFFSET, 0);
    SparseRegisters.putZeros(address + HEADER_BYTES, REGISTERS);
  }

  /** Whether a string begins as one of these values does, and has a length it can have. */
  public static boolean isOne(long address, long bytes) {
    if (bytes < HEADER_BYTES || Memory.getInt(address) != MAGIC) {
      return false;
    }
    int encoding = Memory.getByte(address + ENCODING_OFFSET) & 0xff;
    return encoding == SPARSE || (encoding == DENSE && bytes == DENSE_BYTES);
  }

  public static boolean isDense(long address) {
    return Memory.getByte(address + ENCODING_OFFSET) == DENSE;
  }

  /** The cached estimate, or -1 when elements came since. */
  public static long cached(long address) {
    long cardinality = Memory.getLong(address + CARDINALITY_OFFSET);
    return cardinality < 0 ? -1 : cardinality;
  }

  public static void cache(long address, long cardinality) {
    Memory.putLong(address + CARDINALITY_OFFSET, cardinality);
  }

  /** Says that the cached estimate is no longer true. */
  public static void forgetCached(long address) {
    long last = address + CARDINALITY_OFFSET + 7;
    Memory.putByte(last, (byte) (Memory.getByte(last) | 0x80));
  }

  /** The register that an element's hash names. */
  public static int register(long hash) {
    return (int) hash & (REGISTERS - 1);
  }

  /** What the element's hash would raise that register to. */
  public static int rank(long hash) {
    return Long.numberOfTrailingZeros(hash >>> 14 | 1L << (RANK_MAX - 1)) + 1;
  }

  /** An element's hash, under the seed that Redis has. */
  public static long hash(long address, long bytes) {
    return MurmurHash.hash64(address, bytes, HASH_SEED);
  }

  /** A register of a dense value. */
  public static int denseRegister(long address, int index) {
    long at = address + HEADER_BYTES + index * 6 / 8;
    int shift = index * 6 & 7;
    int bits = (Memory.getByte(at) & 0xff) >>> shift;
    if (shift > 2) {
      bits |= Memory.getByte(at + 1) << (8 - shift);
    }
    return bits & 63;
  }

  /** Raises a register of a dense value to {@code rank}; false when it is there already. */
  public static boolean raiseDense(long address, int index, int rank) {
    if (denseRegister(address, index) >= rank) {
      return false;
    }
    putDense(address, index, rank);
    return true;
  }

  private static void putDense(long address, int index, int value) {
    long at = address + HEADER_BYTES + index * 6 / 8;
    int shift = index * 6 & 7;
    int low = Memory.getByte(at) & ~(63 << shift);
    Memory.putByte(at, (byte) (low | value << shift));
    if (shift > 2) {
      int high = Memory.getByte(at + 1) & ~(63 >>> (8 - shift));
      Memory.putByte(at + 1, (byte) (high | value >>> (8 - shift)));
    }
  }

  /**
   * Writes a sparse value as a dense one.
   *
   * @param to room for {@link #DENSE_BYTES}, elsewhere
   * @return false when the sparse value is damaged
   */
  public static boolean toDense(long sparse, long bytes, long to) {
    Memory.copy(sparse, to, HEADER_BYTES);
    Memory.putByte(to + ENCODING_OFFSET, DENSE);
    Memory.fill(to + HEADER_BYTES, DENSE_BYTES - HEADER_BYTES, (byte) 0);
    int index = 0;
    long end = sparse + bytes;
    for (long at = sparse + HEADER_BYTES; at < end; at += SparseRegisters.bytes(at)) {
      int run = SparseRegisters.run(at, end);
      int value = SparseRegisters.value(at);
      if (value > 0) {
        if (run + index > REGISTERS) {
          return false;
        }
        for (int i = 0; i < run; i++) {
          putDense(to, index + i, value);
        }
      }
      index += run;
    }
    return index == REGISTERS;
  }

  /**
   * Raises registers to those of a value.
   *
   * @param registers {@link #REGISTERS} of them
   * @return false when the value is damaged
   */
  public static boolean merge(byte[] registers, long address, long bytes) {
    if (isDense(address)) {
      for (int i = 0; i < REGISTERS; i += 8) {
        long eight = eightRegisters(address, i);
        for (int j = i; j < i + 8; j++) {
          byte value = (byte) (eight & 63);
          if (value > registers[j]) {
            registers[j] = value;
          }
          eight >>>= 6;
        }
      }
      return true;
    }
    int index = 0;
    long end = address + bytes;
    for (long at = address + HEADER_BYTES; at < end; at += SparseRegisters.bytes(at)) {
      int run = SparseRegisters.run(at, end);
      byte value = (byte) SparseRegisters.value(at);
      if (value > 0) {
        if (run + index > REGISTERS) {
          return false;
        }
        for (int i = index; i < index + run; i++) {
          if (value > registers[i]) {
            registers[i] = value;
          }
        }
      }
      index += run;
    }
    return index == REGISTERS;
  }

  /** Eight registers of six bits, from one whose number is a multiple of eight. */
  private static long eightRegisters(long address, int index) {
    // Two bytes early, where the header is, so that the last eight are not read past their end.
    return Memory.getLong(address + HEADER_BYTES + index / 8 * 6L - 2) >>> 16;
  }

  /**
   * Estimates the cardinality.
   *
   * @param histogram 64 numbers, overwritten
   * @return -1 when the value is damaged
   */
  public static long count(long address, long bytes, int[] histogram) {
    java.util.Arrays.fill(histogram, 0);
    if (isDense(address)) {
      for (int i = 0; i < REGISTERS; i += 8) {
        long eight = eightRegisters(address, i);
        for (int j = 0; j < 8; j++) {
          histogram[(int) eight & 63]++;
          eight >>>= 6;
        }
      }
      return estimate(histogram);
    }
    int index = 0;
    long end = address + bytes;
    for (long at = address + HEADER_BYTES; at < end; at += SparseRegisters.bytes(at)) {
      int run = SparseRegisters.run(at, end);
      histogram[SparseRegisters.value(at)] += run;
      index += run;
    }
    return index == REGISTERS ? estimate(histogram) : -1;
  }

  /** Estimates the cardinality from registers. */
  public static long count(byte[] registers, int[] histogram) {
    java.util.Arrays.fill(histogram, 0);
    for (byte value : registers) {
      histogram[value]++;
    }
    return estimate(histogram);
  }

  /** Ertl's improved estimator over how many registers have which value. */
  private static long estimate(int[] histogram) {
    double m = REGISTERS;
    double z = m * tau((m - histogram[RANK_MAX]) / m);
    for (int rank = RANK_MAX - 1; rank >= 1; rank--) {
      z += histogram[rank];
      z *= 0.5;
    }
    z += m * sigma(histogram[0] / m);
    return Math.round(ALPHA * m * m / z);
  }

  private static double sigma(double share) {
    if (share == 1) {
      return Double.POSITIVE_INFINITY;
    }
    double x = share;
    double y = 1;
    double z = x;
    double before;
    do {
      x *= x;
      before = z;
      z += x * y;
      y += y;
    } while (before != z);
    return z;
  }

  private static double tau(double share) {
    if (share == 0 || share == 1) {
      return 0;
    }
    double x = share;
    double y = 1;
    double z = 1 - x;
    double before;
    do {
      x = Math.sqrt(x);
      before = z;
      y *= 0.5;
      z -= (1 - x) * (1 - x) * y;
    } while (before != z);
    return z / 3;
  }

  /** The runs of a sparse value as PFDEBUG DECODE writes them. Allocates. */
  public static byte[] decoded(long address, long bytes) {
    StringBuilder out = new StringBuilder();
    long end = address + bytes;
    for (long at = address + HEADER_BYTES; at < end; at += SparseRegisters.bytes(at)) {
      out.append(out.isEmpty() ? "" : " ");
      SparseRegisters.describe(at, end, out);
    }
    return out.toString().getBytes(StandardCharsets.US_ASCII);
  }
}
