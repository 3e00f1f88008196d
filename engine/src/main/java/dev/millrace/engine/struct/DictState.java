package dev.millrace.engine.struct;

import dev.millrace.engine.memory.Memory;

/** The packed end of the block that {@link Dict#store} fills; see there for its layout. */
final class DictState {
  private static final int MOVED = 16;
  private static final int LOG2 = 40;
  private static final int NEXT_LOG2 = 44;
  private static final int HALF = Short.SIZE;

  private DictState() {}

  static void putLog2(long state, int log2, int nextLog2) {
    Memory.putByte(state + LOG2, (byte) log2);
    Memory.putByte(state + NEXT_LOG2, (byte) nextLog2);
  }

  private static int log2(long state) {
    return Memory.getByte(state + LOG2);
  }

  private static int nextLog2(long state) {
    return Memory.getByte(state + NEXT_LOG2);
  }

  /**
   * Takes up the tables of a block.
   *
   * @param second used for the next table, when there is one
   * @return the next table; {@code current} when there is none
   */
  static DictTable tables(long state, DictTable current, DictTable second) {
    current.set(Memory.getLong(state), log2(state));
    long nextBase = Memory.getLong(state + Long.BYTES);
    if (nextBase == 0) {
      return current;
    }
    second.set(nextBase, nextLog2(state));
    return second;
  }

  /** The head of the bucket that holds the entries with this hash. */
  static long bucket(long state, long hash) {
    long index = hash & mask(log2(state));
    if (index >= Memory.getLong(state + MOVED)) {
      return Memory.getLong(state) + (index << Bucket.SHIFT);
    }
    long nextIndex = hash & mask(nextLog2(state));
    return Memory.getLong(state + Long.BYTES) + (nextIndex << Bucket.SHIFT);
  }

  /** The entry with this hash that a look-up will most likely compare first; 0 when none is. */
  static long likely(long state, long hash) {
    boolean wasMoved = (hash & mask(log2(state))) < Memory.getLong(state + MOVED);
    int log2 = wasMoved ? nextLog2(state) : log2(state);
    return Bucket.likely(bucket(state, hash), DictTable.fingerprint(hash, log2));
  }

  private static long mask(int log2) {
    return (1L << log2) - 1;
  }

  /** Notes the version of the walk that is on; 0 for none. */
  static void putWalk(long state, int version) {
    Memory.putShort(state + LOG2 + 2, (short) version);
    Memory.putShort(state + NEXT_LOG2 + 2, (short) (version >>> HALF));
  }

  static int walk(long state) {
    return Memory.getShort(state + LOG2 + 2) & 0xFFFF
        | Memory.getShort(state + NEXT_LOG2 + 2) << HALF;
  }
}
