package dev.millrace.engine.command.string;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The longest common subsequence of two strings by the usual table of lengths of prefixes, of which
 * only one row is kept. For going back through the table, one bit a cell remembers which neighbour
 * was the longer, so that a table Redis spends four bytes a cell on takes a 32nd of that.
 *
 * <p>Owned by: executor thread.
 */
final class LongestCommonSubsequence implements AutoCloseable {
  private final long a;
  private final long aLength;
  private final long b;
  private final long bLength;
  private final boolean rowOverA;
  private final @Nullable Region bits;
  private final int length;

  /**
   * Computes the length and, when {@code withPath}, what is needed to go back through the table.
   *
   * <p>The caller bounds the product of the lengths; the shorter one then fits an array.
   */
  LongestCommonSubsequence(long a, long aLength, long b, long bLength, boolean withPath) {
    this.a = a;
    this.aLength = aLength;
    this.b = b;
    this.bLength = bLength;
    this.rowOverA = aLength <= bLength;
    long cells = aLength * bLength;
    this.bits = withPath && cells > 0 ? new Region((cells + 7) / 8) : null;
    this.length = cells == 0 ? 0 : compute();
  }

  /** The subsequence's length. */
  int length() {
    return length;
  }

  /** Whether the prefixes of a and b of these lengths end in the same byte. */
  boolean matches(long i, long j) {
    return Memory.getByte(a + i - 1) == Memory.getByte(b + j - 1);
  }

  /**
   * For prefixes of i bytes of a and j of b, whether the one of i - 1 has more in common with the
   * other than the one of j - 1 has; only where {@link #matches} does not hold.
   */
  boolean isLongerWithoutLastOfA(long i, long j) {
    Region table = Objects.requireNonNull(bits, "computed without the path");
    long cell = rowOverA ? (j - 1) * aLength + i - 1 : (i - 1) * bLength + j - 1;
    return (Memory.getByte(table.address() + (cell >>> 3)) >>> (cell & 7) & 1) != 0;
  }

  private int compute() {
    byte[] across = Memory.bytes(rowOverA ? a : b, (int) (rowOverA ? aLength : bLength));
    long down = rowOverA ? b : a;
    long rows = rowOverA ? bLength : aLength;
    int[] row = new int[across.length + 1];
    long cell = 0;
    for (long r = 0; r < rows; r++) {
      byte value = Memory.getByte(down + r);
      int diagonal = 0;
      for (int c = 1; c < row.length; c++, cell++) {
        int above = row[c];
        int left = row[c - 1];
        if (across[c - 1] == value) {
          row[c] = diagonal + 1;
        } else {
          row[c] = Math.max(above, left);
          // Without its last byte the string across is the cell to the left, the other the one
          // above.
          if (bits != null && (rowOverA ? left > above : above > left)) {
            mark(bits, cell);
          }
        }
        diagonal = above;
      }
    }
    return row[across.length];
  }

  private static void mark(Region bits, long cell) {
    long at = bits.address() + (cell >>> 3);
    Memory.putByte(at, (byte) (Memory.getByte(at) | 1 << (cell & 7)));
  }

  @Override
  public void close() {
    if (bits != null) {
      bits.close();
    }
  }
}
