package dev.millrace.engine.value;

import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;

/**
 * Where the one run of bytes of a small collection (a listpack, an intset) lives: in the entry
 * itself up to {@link #INLINE_MAX} bytes, beyond that in a block whose address is the entry's
 * inline value; the entry is external exactly then.
 *
 * <p>Owned by: executor thread.
 */
final class Packed {
  /** The longest run kept inside its entry. */
  static final int INLINE_MAX = 16 * 1024;

  /** A block goes back into the entry when it has become so short. */
  private static final int INLINE_AGAIN = INLINE_MAX / 2;

  private final SlabAllocator memory;

  Packed(SlabAllocator memory) {
    this.memory = memory;
  }

  /** Address of the run. */
  static long address(long entry) {
    long inline = Entry.inlineAddress(entry);
    return Entry.isExternal(entry) ? Memory.getLong(inline) : inline;
  }

  /**
   * Makes room for a run of so many bytes; what is there is kept. The run may be changed afterwards
   * without further notice.
   *
   * @param now how long the run is, 0 when it is still to be written
   * @return the entry
   */
  long reserve(Database database, long entry, long hash, int now, int bytes) {
    if (!Entry.isExternal(entry)) {
      if (bytes <= INLINE_MAX) {
        return database.resizeInline(entry, hash, bytes);
      }
      long block = memory.allocate(roomy(bytes));
      Memory.copy(Entry.inlineAddress(entry), block, now);
      return intoBlock(database, entry, hash, block);
    }
    database.aboutToChange(hash);
    long block = address(entry);
    if (memory.usableBytes(block) < bytes) {
      Memory.putLong(Entry.inlineAddress(entry), memory.reallocate(block, roomy(bytes)));
    }
    return entry;
  }

  /**
   * Gives back room behind a run that has become shorter.
   *
   * @param bytes its length now
   * @return the entry
   */
  long shrink(Database database, long entry, long hash, int bytes) {
    if (!Entry.isExternal(entry)) {
      return database.resizeInline(entry, hash, bytes);
    }
    long block = address(entry);
    if (bytes <= INLINE_AGAIN) {
      database.encode(entry, hash, Entry.encoding(entry), false);
      long moved = database.resizeInline(entry, hash, bytes);
      Memory.copy(block, Entry.inlineAddress(moved), bytes);
      memory.free(block);
      return moved;
    }
    if (memory.usableBytes(block) / 2 > bytes) {
      Memory.putLong(Entry.inlineAddress(entry), memory.reallocate(block, roomy(bytes)));
    }
    return entry;
  }

  /**
   * Puts a run that lies elsewhere into a key that is absent.
   *
   * @return the entry
   */
  long create(
      Database database,
      long keyAddress,
      int keyLength,
      long hash,
      int type,
      int encoding,
      long run,
      int bytes,
      long expireAt) {
    boolean inside = bytes <= INLINE_MAX;
    long block = inside ? 0 : memory.allocate(bytes);
    int inline = inside ? bytes : Long.BYTES;
    long entry =
        database.put(keyAddress, keyLength, hash, type, encoding, !inside, inline, expireAt);
    if (inside) {
      Memory.copy(run, Entry.inlineAddress(entry), bytes);
    } else {
      Memory.copy(run, block, bytes);
      Memory.putLong(Entry.inlineAddress(entry), block);
    }
    return entry;
  }

  private static long intoBlock(Database database, long entry, long hash, long block) {
    database.encode(entry, hash, Entry.encoding(entry), true);
    long moved = database.resizeInline(entry, hash, Long.BYTES);
    Memory.putLong(Entry.inlineAddress(moved), block);
    return moved;
  }

  private static long roomy(int bytes) {
    return (long) bytes + (bytes >>> 3);
  }

  /** Memory outside an external entry. */
  long externalBytes(long entry) {
    return memory.accountedBytesOf(address(entry));
  }

  /** Frees the block of an external entry. */
  void free(long entry) {
    memory.free(address(entry));
  }

  /** Gives a copy of an external entry a block of its own. */
  void duplicate(long from, long to, int bytes) {
    long block = memory.allocate(bytes);
    Memory.copy(address(from), block, bytes);
    Memory.putLong(Entry.inlineAddress(to), block);
  }
}
