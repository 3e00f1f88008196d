package dev.millrace.engine.keyspace;

import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;

/**
 * Grows strings for being changed in place. A string that has been changed once is likely to be
 * changed again, so it gets spare room: as much again up to 1 MiB, then an eighth. Owned by:
 * executor thread.
 */
final class StringChange {
  private static final long DOUBLING_BYTES = 1024 * 1024;

  private final EntryStore store;

  StringChange(EntryStore store) {
    this.store = store;
  }

  /**
   * Makes the string raw bytes, at least so many, zero beyond what it had.
   *
   * @return the entry, or a new one that has taken over its value and that the caller puts in the
   *     tables in the old one's place before it frees the old one's shell
   */
  long reserve(long entry, long newLength) {
    long oldLength = Entry.valueLength(entry);
    long length = Math.max(oldLength, newLength);
    if (Entry.encoding(entry) == Entry.BLOB) {
      growBlob(entry, oldLength, length);
      return entry;
    }
    long roomFor = length > oldLength && oldLength > 0 ? withSpare(length) : length;
    return length > Entry.INLINE_STRING_BYTES
        ? toBlob(entry, oldLength, length, roomFor)
        : growInline(entry, oldLength, length, Math.min(roomFor, Entry.INLINE_STRING_BYTES));
  }

  private long growInline(long entry, long oldLength, long length, long roomFor) {
    boolean isNumber = Entry.isInt(entry);
    long number = isNumber ? Entry.longValue(entry) : 0;
    long changed = entry;
    if (store.inlineRoom(entry) < length) {
      changed = store.moved(entry, (int) roomFor, Entry.expireAt(entry));
    }
    long value = Entry.inlineAddress(changed);
    if (isNumber) {
      Decimal.format(number, value);
    }
    Memory.fill(value + oldLength, length - oldLength, (byte) 0);
    Entry.putInlineBytes(changed, (int) length);
    Entry.putEncoding(changed, Entry.RAW, false);
    return changed;
  }

  private long toBlob(long entry, long oldLength, long length, long roomFor) {
    long blob;
    if (Entry.isInt(entry)) {
      blob = store.memory().allocate(roomFor);
      Decimal.format(Entry.longValue(entry), blob);
    } else {
      blob = store.createBlob(Entry.valueAddress(entry), oldLength, roomFor);
    }
    Memory.fill(blob + oldLength, length - oldLength, (byte) 0);
    return store.withBlob(entry, blob, length);
  }

  private void growBlob(long entry, long oldLength, long length) {
    if (length == oldLength) {
      return;
    }
    long blob = Entry.valueAddress(entry);
    if (length > store.memory().usableBytes(blob)) {
      blob = store.memory().reallocate(blob, withSpare(length));
    }
    Memory.fill(blob + oldLength, length - oldLength, (byte) 0);
    store.putBlob(entry, blob, length);
  }

  private static long withSpare(long length) {
    return length < DOUBLING_BYTES ? 2 * length : length + Math.max(DOUBLING_BYTES, length / 8);
  }
}
