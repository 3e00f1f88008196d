package dev.millrace.engine.recovery;

import dev.millrace.aof.StreamScanner;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Finds where the last whole unit of a piece of stream ends: a command, or a transaction from its
 * MULTI to its EXEC. The stream holds commands only as RESP arrays of bulk strings, so anything
 * else ends the scan.
 */
public final class UnitScanner implements StreamScanner {
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  private static final int DIGITS_MAX = 10;
  private static final long NOT_WHOLE = -1;

  @Override
  public long wholeUnitsEnd(MemorySegment bytes) {
    long at = 0;
    long whole = 0;
    boolean inTransaction = false;
    while (at < bytes.byteSize()) {
      long end = commandEnd(bytes, at);
      if (end == NOT_WHOLE) {
        return whole;
      }
      if (isName(bytes, at, end, "MULTI")) {
        inTransaction = true;
      } else if (isName(bytes, at, end, "EXEC")) {
        inTransaction = false;
      }
      at = end;
      if (!inTransaction) {
        whole = at;
      }
    }
    return whole;
  }

  /**
   * Where the command that begins at {@code start} ends, or -1 when it is torn or no command.
   *
   * @return a position in the segment, just past the command's last byte
   */
  static long commandEnd(MemorySegment bytes, long start) {
    long header = number(bytes, start, '*');
    if (header == NOT_WHOLE) {
      return NOT_WHOLE;
    }
    long at = headerEnd(header);
    for (long left = headerValue(header); left > 0; left--) {
      long bulk = number(bytes, at, '$');
      if (bulk == NOT_WHOLE) {
        return NOT_WHOLE;
      }
      at = headerEnd(bulk) + headerValue(bulk);
      if (!isLineEnd(bytes, at)) {
        return NOT_WHOLE;
      }
      at += 2;
    }
    return headerValue(header) == 0 ? NOT_WHOLE : at;
  }

  // A header's value (below 1 GiB: 30 bits) and, above it, the position where the header ends (up
  // to
  // 8 GiB into the piece: 33 bits), packed into one long so that scanning allocates nothing.
  private static final int VALUE_BITS = 30;

  private static long headerEnd(long packed) {
    return packed >>> VALUE_BITS;
  }

  private static long headerValue(long packed) {
    return packed & ((1L << VALUE_BITS) - 1);
  }

  private static long number(MemorySegment bytes, long start, char kind) {
    long size = bytes.byteSize();
    if (start >= size || bytes.get(BYTE, start) != kind) {
      return NOT_WHOLE;
    }
    long value = 0;
    long at = start + 1;
    for (int digits = 0; at < size; digits++, at++) {
      byte b = bytes.get(BYTE, at);
      if (b < '0' || b > '9') {
        break;
      }
      if (digits == DIGITS_MAX) {
        return NOT_WHOLE;
      }
      value = value * 10 + (b - '0');
    }
    if (at == start + 1 || value >= 1L << VALUE_BITS || !isLineEnd(bytes, at)) {
      return NOT_WHOLE;
    }
    return (at + 2) << VALUE_BITS | value;
  }

  private static boolean isLineEnd(MemorySegment bytes, long at) {
    return at + 2 <= bytes.byteSize()
        && bytes.get(BYTE, at) == '\r'
        && bytes.get(BYTE, at + 1) == '\n';
  }

  private static boolean isName(MemorySegment bytes, long start, long end, String name) {
    // Only a command without arguments can be one: *1, then the name.
    long header = number(bytes, start, '*');
    if (headerValue(header) != 1) {
      return false;
    }
    long bulk = number(bytes, headerEnd(header), '$');
    long at = headerEnd(bulk);
    if (headerValue(bulk) != name.length() || at + name.length() > end) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      if ((bytes.get(BYTE, at + i) & ~0x20) != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
