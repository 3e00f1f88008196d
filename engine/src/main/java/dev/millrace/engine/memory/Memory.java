package dev.millrace.engine.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.SecureRandom;

/**
 * Off-heap memory by absolute address. Every multi-byte number is little-endian and may lie at any
 * alignment. 0 is never a valid address.
 *
 * <p>All accesses go through one segment that spans the address space, so that a read is one bounds
 * comparison and one load, and nothing is allocated. Nothing stands between a wrong address and a
 * crash of the process unless the checked mode is on ({@code -Dmillrace.memory.checked=true}): then
 * each access must lie inside one live allocation, region or adopted range, or a {@link
 * MemoryFaultError} names the site where the memory was allocated (and freed).
 *
 * <p>Threads: any; what publishes the bytes of one thread to another is the caller's business.
 */
public final class Memory {
  /** The checked mode. A constant to the compiler: when false, the checks leave no code behind. */
  public static final boolean CHECKED = Boolean.getBoolean("millrace.memory.checked");

  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** A fill beyond this is worth the small object that a slice is. */
  private static final long SLICE_FILLED_BYTES = 64 * 1024;

  private static final long HASH_SEED = hashSeed();
  // Odd constants with as many ones as zeros, in the manner of wyhash (Wang Yi, public domain).
  private static final long HASH_A = 0x9e3779b97f4a7c15L;
  private static final long HASH_B = 0xd6e8feb86659fd93L;
  private static final long HASH_C = 0xa0761d6478bd642fL;

  private Memory() {}

  private static long hashSeed() {
    Long fixed = Long.getLong("millrace.memory.hashSeed");
    return fixed != null ? fixed : new SecureRandom().nextLong();
  }

  public static byte getByte(long address) {
    if (CHECKED) {
      CheckedMemory.require(address, 1);
    }
    return ALL.get(BYTE, address);
  }

  public static short getShort(long address) {
    if (CHECKED) {
      CheckedMemory.require(address, 2);
    }
    return ALL.get(SHORT, address);
  }

  public static int getInt(long address) {
    if (CHECKED) {
      CheckedMemory.require(address, 4);
    }
    return ALL.get(INT, address);
  }

  public static long getLong(long address) {
    if (CHECKED) {
      CheckedMemory.require(address, 8);
    }
    return ALL.get(LONG, address);
  }

  public static void putByte(long address, byte value) {
    if (CHECKED) {
      CheckedMemory.require(address, 1);
    }
    ALL.set(BYTE, address, value);
  }

  public static void putShort(long address, short value) {
    if (CHECKED) {
      CheckedMemory.require(address, 2);
    }
    ALL.set(SHORT, address, value);
  }

  public static void putInt(long address, int value) {
    if (CHECKED) {
      CheckedMemory.require(address, 4);
    }
    ALL.set(INT, address, value);
  }

  public static void putLong(long address, long value) {
    if (CHECKED) {
      CheckedMemory.require(address, 8);
    }
    ALL.set(LONG, address, value);
  }

  /** Reads without the checked mode's test: for the allocator's own bookkeeping between blocks. */
  static long rawLong(long address) {
    return ALL.get(LONG, address);
  }

  static void rawPutLong(long address, long value) {
    ALL.set(LONG, address, value);
  }

  static int rawInt(long address) {
    return ALL.get(INT, address);
  }

  static void rawPutInt(long address, int value) {
    ALL.set(INT, address, value);
  }

  static void rawFill(long address, long bytes, byte value) {
    ALL.asSlice(address, bytes).fill(value);
  }

  static void rawCopy(long from, long to, long bytes) {
    MemorySegment.copy(ALL, from, ALL, to, bytes);
  }

  /** Copies {@code bytes} bytes; the ranges may overlap. */
  public static void copy(long from, long to, long bytes) {
    if (CHECKED) {
      CheckedMemory.require(from, bytes);
      CheckedMemory.require(to, bytes);
    }
    MemorySegment.copy(ALL, from, ALL, to, bytes);
  }

  public static void fill(long address, long bytes, byte value) {
    if (CHECKED) {
      CheckedMemory.require(address, bytes);
    }
    if (bytes > SLICE_FILLED_BYTES) {
      ALL.asSlice(address, bytes).fill(value);
      return;
    }
    long eight = (value & 0xffL) * 0x0101010101010101L;
    long i = 0;
    for (; bytes - i >= 8; i += 8) {
      ALL.set(LONG, address + i, eight);
    }
    for (; i < bytes; i++) {
      ALL.set(BYTE, address + i, value);
    }
  }

  /** Whether two ranges of the same length hold the same bytes. */
  public static boolean equal(long a, long b, long bytes) {
    if (CHECKED) {
      CheckedMemory.require(a, bytes);
      CheckedMemory.require(b, bytes);
    }
    if (bytes >= 8) {
      long last = bytes - 8;
      for (long i = 0; i < last; i += 8) {
        if (ALL.get(LONG, a + i) != ALL.get(LONG, b + i)) {
          return false;
        }
      }
      // The last word overlaps what was compared already; cheaper than a loop over single bytes.
      return ALL.get(LONG, a + last) == ALL.get(LONG, b + last);
    }
    if (bytes >= 4) {
      long last = bytes - 4;
      return ALL.get(INT, a) == ALL.get(INT, b) && ALL.get(INT, a + last) == ALL.get(INT, b + last);
    }
    for (long i = 0; i < bytes; i++) {
      if (ALL.get(BYTE, a + i) != ALL.get(BYTE, b + i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Compares two byte strings as memcmp does, bytes unsigned; a prefix comes before what it begins.
   *
   * @return negative, zero or positive
   */
  public static int compare(long a, long aBytes, long b, long bBytes) {
    if (CHECKED) {
      CheckedMemory.require(a, aBytes);
      CheckedMemory.require(b, bBytes);
    }
    long common = Math.min(aBytes, bBytes);
    long i = 0;
    for (; i + 8 <= common; i += 8) {
      long x = ALL.get(LONG, a + i);
      long y = ALL.get(LONG, b + i);
      if (x != y) {
        return Long.compareUnsigned(Long.reverseBytes(x), Long.reverseBytes(y));
      }
    }
    for (; i < common; i++) {
      int difference = (ALL.get(BYTE, a + i) & 0xff) - (ALL.get(BYTE, b + i) & 0xff);
      if (difference != 0) {
        return difference;
      }
    }
    return Long.compare(aBytes, bBytes);
  }

  /** Index of the first byte that differs, or -1 when the two ranges of one length are equal. */
  public static long mismatch(long a, long b, long bytes) {
    if (CHECKED) {
      CheckedMemory.require(a, bytes);
      CheckedMemory.require(b, bytes);
    }
    return MemorySegment.mismatch(ALL, a, a + bytes, ALL, b, b + bytes);
  }

  /** Copies {@code n} bytes from memory into an array. */
  public static void get(long address, byte[] to, int offset, int n) {
    if (CHECKED) {
      CheckedMemory.require(address, n);
    }
    MemorySegment.copy(ALL, BYTE, address, to, offset, n);
  }

  /** Copies {@code n} bytes from an array into memory. */
  public static void put(long address, byte[] from, int offset, int n) {
    if (CHECKED) {
      CheckedMemory.require(address, n);
    }
    MemorySegment.copy(from, offset, ALL, BYTE, address, n);
  }

  /** A new array with the bytes of the range: allocates, so never per command. */
  public static byte[] bytes(long address, int n) {
    byte[] copy = new byte[n];
    get(address, copy, 0, n);
    return copy;
  }

  /** Whether the range holds exactly the bytes of {@code other}. */
  public static boolean equalAscii(long address, int n, byte[] other) {
    if (n != other.length) {
      return false;
    }
    if (CHECKED) {
      CheckedMemory.require(address, n);
    }
    for (int i = 0; i < n; i++) {
      if (ALL.get(BYTE, address + i) != other[i]) {
        return false;
      }
    }
    return true;
  }

  /** Whether the range spells {@code lowerCaseAscii} in any mixture of cases. */
  public static boolean equalIgnoreCase(long address, int n, byte[] lowerCaseAscii) {
    if (n != lowerCaseAscii.length) {
      return false;
    }
    if (CHECKED) {
      CheckedMemory.require(address, n);
    }
    for (int i = 0; i < n; i++) {
      int c = ALL.get(BYTE, address + i);
      if (c >= 'A' && c <= 'Z') {
        c += 'a' - 'A';
      }
      if (c != lowerCaseAscii[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * A 64-bit hash of the bytes, keyed by a seed drawn at random once per process so that nobody
   * outside can choose keys that collide ({@code -Dmillrace.memory.hashSeed=} fixes it for a
   * repeatable run). Reads 16 bytes a step and folds them by a full 64x64-bit multiplication (the
   * construction of wyhash and rapidhash). Never stored on disk or sent.
   */
  public static long hash(long address, long bytes) {
    if (CHECKED) {
      CheckedMemory.require(address, bytes);
    }
    long seed = HASH_SEED;
    long a;
    long b;
    if (bytes <= 16) {
      if (bytes >= 8) {
        a = ALL.get(LONG, address);
        b = ALL.get(LONG, address + bytes - 8);
      } else if (bytes >= 4) {
        a = ALL.get(INT, address) & 0xffffffffL;
        b = ALL.get(INT, address + bytes - 4) & 0xffffffffL;
      } else if (bytes > 0) {
        a =
            ((ALL.get(BYTE, address) & 0xffL) << 16)
                | ((ALL.get(BYTE, address + (bytes >>> 1)) & 0xffL) << 8)
                | (ALL.get(BYTE, address + bytes - 1) & 0xffL);
        b = 0;
      } else {
        a = 0;
        b = 0;
      }
    } else {
      long i = 0;
      for (; bytes - i > 16; i += 16) {
        seed =
            mix(
                ALL.get(LONG, address + i) ^ HASH_A,
                ALL.get(LONG, address + i + 8) ^ HASH_B ^ seed);
      }
      a = ALL.get(LONG, address + bytes - 16);
      b = ALL.get(LONG, address + bytes - 8);
    }
    return finish(a, b, seed, bytes);
  }

  private static long finish(long a, long b, long seed, long bytes) {
    long x = mix(a ^ HASH_B, b ^ seed ^ HASH_A);
    return mix(x ^ seed ^ HASH_C, bytes ^ HASH_B);
  }

  private static long mix(long x, long y) {
    return (x * y) ^ Math.unsignedMultiplyHigh(x, y);
  }

  /** The range as a segment: allocates a small object, so never per command. */
  public static MemorySegment segment(long address, long bytes) {
    if (CHECKED) {
      CheckedMemory.require(address, bytes);
    }
    return ALL.asSlice(address, bytes);
  }

  /**
   * The range as a direct buffer, big-endian as new buffers are: allocates a small object, so never
   * per command. The buffer does not keep the memory alive, and its accesses escape the checked
   * mode.
   */
  public static ByteBuffer view(long address, int bytes) {
    return segment(address, bytes).asByteBuffer();
  }

  /**
   * Makes a range that was allocated elsewhere (a network buffer, say) known to the checked mode,
   * so that it may be read and written here. Does nothing when the mode is off. Any thread.
   */
  public static void adopt(long address, long bytes) {
    if (CHECKED) {
      CheckedMemory.adopt(address, bytes);
    }
  }

  /** Takes back {@link #adopt}; the address is the one adopted. Any thread. */
  public static void disown(long address) {
    if (CHECKED) {
      CheckedMemory.disown(address);
    }
  }
}
