package dev.millrace.engine.snapshot;

import dev.millrace.engine.memory.Memory;

/**
 * Expands one LZF string from memory to memory, trusting nothing in it.
 *
 * <p>The library's decoder works on its own chunks in arrays and leaves some damage to array
 * bounds; here source and target are off-heap, and every read and every write is checked against
 * its range before it is made.
 *
 * <pre>
 * 000nnnnn                    n + 1 literal bytes follow
 * lllooooo oooooooo           copy l + 2 bytes from o + 1 bytes back   (l is 1..6)
 * 111ooooo llllllll oooooooo  copy l + 9 bytes from o + 1 bytes back
 * </pre>
 */
final class LzfDecoder {
  /** No more than this many bytes can come out of each byte of input (3 bytes give 264). */
  static final int EXPANSION_MAX = 88;

  private static final int LITERAL_MAX = 32;
  private static final int SHORT_COPY = 16;

  private LzfDecoder() {}

  /**
   * Expands {@code sourceBytes} bytes into exactly {@code targetBytes}.
   *
   * @return false when the input is damaged: the target's content is then undefined
   */
  static boolean expand(long source, long sourceBytes, long target, long targetBytes) {
    long in = source;
    long inEnd = source + sourceBytes;
    long out = target;
    long outEnd = target + targetBytes;
    while (in < inEnd) {
      int control = Memory.getByte(in++) & 0xff;
      if (control < LITERAL_MAX) {
        int run = control + 1;
        if (run > inEnd - in || run > outEnd - out) {
          return false;
        }
        Memory.copy(in, out, run);
        in += run;
        out += run;
        continue;
      }
      int length = control >>> 5;
      if (inEnd - in < (length == 7 ? 2 : 1)) {
        return false;
      }
      if (length == 7) {
        length += Memory.getByte(in++) & 0xff;
      }
      length += 2;
      int distance = ((control & 0x1f) << 8 | (Memory.getByte(in++) & 0xff)) + 1;
      if (distance > out - target || length > outEnd - out) {
        return false;
      }
      copyBack(out, distance, length);
      out += length;
    }
    return out == outEnd;
  }

  /** Copies so that bytes just written are read again where the ranges overlap. */
  private static void copyBack(long out, long distance, int length) {
    if (distance >= length && length > SHORT_COPY) {
      Memory.copy(out - distance, out, length);
      return;
    }
    for (long to = out; to < out + length; to++) {
      Memory.putByte(to, Memory.getByte(to - distance));
    }
  }
}
