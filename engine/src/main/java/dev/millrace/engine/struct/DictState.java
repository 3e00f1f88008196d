package dev.millrace.engine.struct;

import dev.millrace.engine.memory.Memory;

/** The packed end of the block that {@link Dict#store} fills; see there for its layout. */
final class DictState {
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
