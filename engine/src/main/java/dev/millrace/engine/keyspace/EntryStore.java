package dev.millrace.engine.keyspace;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Makes, reshapes and frees entries. It knows their layout and their memory, and nothing of the
 * tables that hold them: whoever moves an entry tells those tables. Owned by: executor thread.
 */
final class EntryStore {
  static final int TYPES = 16;

  private final SlabAllocator memory;
  private final @Nullable ValueType[] types = new ValueType[TYPES];

  EntryStore(SlabAllocator memory) {
    this.memory = memory;
    types[Entry.STRING] = new StringType(memory);
  }

  void register(int type, ValueType valueType) {
    if (type < 0 || type >= TYPES || types[type] != null) {
      throw new IllegalArgumentException("type " + type + " is out of range or taken");
    }
    types[type] = valueType;
  }

  @Nullable ValueType type(int type) {
    return types[type];
  }

  ValueType typeOf(long entry) {
    ValueType type = types[Entry.type(entry)];
    if (type == null) {
      throw new IllegalStateException("no such type: " + Entry.type(entry));
    }
    return type;
  }

  /**
   * A new entry whose inline value is still to be written, with room for at least so much of it.
   */
  long create(
      long keyAddress,
      int keyLength,
      int type,
      int encoding,
      boolean external,
      int access,
      int inlineBytes,
      int inlineRoom,
      long expireAt) {
    int prefix = Entry.prefixBytes(keyLength, expireAt != Entry.NO_EXPIRY);
    long entry = memory.allocate((long) prefix + keyLength + Math.max(inlineBytes, inlineRoom));
    Entry.putPrefix(entry, type, encoding, external, access, keyLength, inlineBytes, expireAt);
    if (keyLength > 0) {
      Memory.copy(keyAddress, entry + prefix, keyLength);
    }
    return entry;
  }

  /**
   * Turns an entry that holds no external memory into one with another value and expiry under the
   * same key, in its own allocation; it must {@link #fits fit}.
   */
  void recreate(
      long entry,
      int type,
      int encoding,
      boolean external,
      int access,
      int inlineBytes,
      long expireAt) {
    assert !Entry.isExternal(entry) && fits(entry, inlineBytes, expireAt);
    int keyLength = Entry.keyLength(entry);
    int prefix = Entry.prefixBytes(keyLength, expireAt != Entry.NO_EXPIRY);
    long keyAddress = Entry.keyAddress(entry);
    if (keyAddress != entry + prefix) {
      Memory.copy(keyAddress, entry + prefix, keyLength);
    }
    Entry.putPrefix(entry, type, encoding, external, access, keyLength, inlineBytes, expireAt);
  }

  /** Whether an allocation made for this entry now would be about the size of the one it has. */
  boolean fits(long entry, int inlineBytes, long expireAt) {
    int keyLength = Entry.keyLength(entry);
    int prefix = Entry.prefixBytes(keyLength, expireAt != Entry.NO_EXPIRY);
    long needed = (long) prefix + keyLength + inlineBytes;
    long usable = memory.usableBytes(entry);
    return needed <= usable && needed >= usable - usable / 4;
  }

  /**
   * A new entry under another key with the same value, expiry and access bits. Its inline value is
   * a byte copy, so external memory belongs to both until the caller settles which.
   */
  long copyUnder(long entry, long keyAddress, int keyLength, int access) {
    int inlineBytes = Entry.inlineBytes(entry);
    long copy =
        create(
            keyAddress,
            keyLength,
            Entry.type(entry),
            Entry.encoding(entry),
            Entry.isExternal(entry),
            access,
            inlineBytes,
            inlineBytes,
            Entry.expireAt(entry));
    Memory.copy(Entry.inlineAddress(entry), Entry.inlineAddress(copy), inlineBytes);
    return copy;
  }

  /** Gives a copy made by {@link #copyUnder} external memory of its own. */
  void separate(long original, long copy) {
    if (Entry.isExternal(original)) {
      typeOf(original).duplicate(original, copy);
    }
  }

  /**
   * Sets or clears the expiry by shifting key and value within the allocation.
   *
   * @return whether there was room; otherwise nothing has changed
   */
  boolean shiftForExpiry(long entry, long expireAt) {
    boolean expires = expireAt != Entry.NO_EXPIRY;
    assert Entry.hasExpiry(entry) != expires;
    int keyLength = Entry.keyLength(entry);
    int inlineBytes = Entry.inlineBytes(entry);
    int prefix = Entry.prefixBytes(keyLength, expires);
    if (prefix + keyLength + (long) inlineBytes > memory.usableBytes(entry)) {
      return false;
    }
    int type = Entry.type(entry);
    int encoding = Entry.encoding(entry);
    boolean external = Entry.isExternal(entry);
    int access = Entry.access(entry);
    Memory.copy(Entry.keyAddress(entry), entry + prefix, (long) keyLength + inlineBytes);
    Entry.putPrefix(entry, type, encoding, external, access, keyLength, inlineBytes, expireAt);
    return true;
  }

  /** The entry with an inline value of another size; the value's memory is handed over. */
  long resized(long entry, int inlineBytes) {
    long copy =
        create(
            Entry.keyAddress(entry),
            Entry.keyLength(entry),
            Entry.type(entry),
            Entry.encoding(entry),
            Entry.isExternal(entry),
            Entry.access(entry),
            inlineBytes,
            inlineBytes,
            Entry.expireAt(entry));
    int kept = Math.min(inlineBytes, Entry.inlineBytes(entry));
    Memory.copy(Entry.inlineAddress(entry), Entry.inlineAddress(copy), kept);
    return copy;
  }

  /**
   * A copy of the entry with another expiry and room for more; the value's memory is handed over.
   */
  long moved(long entry, int inlineRoom, long expireAt) {
    int inlineBytes = Entry.inlineBytes(entry);
    long copy =
        create(
            Entry.keyAddress(entry),
            Entry.keyLength(entry),
            Entry.type(entry),
            Entry.encoding(entry),
            Entry.isExternal(entry),
            Entry.access(entry),
            inlineBytes,
            inlineRoom,
            expireAt);
    Memory.copy(Entry.inlineAddress(entry), Entry.inlineAddress(copy), inlineBytes);
    return copy;
  }

  /** A blob of those bytes with that capacity. */
  long createBlob(long from, long bytes, long capacity) {
    assert capacity >= bytes;
    long blob = memory.allocate(capacity);
    Memory.copy(from, blob, bytes);
    return blob;
  }

  /** The inline value of a {@link Entry#BLOB}. */
  void putBlob(long entry, long blob, long length) {
    long inline = Entry.inlineAddress(entry);
    Memory.putLong(inline, blob);
    Memory.putLong(inline + 8, length);
  }

  /**
   * An entry in the place of this one whose value is that blob. The value there was is not freed.
   */
  long withBlob(long entry, long blob, long length) {
    long copy =
        create(
            Entry.keyAddress(entry),
            Entry.keyLength(entry),
            Entry.STRING,
            Entry.BLOB,
            true,
            Entry.access(entry),
            Entry.BLOB_INLINE_BYTES,
            Entry.BLOB_INLINE_BYTES,
            Entry.expireAt(entry));
    putBlob(copy, blob, length);
    return copy;
  }

  /** How many bytes of inline value the allocation has room for. */
  long inlineRoom(long entry) {
    return memory.usableBytes(entry) - (Entry.inlineAddress(entry) - entry);
  }

  /** Memory of the entry and of all its value holds, as handed out by the allocator. */
  long bytes(long entry) {
    long bytes = memory.accountedBytesOf(entry);
    return Entry.isExternal(entry) ? bytes + typeOf(entry).externalBytes(entry) : bytes;
  }

  /** How many frees the entry needs beyond its own. */
  long freeEffort(long entry) {
    return Entry.isExternal(entry) ? typeOf(entry).freeEffort(entry) : 0;
  }

  /**
   * Frees up to so many parts of an entry, and at last the entry.
   *
   * @return whether more remains
   */
  boolean freeSome(long entry, int effort) {
    if (Entry.isExternal(entry) && typeOf(entry).freeSome(entry, effort)) {
      return true;
    }
    memory.free(entry);
    return false;
  }

  /** Frees the entry but not what its value holds outside, which has been handed over. */
  void freeShell(long entry) {
    memory.free(entry);
  }

  SlabAllocator memory() {
    return memory;
  }
}
