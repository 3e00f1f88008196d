package dev.millrace.aof;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A scanner of RESP arrays for tests, transactions included. */
final class RespScanner implements StreamScanner {
  @Override
  public long wholeUnitsEnd(MemorySegment bytes) {
    long at = 0;
    long units = 0;
    boolean inside = false;
    while (true) {
      long[] end = new long[2];
      String name = command(bytes, at, end);
      if (name == null) {
        return units;
      }
      at = end[0];
      if (name.equals("MULTI")) {
        inside = true;
      } else if (name.equals("EXEC")) {
        inside = false;
      }
      if (!inside) {
        units = at;
      }
    }
  }

  private static @Nullable String command(MemorySegment bytes, long from, long[] end) {
    long[] number = new long[2];
    if (!number(bytes, from, '*', number) || number[0] < 1) {
      return null;
    }
    long at = number[1];
    long count = number[0];
    @Nullable String name = null;
    for (long i = 0; i < count; i++) {
      if (!number(bytes, at, '$', number) || number[0] < 0) {
        return null;
      }
      at = number[1];
      long length = number[0];
      if (at + length + 2 > bytes.byteSize() || !isLineEnd(bytes, at + length)) {
        return null;
      }
      if (i == 0) {
        byte[] text = bytes.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
        name = new String(text, StandardCharsets.US_ASCII);
      }
      at += length + 2;
    }
    end[0] = at;
    return name;
  }

  private static boolean number(MemorySegment bytes, long from, char mark, long[] result) {
    if (from >= bytes.byteSize() || bytes.get(ValueLayout.JAVA_BYTE, from) != mark) {
      return false;
    }
    long value = 0;
    for (long at = from + 1; at < bytes.byteSize() && at < from + 12; at++) {
      byte b = bytes.get(ValueLayout.JAVA_BYTE, at);
      if (b == '\r') {
        result[0] = value;
        result[1] = at + 2;
        return at > from + 1 && at + 2 <= bytes.byteSize() && isLineEnd(bytes, at);
      }
      if (b < '0' || b > '9') {
        return false;
      }
      value = value * 10 + (b - '0');
    }
    return false;
  }

  private static boolean isLineEnd(MemorySegment bytes, long at) {
    return bytes.get(ValueLayout.JAVA_BYTE, at) == '\r'
        && bytes.get(ValueLayout.JAVA_BYTE, at + 1) == '\n';
  }
}
