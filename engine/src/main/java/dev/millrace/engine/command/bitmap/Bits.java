package dev.millrace.engine.command.bitmap;

import dev.millrace.engine.memory.Memory;

/**
 * Counts, finds and combines bits in memory, eight bytes a step. Bit 0 is the highest bit of the
 * first byte. Stateless; any thread.
 */
final class Bits {
  /** What a string is combined with another by. */
  enum Operation {
    AND,
    OR,
    XOR
  }

  private Bits() {}

  /** How many bits are set in a range of bytes. */
  static long count(long address, long bytes) {
    long count = 0;
    long at = address;
    long end = address + bytes;
    for (; end - at >= 32; at += 32) {
      count +=
          Long.bitCount(Memory.getLong(at))
              + Long.bitCount(Memory.getLong(at + 8))
              + Long.bitCount(Memory.getLong(at + 16))
              + Long.bitCount(Memory.getLong(at + 24));
    }
    for (; end - at >= 8; at += 8) {
      count += Long.bitCount(Memory.getLong(at));
    }
    for (; at < end; at++) {
      count += Integer.bitCount(Memory.getByte(at) & 0xff);
    }
    return count;
  }

  /** How many of the bits from {@code first} to {@code last}, both included, are set. */
  static long count(long address, long first, long last) {
    long firstByte = first >>> 3;
    long lastByte = last >>> 3;
    long count = count(address + firstByte, lastByte - firstByte + 1);
    int before = (Memory.getByte(address + firstByte) & 0xff) >>> (8 - (int) (first & 7));
    int after = (Memory.getByte(address + lastByte) << ((int) (last & 7) + 1)) & 0xff;
    return count - Integer.bitCount(before) - Integer.bitCount(after);
  }

  /**
   * The first bit from {@code first} to {@code last}, both included, that is {@code bit}; -1 when
   * there is none.
   */
  static long find(long address, long first, long last, int bit) {
    long skipped = bit == 1 ? 0 : -1;
    long lastByte = last >>> 3;
    long at = first >>> 3;
    // The bits of the first byte that lie before the range count as what is not looked for.
    int head = 0xff00 >>> (int) (first & 7) & 0xff;
    int current = Memory.getByte(address + at) & 0xff;
    current = bit == 1 ? current & ~head : current | head;
    while (current == (skipped & 0xff)) {
      at++;
      while (lastByte - at >= 7 && Memory.getLong(address + at) == skipped) {
        at += 8;
      }
      if (at > lastByte) {
        return -1;
      }
      current = Memory.getByte(address + at) & 0xff;
    }
    int wanted = bit == 1 ? current : ~current & 0xff;
    long position = (at << 3) + Integer.numberOfLeadingZeros(wanted << 24);
    return position <= last ? position : -1;
  }

  /** Combines so many bytes of {@code to} with those of {@code with}. */
  static void combine(Operation operation, long to, long with, long bytes) {
    long i = 0;
    switch (operation) {
      case AND -> {
        for (; bytes - i >= 8; i += 8) {
          Memory.putLong(to + i, Memory.getLong(to + i) & Memory.getLong(with + i));
        }
        for (; i < bytes; i++) {
          Memory.putByte(to + i, (byte) (Memory.getByte(to + i) & Memory.getByte(with + i)));
        }
      }
      case OR -> {
        for (; bytes - i >= 8; i += 8) {
          Memory.putLong(to + i, Memory.getLong(to + i) | Memory.getLong(with + i));
        }
        for (; i < bytes; i++) {
          Memory.putByte(to + i, (byte) (Memory.getByte(to + i) | Memory.getByte(with + i)));
        }
      }
      case XOR -> {
        for (; bytes - i >= 8; i += 8) {
          Memory.putLong(to + i, Memory.getLong(to + i) ^ Memory.getLong(with + i));
        }
        for (; i < bytes; i++) {
          Memory.putByte(to + i, (byte) (Memory.getByte(to + i) ^ Memory.getByte(with + i)));
        }
      }
    }
  }

  /** Inverts so many bytes. */
  static void invert(long address, long bytes) {
    long i = 0;
    for (; bytes - i >= 8; i += 8) {
      Memory.putLong(address + i, ~Memory.getLong(address + i));
    }
    for (; i < bytes; i++) {
      Memory.putByte(address + i, (byte) ~Memory.getByte(address + i));
    }
  }

  /** A field of up to 64 bits as an unsigned number; bits beyond the string's end are 0. */
  static long field(long address, long length, long offset, int bits) {
    long value = 0;
    long at = offset;
    for (int left = bits; left > 0; ) {
      int inByte = 8 - (int) (at & 7);
      int taken = Math.min(inByte, left);
      int octet = at >>> 3 < length ? Memory.getByte(address + (at >>> 3)) & 0xff : 0;
      value = value << taken | ((octet >>> (inByte - taken)) & ((1 << taken) - 1));
      at += taken;
      left -= taken;
    }
    return value;
  }

  /** Writes the low bits of {@code value} to a field. */
  static void putField(long address, long offset, int bits, long value) {
    long at = offset;
    for (int left = bits; left > 0; ) {
      int inByte = 8 - (int) (at & 7);
      int taken = Math.min(inByte, left);
      int shift = inByte - taken;
      int mask = ((1 << taken) - 1) << shift;
      int part = (int) (value >>> (left - taken)) << shift & mask;
      long place = address + (at >>> 3);
      Memory.putByte(place, (byte) ((Memory.getByte(place) & ~mask) | part));
      at += taken;
      left -= taken;
    }
  }
}
