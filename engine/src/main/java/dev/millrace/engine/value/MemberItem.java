package dev.millrace.engine.value;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.struct.Dict;

/**
 * A member of a large set as a block of its own:
 *
 * <pre>
 *   | length, 1 byte, or 0xFF and 4 bytes | bytes |
 * </pre>
 *
 * <p>Owned by: executor thread.
 */
final class MemberItem {
  static final Dict.Keys KEYS =
      new Dict.Keys() {
        @Override
        public boolean matches(long item, long address, int length) {
          return length(item) == length && Memory.equal(address(item), address, length);
        }

        @Override
        public long hash(long item) {
          return Memory.hash(address(item), length(item));
        }
      };

  private static final int LONG = 0xFF;

  private MemberItem() {}

  static long create(SlabAllocator memory, long address, int length) {
    int head = length < LONG ? 1 : 5;
    long item = memory.allocate(head + (long) length);
    if (head == 1) {
      Memory.putByte(item, (byte) length);
    } else {
      Memory.putByte(item, (byte) LONG);
      Memory.putInt(item + 1, length);
    }
    Memory.copy(address, item + head, length);
    return item;
  }

  static int length(long item) {
    int length = Memory.getByte(item) & 0xFF;
    return length < LONG ? length : Memory.getInt(item + 1);
  }

  static long address(long item) {
    return item + ((Memory.getByte(item) & 0xFF) < LONG ? 1 : 5);
  }
}
