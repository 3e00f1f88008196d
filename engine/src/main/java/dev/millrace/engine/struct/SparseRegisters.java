package dev.millrace.engine.struct;

import dev.millrace.engine.memory.Memory;

/**
 * Changes the registers of one sparse {@link HyperLogLog} value, run by run, to the very bytes that
 * Redis would make of it: a run that a register falls into is split, and equal neighbours near it
 * are joined.
 *
 * <p>Used as: {@link #locate} a register, see whether {@link #wouldRaise}, make room for {@link
 * #ROOM_BYTES} more, then {@link #raise}. Registers located in ascending order are found from where
 * the last one was, so that merging many costs one pass.
 *
 * <p>Owned by: executor thread.
 */
public final class SparseRegisters {
  /** By how much raising one register can lengthen the value. */
  public static final int ROOM_BYTES = 3;

  private static final int ZEROS_SHORT_MAX = 64;
  private static final int VALUE_MAX = 32;
  private static final int VALUE_RUN_MAX = 4;
  private static final int RUNS_JOINED = 5;
  private static final int NONE = -1;

  // Positions count from the value's first byte, so that they survive its being moved.
  private int index;
  private int at;
  private int first;
  private int run;
  private int before;
  private int firstBefore;
  private int beforeThat;

  // Where the next search may begin.
  private int resume = NONE;
  private int resumeFirst;
  private int resumeIndex;

  /** Forgets where the last register was; must come before another value is looked at. */
  public void begin() {
    resume = NONE;
  }

  /**
   * Finds the run that holds a register.
   *
   * @return false when the value is damaged: no run holds it
   */
  public boolean locate(long address, int bytes, int register) {
    if (resume != NONE && register > resumeIndex) {
      boolean found = search(address, bytes, register, resume, resumeFirst);
      // The run before the found one must be known, and is not when the search began on it.
      if (found && before != NONE) {
        return true;
      }
    }
    return search(address, bytes, register, HyperLogLog.HEADER_BYTES, 0);
  }

  private boolean search(long address, int bytes, int register, int from, int fromFirst) {
    index = register;
    at = from;
    first = fromFirst;
    before = NONE;
    firstBefore = 0;
    beforeThat = NONE;
    long end = address + bytes;
    while (at < bytes) {
      run = run(address + at, end);
      if (register < first + run) {
        return at + bytes(address + at) <= bytes;
      }
      beforeThat = before;
      before = at;
      firstBefore = first;
      at += bytes(address + at);
      first += run;
    }
    return false;
  }

  /** Whether the located register is below {@code rank}. */
  public boolean wouldRaise(long address, int rank) {
    return value(address + at) < rank;
  }

  /** Whether a rank can be written to a sparse value at all. */
  public static boolean canHold(int rank) {
    return rank <= VALUE_MAX;
  }

  /** By how many bytes raising the located register lengthens the value, before runs are joined. */
  public int growth(long address) {
    boolean isZeros = value(address + at) == 0;
    int left = index - first;
    int right = first + run - 1 - index;
    return 1 + runBytes(left, isZeros) + runBytes(right, isZeros) - bytes(address + at);
  }

  private static int runBytes(int length, boolean isZeros) {
    return length == 0 ? 0 : isZeros && length > ZEROS_SHORT_MAX ? 2 : 1;
  }

  /**
   * Raises the located register; there is room for {@link #growth} more bytes.
   *
   * @return how many bytes the value has now
   */
  public int raise(long address, int bytes, int rank) {
    int value = value(address + at);
    int growth = growth(address);
    int left = index - first;
    int right = first + run - 1 - index;
    if (growth != 0) {
      int next = at + bytes(address + at);
      Memory.copy(address + next, address + next + growth, bytes - next);
    }
    long to = address + at;
    to += putRun(to, value, left);
    Memory.putByte(to, valueRun(rank, 1));
    putRun(to + 1, value, right);
    int length = join(address, bytes + growth);
    resume = before == NONE ? NONE : beforeThat == NONE ? before : beforeThat;
    resumeFirst = resume == before ? firstBefore : firstBefore - lengthOf(address, length);
    resumeIndex = index;
    return length;
  }

  /** How many registers the run before the run before covers. */
  private int lengthOf(long address, int bytes) {
    return run(address + beforeThat, address + bytes);
  }

  private static int putRun(long to, int value, int length) {
    if (length == 0) {
      return 0;
    }
    if (value == 0) {
      return putZeros(to, length);
    }
    Memory.putByte(to, valueRun(value, length));
    return 1;
  }

  /** Joins equal neighbours, as far as a run can be long, from the run before the changed one. */
  private int join(long address, int bytes) {
    int length = bytes;
    int position = before == NONE ? HyperLogLog.HEADER_BYTES : before;
    for (int left = RUNS_JOINED; left > 0 && position < length; left--) {
      long here = address + position;
      int value = value(here);
      if (value == 0) {
        position += bytes(here);
        continue;
      }
      if (position + 1 < length && value(here + 1) == value) {
        int both = run(here, address + length) + run(here + 1, address + length);
        if (both <= VALUE_RUN_MAX) {
          Memory.putByte(here + 1, valueRun(value, both));
          Memory.copy(here + 1, here, length - position - 1);
          length--;
          continue;
        }
      }
      position++;
    }
    return length;
  }

  /** Writes a run of zeros; returns how many bytes it took. */
  static int putZeros(long to, int length) {
    if (length <= ZEROS_SHORT_MAX) {
      Memory.putByte(to, (byte) (length - 1));
      return 1;
    }
    Memory.putByte(to, (byte) (0x40 | (length - 1) >>> 8));
    Memory.putByte(to + 1, (byte) (length - 1));
    return 2;
  }

  private static byte valueRun(int value, int length) {
    return (byte) (0x80 | (value - 1) << 2 | length - 1);
  }

  /** How many bytes the run at an address takes. */
  static int bytes(long run) {
    return (Memory.getByte(run) & 0xc0) == 0x40 ? 2 : 1;
  }

  /** How many registers it covers; the value ends at {@code end}. */
  static int run(long run, long end) {
    int head = Memory.getByte(run);
    if (head < 0) {
      return (head & 3) + 1;
    }
    if ((head & 0x40) == 0) {
      return (head & 0x3f) + 1;
    }
    // A damaged value may end in the middle of a run.
    int low = run + 1 < end ? Memory.getByte(run + 1) & 0xff : 0;
    return ((head & 0x3f) << 8 | low) + 1;
  }

  /** What those registers are. */
  static int value(long run) {
    int head = Memory.getByte(run);
    return head < 0 ? (head >>> 2 & 31) + 1 : 0;
  }

  static void describe(long run, long end, StringBuilder out) {
    int length = run(run, end);
    int value = value(run);
    if (value > 0) {
      out.append("v:").append(value).append(',').append(length);
    } else {
      out.append(bytes(run) == 2 ? "Z:" : "z:").append(length);
    }
  }
}
