package dev.millrace.engine.snapshot;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The checksum at the end of RDB files and DUMP payloads: CRC-64 with the polynomial of D. T. Jones
 * ({@code 0xad93d23594c935a9}), input and output reflected, starting at 0, nothing inverted.
 *
 * <p>The check value, the checksum of the ASCII digits "123456789", is {@code e9c6d914c4b8d9ca}.
 * Eight bytes are taken per step by the slicing method of M. Kounavis and F. Berry: table k holds
 * the effect of a byte that is followed by k zero bytes, so that the eight lookups of a step do not
 * wait for each other.
 *
 * <p>Incremental: the result over a first part is the {@code crc} given with the next. Thread-safe:
 * the tables never change.
 */
public final class Crc64 {
  /** The checksum of no bytes. */
  public static final long EMPTY = 0;

  private static final long REFLECTED_POLYNOMIAL = Long.reverse(0xad93d23594c935a9L);
  private static final int SLICES = 8;
  private static final int ROW = 256;
  private static final long[] TABLE = table();
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Crc64() {}

  /** Continues {@code crc} over {@code bytes} bytes of {@code source} from {@code position}. */
  public static long update(long crc, MemorySegment source, long position, long bytes) {
    long at = position;
    long end = position + bytes;
    long state = crc;
    for (long wordsEnd = end - (SLICES - 1); at < wordsEnd; at += SLICES) {
      long word = state ^ source.get(LONG, at);
      state =
          TABLE[7 * ROW + (int) (word & 0xff)]
              ^ TABLE[6 * ROW + (int) (word >>> 8 & 0xff)]
              ^ TABLE[5 * ROW + (int) (word >>> 16 & 0xff)]
              ^ TABLE[4 * ROW + (int) (word >>> 24 & 0xff)]
              ^ TABLE[3 * ROW + (int) (word >>> 32 & 0xff)]
              ^ TABLE[2 * ROW + (int) (word >>> 40 & 0xff)]
              ^ TABLE[ROW + (int) (word >>> 48 & 0xff)]
              ^ TABLE[(int) (word >>> 56)];
    }
    for (; at < end; at++) {
      state = state >>> 8 ^ TABLE[(int) ((state ^ source.get(ValueLayout.JAVA_BYTE, at)) & 0xff)];
    }
    return state;
  }

  /** Continues {@code crc} over a part of an array. */
  public static long update(long crc, byte[] source, int offset, int length) {
    return update(crc, MemorySegment.ofArray(source), offset, length);
  }

  private static long[] table() {
    long[] table = new long[SLICES * ROW];
    for (int octet = 0; octet < ROW; octet++) {
      long state = octet;
      for (int bit = 0; bit < 8; bit++) {
        state = (state & 1) == 0 ? state >>> 1 : state >>> 1 ^ REFLECTED_POLYNOMIAL;
      }
      table[octet] = state;
    }
    for (int i = ROW; i < table.length; i++) {
      long before = table[i - ROW];
      table[i] = before >>> 8 ^ table[(int) (before & 0xff)];
    }
    return table;
  }
}
