package dev.millrace.engine.value;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.struct.Dict;
import dev.millrace.engine.struct.Element;

/**
 * A field of a large hash with its value, as one block:
 *
 * <pre>
 *   0       1                       3 or 9
 *   | flags | lengths of both       | when it expires (8, if so flagged) | field | value |
 *
 *   lengths: one byte each, or four bytes each when flagged as wide
 * </pre>
 *
 * <p>Owned by: executor thread.
 */
final class FieldItem {
  static final Dict.Keys KEYS =
      new Dict.Keys() {
        @Override
        public boolean matches(long item, long address, int length) {
          return fieldLength(item) == length && Memory.equal(fieldAddress(item), address, length);
        }

        @Override
        public long hash(long item) {
          return Memory.hash(fieldAddress(item), fieldLength(item));
        }
      };

  /** What {@link #expireAt} answers for a field that does not expire. */
  static final long NO_EXPIRY = -1;

  private static final int WIDE = 1;
  private static final int EXPIRES = 2;
  private static final int NARROW_MAX = 0xFF;

  private FieldItem() {}

  /** A new item whose field and value are text. */
  static long create(
      SlabAllocator memory,
      long fieldAddress,
      int fieldLength,
      long valueAddress,
      int valueLength,
      long expireAt) {
    long item = allocate(memory, fieldLength, valueLength, expireAt);
    Memory.copy(fieldAddress, fieldAddress(item), fieldLength);
    Memory.copy(valueAddress, valueAddress(item), valueLength);
    return item;
  }

  /** A new item of two elements of a listpack. */
  static long create(SlabAllocator memory, Element field, Element value, long expireAt) {
    long item = allocate(memory, field.length(), value.length(), expireAt);
    field.copyTo(fieldAddress(item));
    value.copyTo(valueAddress(item));
    return item;
  }

  private static long allocate(
      SlabAllocator memory, int fieldLength, int valueLength, long expireAt) {
    boolean wide = fieldLength > NARROW_MAX || valueLength > NARROW_MAX;
    int flags = (wide ? WIDE : 0) | (expireAt == NO_EXPIRY ? 0 : EXPIRES);
    long item = memory.allocate(headBytes(flags) + (long) fieldLength + valueLength);
    Memory.putByte(item, (byte) flags);
    if (wide) {
      Memory.putInt(item + 1, fieldLength);
      Memory.putInt(item + 5, valueLength);
    } else {
      Memory.putByte(item + 1, (byte) fieldLength);
      Memory.putByte(item + 2, (byte) valueLength);
    }
    if (expireAt != NO_EXPIRY) {
      Memory.putLong(item + (wide ? 9 : 3), expireAt);
    }
    return item;
  }

  private static int headBytes(int flags) {
    return ((flags & WIDE) == 0 ? 3 : 9) + ((flags & EXPIRES) == 0 ? 0 : Long.BYTES);
  }

  static int fieldLength(long item) {
    return (Memory.getByte(item) & WIDE) == 0
        ? Memory.getByte(item + 1) & 0xFF
        : Memory.getInt(item + 1);
  }

  static long fieldAddress(long item) {
    return item + headBytes(Memory.getByte(item));
  }

  static int valueLength(long item) {
    return (Memory.getByte(item) & WIDE) == 0
        ? Memory.getByte(item + 2) & 0xFF
        : Memory.getInt(item + 5);
  }

  static long valueAddress(long item) {
    return fieldAddress(item) + fieldLength(item);
  }

  /** When the field expires in Unix milliseconds, or {@link #NO_EXPIRY}. */
  static long expireAt(long item) {
    int flags = Memory.getByte(item);
    if ((flags & EXPIRES) == 0) {
      return NO_EXPIRY;
    }
    return Memory.getLong(item + ((flags & WIDE) == 0 ? 3 : 9));
  }

  /** Overwrites the expiry of a field that has one. */
  static void overwriteExpiry(long item, long expireAt) {
    int flags = Memory.getByte(item);
    assert (flags & EXPIRES) != 0 : "no room for an expiry";
    Memory.putLong(item + ((flags & WIDE) == 0 ? 3 : 9), expireAt);
  }

  /** Overwrites a value with one of the same length. */
  static void overwriteValue(long item, long valueAddress, int valueLength) {
    assert valueLength == valueLength(item);
    Memory.copy(valueAddress, valueAddress(item), valueLength);
  }
}
