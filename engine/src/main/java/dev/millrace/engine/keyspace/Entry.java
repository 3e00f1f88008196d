package dev.millrace.engine.keyspace;

import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;

/**
 * Reads a key and its value from one off-heap allocation. An entry is named by its address; 0 is no
 * entry.
 *
 * <pre>
 *  0        8            16 (when it expires)      (+4 when the key is long)
 *  +--------+------------+---------------------+-----+---------------------+
 *  | header | expire at  | key length (32 bit) | key | inline value        |
 *  +--------+------------+---------------------+-----+---------------------+
 *
 *  header   63            48 47       40 39              16 15     8 7      4 3    0
 *           +---------------+-----------+------------------+--------+--------+------+
 *           | inline bytes  | key bytes | access (LRU/LFU) | flags  | enc.   | type |
 *           +---------------+-----------+------------------+--------+--------+------+
 * </pre>
 *
 * A key of 255 bytes or more has 255 in the header and its length in the 32-bit word before it. The
 * inline value is at most 65,535 bytes and is laid out by the entry's type: for a string the bytes
 * themselves ({@link #RAW}, {@link #EMBSTR}), a 64-bit number ({@link #INT}), or the address and
 * length of an allocation of its own ({@link #BLOB}). What the allocator gave beyond the inline
 * value is spare room and holds nothing.
 *
 * <p>An address derived from an entry (its key, its value) is good until the next call that changes
 * that entry. Nothing here allocates, except the two methods that return a {@code byte[]}.
 */
public final class Entry {
  /** Type of a value, numbered as Redis numbers its object types. */
  public static final int STRING = 0;

  public static final int LIST = 1;
  public static final int SET = 2;
  public static final int ZSET = 3;
  public static final int HASH = 4;
  public static final int STREAM = 6;

  /** A Bloom filter: Redis numbers what modules bring so. */
  public static final int BLOOM = 5;

  /** String encoding: the bytes, inside the entry. */
  public static final int RAW = 0;

  /** String encoding: a 64-bit number, inside the entry. */
  public static final int INT = 1;

  /**
   * String encoding: up to {@link #EMBSTR_BYTES} bytes inside the entry, never changed in place.
   */
  public static final int EMBSTR = 2;

  /** String encoding: address (8 bytes) and length (8 bytes) of an allocation of its own. */
  public static final int BLOB = 3;

  /** Hash encoding: a table whose items may have an expiry of their own. */
  public static final int FIELDS_EXPIRE = 2;

  /** The longest string that OBJECT ENCODING calls embstr. */
  public static final int EMBSTR_BYTES = 44;

  /** The longest string kept inside its entry; a longer one is a {@link #BLOB}. */
  public static final int INLINE_STRING_BYTES = 32 * 1024;

  /** The most a type may keep inside an entry. */
  public static final int INLINE_BYTES_MAX = 0xFFFF;

  /** What {@link #expireAt} answers for an entry without expiry. */
  public static final long NO_EXPIRY = -1;

  static final int HEADER_BYTES = 8;
  static final int EXPIRY_BYTES = 8;
  static final int LONG_KEY_BYTES = 4;
  static final int LONG_KEY = 0xFF;
  static final int BLOB_INLINE_BYTES = 16;
  static final int NUMBER_BYTES = 8;

  static final int FLAG_EXPIRES = 1;

  /** The value holds memory outside the entry: its type must be asked to free, copy and measure. */
  static final int FLAG_EXTERNAL = 2;

  private static final int ENCODING_SHIFT = 4;
  private static final int FLAGS_SHIFT = 8;
  private static final int ACCESS_SHIFT = 16;
  private static final int KEY_SHIFT = 40;
  private static final int INLINE_SHIFT = 48;
  private static final long ACCESS_MASK = 0xFFFFFFL << ACCESS_SHIFT;
  private static final long EXPIRES_BIT = (long) FLAG_EXPIRES << FLAGS_SHIFT;
  private static final long EXTERNAL_BIT = (long) FLAG_EXTERNAL << FLAGS_SHIFT;

  private Entry() {}

  /** One of {@link #STRING}, {@link #LIST} and so on. */
  public static int type(long entry) {
    return (int) (Memory.getLong(entry) & 0xF);
  }

  /** The value's encoding, in its type's own numbering (four bits). */
  public static int encoding(long entry) {
    return (int) (Memory.getLong(entry) >>> ENCODING_SHIFT) & 0xF;
  }

  /** Whether the value is a string encoded as a number. */
  public static boolean isInt(long entry) {
    return (Memory.getLong(entry) & 0xFF) == ((INT << ENCODING_SHIFT) | STRING);
  }

  /** Whether the entry has an expiry, past or not. */
  public static boolean hasExpiry(long entry) {
    return (Memory.getLong(entry) & EXPIRES_BIT) != 0;
  }

  /**
   * Whether the value is a hash some of whose fields may expire by themselves; known from the
   * encoding {@link #FIELDS_EXPIRE}.
   */
  public static boolean hasExpiringFields(long entry) {
    return (Memory.getLong(entry) & 0xFF) == ((FIELDS_EXPIRE << ENCODING_SHIFT) | HASH);
  }

  /** When the entry expires, in Unix milliseconds, or {@link #NO_EXPIRY}. */
  public static long expireAt(long entry) {
    return hasExpiry(entry) ? Memory.getLong(entry + HEADER_BYTES) : NO_EXPIRY;
  }

  /** Whether the value holds memory outside the entry. */
  public static boolean isExternal(long entry) {
    return (Memory.getLong(entry) & EXTERNAL_BIT) != 0;
  }

  public static long keyAddress(long entry) {
    return entry + prefixBytes(Memory.getLong(entry));
  }

  public static int keyLength(long entry) {
    long header = Memory.getLong(entry);
    int inHeader = (int) (header >>> KEY_SHIFT) & 0xFF;
    return inHeader < LONG_KEY
        ? inHeader
        : Memory.getInt(entry + prefixBytes(header) - LONG_KEY_BYTES);
  }

  /** A copy of the key, for cold paths. */
  public static byte[] key(long entry) {
    return Memory.bytes(keyAddress(entry), keyLength(entry));
  }

  /** Where the part of the value that lives inside the entry begins. */
  public static long inlineAddress(long entry) {
    return keyAddress(entry) + keyLength(entry);
  }

  /** How many bytes of the value live inside the entry. */
  public static int inlineBytes(long entry) {
    return (int) (Memory.getLong(entry) >>> INLINE_SHIFT);
  }

  /** The number of a string for which {@link #isInt} holds. */
  public static long longValue(long entry) {
    assert isInt(entry) : "not a number";
    return Memory.getLong(inlineAddress(entry));
  }

  /** Where the bytes of a string that is not {@link #isInt} begin, wherever they live. */
  public static long valueAddress(long entry) {
    assert type(entry) == STRING && !isInt(entry) : "not a string of bytes";
    long inline = inlineAddress(entry);
    return encoding(entry) == BLOB ? Memory.getLong(inline) : inline;
  }

  /** The length of a string in any encoding, as STRLEN answers it. */
  public static long valueLength(long entry) {
    assert type(entry) == STRING : "not a string";
    return switch (encoding(entry)) {
      case INT -> Decimal.length(longValue(entry));
      case BLOB -> Memory.getLong(inlineAddress(entry) + 8);
      default -> inlineBytes(entry);
    };
  }

  /** A copy of a string's bytes in any encoding, for cold paths. */
  public static byte[] string(long entry) {
    if (isInt(entry)) {
      return Decimal.bytes(longValue(entry));
    }
    return Memory.bytes(valueAddress(entry), Math.toIntExact(valueLength(entry)));
  }

  /** The 24 access bits: LRU seconds, or LFU minutes and counter. {@link Recency} reads them. */
  static int access(long entry) {
    return (int) (Memory.getLong(entry) >>> ACCESS_SHIFT) & 0xFFFFFF;
  }

  static void setAccess(long entry, int access) {
    long header = Memory.getLong(entry);
    Memory.putLong(entry, (header & ~ACCESS_MASK) | ((long) access << ACCESS_SHIFT));
  }

  /** Bytes before the key, for a header word. */
  private static int prefixBytes(long header) {
    int bytes = HEADER_BYTES + ((int) (header >>> FLAGS_SHIFT) & FLAG_EXPIRES) * EXPIRY_BYTES;
    return ((header >>> KEY_SHIFT) & 0xFF) == LONG_KEY ? bytes + LONG_KEY_BYTES : bytes;
  }

  /** Bytes before the key of an entry with this key length and with or without an expiry. */
  static int prefixBytes(int keyLength, boolean expires) {
    return HEADER_BYTES
        + (expires ? EXPIRY_BYTES : 0)
        + (keyLength >= LONG_KEY ? LONG_KEY_BYTES : 0);
  }

  /** Bytes of the entry in use: everything up to the end of the inline value. */
  static long bytes(long entry) {
    return inlineAddress(entry) - entry + inlineBytes(entry);
  }

  /**
   * Writes everything before the key. Callers that shift the key do so first, since the expiry may
   * be written where the key was.
   */
  static void putPrefix(
      long entry,
      int type,
      int encoding,
      boolean external,
      int access,
      int keyLength,
      int inlineBytes,
      long expireAt) {
    assert inlineBytes >= 0 && inlineBytes <= INLINE_BYTES_MAX : inlineBytes;
    boolean expires = expireAt != NO_EXPIRY;
    int flags = (expires ? FLAG_EXPIRES : 0) | (external ? FLAG_EXTERNAL : 0);
    long header =
        type
            | (long) encoding << ENCODING_SHIFT
            | (long) flags << FLAGS_SHIFT
            | (long) access << ACCESS_SHIFT
            | (long) Math.min(keyLength, LONG_KEY) << KEY_SHIFT
            | (long) inlineBytes << INLINE_SHIFT;
    Memory.putLong(entry, header);
    if (expires) {
      Memory.putLong(entry + HEADER_BYTES, expireAt);
    }
    if (keyLength >= LONG_KEY) {
      Memory.putInt(entry + prefixBytes(header) - LONG_KEY_BYTES, keyLength);
    }
  }

  /** Overwrites the expiry of an entry that has one. */
  static void putExpireAt(long entry, long expireAt) {
    assert hasExpiry(entry);
    Memory.putLong(entry + HEADER_BYTES, expireAt);
  }

  /** Changes how many bytes of the inline value are in use; the room must be there. */
  static void putInlineBytes(long entry, int inlineBytes) {
    assert inlineBytes >= 0 && inlineBytes <= INLINE_BYTES_MAX : inlineBytes;
    long header = Memory.getLong(entry) & (-1L >>> (64 - INLINE_SHIFT));
    Memory.putLong(entry, header | (long) inlineBytes << INLINE_SHIFT);
  }

  /** Changes encoding and whether the value holds memory outside the entry. */
  static void putEncoding(long entry, int encoding, boolean external) {
    long header = Memory.getLong(entry) & ~(0xFL << ENCODING_SHIFT) & ~EXTERNAL_BIT;
    Memory.putLong(
        entry, header | (long) encoding << ENCODING_SHIFT | (external ? EXTERNAL_BIT : 0));
  }
}
