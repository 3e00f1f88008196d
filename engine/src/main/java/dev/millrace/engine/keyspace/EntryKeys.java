package dev.millrace.engine.keyspace;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.struct.Dict;

/** How a dict sees entries. Stateless. */
final class EntryKeys implements Dict.Keys {
  @Override
  public boolean matches(long entry, long keyAddress, int keyLength) {
    return Entry.keyLength(entry) == keyLength
        && Memory.equal(Entry.keyAddress(entry), keyAddress, keyLength);
  }

  @Override
  public long hash(long entry) {
    return hashOf(entry);
  }

  static long hashOf(long entry) {
    return Memory.hash(Entry.keyAddress(entry), Entry.keyLength(entry));
  }
}
