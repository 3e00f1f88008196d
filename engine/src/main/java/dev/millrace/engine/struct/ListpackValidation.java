package dev.millrace.engine.struct;

import dev.millrace.engine.memory.Memory;

/**
 * Shows that bytes from elsewhere are a {@link Listpack} before anything trusts them.
 *
 * <p>Static functions over an address. Threads: any.
 */
public final class ListpackValidation {
  private ListpackValidation() {}

  /**
   * Whether the bytes are a listpack in every part: lengths, each element, each back length, the
   * count. Reads nothing beyond them whatever they say.
   */
  public static boolean isSound(long lp, long bytes) {
    if (bytes < Listpack.EMPTY_BYTES
        || (Memory.getInt(lp) & 0xFFFFFFFFL) != bytes
        || bytes > Integer.MAX_VALUE
        || (Memory.getByte(lp + bytes - 1) & 0xFF) != Listpack.END) {
      return false;
    }
    int end = (int) bytes - 1;
    int count = 0;
    int pos = Listpack.HEADER_BYTES;
    while (pos != end) {
      int length = soundElementBytes(lp, pos, end);
      if (length == 0) {
        return false;
      }
      pos += length;
      count++;
    }
    int claimed = Memory.getShort(lp + Listpack.COUNT) & 0xFFFF;
    return claimed == Listpack.UNKNOWN_COUNT || claimed == count;
  }

  /** Length of an element that lies before the end and has the right back length, else 0. */
  private static int soundElementBytes(long lp, int pos, int end) {
    int head = Memory.getByte(lp + pos) & 0xFF;
    int headBytes = head == Listpack.STRING_32 ? 5 : 2;
    if (head > Listpack.INT_64 || (head >= 0xE0 && end - pos < headBytes)) {
      return 0;
    }
    if (head == Listpack.STRING_32
        && Integer.compareUnsigned(Memory.getInt(lp + pos + 1), end - pos) > 0) {
      return 0;
    }
    int bytes = Listpack.encodingBytes(lp + pos);
    if (bytes < 0 || bytes > end - pos) {
      return 0;
    }
    int back = Listpack.backBytes(bytes);
    if (back > end - pos - bytes) {
      return 0;
    }
    // Read only as far back as the right one would reach: a wrong one may not end before the start.
    long at = lp + pos + bytes + back - 1;
    int value = 0;
    for (int i = 0; i < back; i++) {
      int part = Memory.getByte(at - i) & 0xFF;
      if (part >= 0x80 == (i == back - 1)) {
        return 0;
      }
      value |= (part & 0x7F) << (7 * i);
    }
    return value == bytes ? bytes + back : 0;
  }
}
