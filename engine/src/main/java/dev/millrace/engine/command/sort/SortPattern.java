package dev.millrace.engine.command.sort;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.value.HashType;

/**
 * Finds what a pattern of BY or GET names for an element: the key in which the element stands for
 * the asterisk, and, when the pattern goes on with {@code ->}, a field of the hash there. {@code #}
 * is the element itself.
 *
 * <p>Redis reads patterns as C reads strings, up to a zero byte; so does this.
 *
 * <p>Owned by: executor thread.
 */
final class SortPattern {
  private final HashType hashes;
  private final TextStore texts;

  SortPattern(HashType hashes, TextStore texts) {
    this.hashes = hashes;
    this.texts = texts;
  }

  /** Whether an asterisk is in the pattern: without one all elements get the same. */
  static boolean isConstant(long pattern, int length) {
    return asterisk(pattern, length) < 0;
  }

  private static int asterisk(long pattern, int length) {
    for (int i = 0; i < length; i++) {
      byte c = Memory.getByte(pattern + i);
      if (c == '*') {
        return i;
      }
      if (c == 0) {
        return -1;
      }
    }
    return -1;
  }

  /** Where a field's name begins that is not empty, behind an arrow after the asterisk; or -1. */
  private static int field(long pattern, int asterisk, int length) {
    for (int i = asterisk + 1; i + 2 < length; i++) {
      byte c = Memory.getByte(pattern + i);
      if (c == 0) {
        return -1;
      }
      if (c == '-' && Memory.getByte(pattern + i + 1) == '>') {
        return Memory.getByte(pattern + i + 2) == 0 ? -1 : i + 2;
      }
    }
    return -1;
  }

  /**
   * Finds the value.
   *
   * @param argument index of the pattern among the arguments
   * @param position of the element in the texts
   * @param length of the element
   * @param value is the value afterwards, until a text is added
   * @return whether there is one
   */
  boolean find(Call call, int argument, long position, int length, Element value) {
    long pattern = call.address(argument);
    int patternLength = call.length(argument);
    if (patternLength == 1 && Memory.getByte(pattern) == '#') {
      value.string(texts.address(position), length);
      return true;
    }
    int asterisk = asterisk(pattern, patternLength);
    if (asterisk < 0) {
      return false;
    }
    int field = field(pattern, asterisk, patternLength);
    int end = field < 0 ? patternLength : field - 2;
    long entry = entry(call, pattern, asterisk, end, position, length);
    if (entry == 0) {
      return false;
    }
    if (field >= 0) {
      return Entry.type(entry) == Entry.HASH
          && hashes.get(entry, pattern + field, patternLength - field, value);
    }
    if (Entry.type(entry) != Entry.STRING) {
      return false;
    }
    if (Entry.isInt(entry)) {
      value.number(Entry.longValue(entry));
    } else {
      value.string(Entry.valueAddress(entry), Math.toIntExact(Entry.valueLength(entry)));
    }
    return true;
  }

  private long entry(Call call, long pattern, int asterisk, int end, long position, int length) {
    long key = texts.add(pattern, asterisk);
    // The element is copied from where it is after the memory has perhaps moved.
    texts.repeat(position, length);
    texts.add(pattern + asterisk + 1, end - asterisk - 1);
    int keyLength = end - 1 + length;
    long address = texts.address(key);
    long hash = Memory.hash(address, keyLength);
    long entry = call.database().find(address, keyLength, hash);
    texts.cut(key);
    return entry;
  }
}
