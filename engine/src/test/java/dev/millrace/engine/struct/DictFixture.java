package dev.millrace.engine.struct;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;

/** Entries of two longs, key and value, for tests of the dict. */
final class DictFixture implements AutoCloseable, Dict.Keys {
  final SlabAllocator memory = new SlabAllocator();
  private final long probe = memory.allocate(8);
  final Dict dict = new Dict(memory, this);

  @Override
  public boolean matches(long entry, long keyAddress, int keyLength) {
    return Memory.equal(entry, keyAddress, keyLength);
  }

  @Override
  public long hash(long entry) {
    return Memory.hash(entry, 8);
  }

  long hashOf(long key) {
    Memory.putLong(probe, key);
    return Memory.hash(probe, 8);
  }

  static long key(long entry) {
    return Memory.getLong(entry);
  }

  static long value(long entry) {
    return Memory.getLong(entry + 8);
  }

  long newEntry(long key, long value) {
    long entry = memory.allocate(16);
    Memory.putLong(entry, key);
    Memory.putLong(entry + 8, value);
    return entry;
  }

  void insert(long key, long value) {
    dict.insert(newEntry(key, value), hashOf(key));
  }

  long find(long key) {
    long hash = hashOf(key);
    return dict.find(probe, 8, hash);
  }

  boolean remove(long key) {
    long hash = hashOf(key);
    long entry = dict.remove(probe, 8, hash);
    if (entry != 0) {
      memory.free(entry);
    }
    return entry != 0;
  }

  /** Moves the entry to a new block, with a new value. */
  void replace(long key, long value) {
    long hash = hashOf(key);
    long old = dict.find(probe, 8, hash);
    dict.aboutToChange(hash);
    long moved = newEntry(key, value);
    dict.replace(old, moved, hash);
    memory.free(old);
  }

  void changeInPlace(long key, long value) {
    long hash = hashOf(key);
    dict.aboutToChange(hash);
    Memory.putLong(dict.find(probe, 8, hash) + 8, value);
  }

  /** Frees everything; the allocator then tells whether anything leaked. */
  @Override
  public void close() {
    dict.forEach(memory::free);
    dict.close();
    memory.free(probe);
    memory.close();
  }
}
