package dev.millrace.engine.value;

import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * Bloom filters: sets that answer "surely not" or "probably" in little memory, and grow by further
 * filters ({@link BloomChain}). The entry holds the address of the chain.
 *
 * <p>In RDB a value is one of the module type {@code MBbloom--}, in the fields that RedisBloom 2
 * writes, so that a Redis with that module loads it and the other way round.
 *
 * <p>Owned by: executor thread.
 */
public final class BloomType implements StoredType {
  /** What a filter is made for when nothing is said: at most one error in a hundred. */
  public static final double DEFAULT_ERROR = 0.01;

  /** How many items the first filter is made for when nothing is said. */
  public static final long DEFAULT_CAPACITY = 100;

  /** How much larger each further filter is when nothing is said. */
  public static final int DEFAULT_GROWTH = 2;

  private static final int CHAIN = 0;
  private static final int INLINE_BYTES = 8;

  /** Freeing goes by pieces of this size, each counting as one free. */
  private static final long PIECE_BYTES = 256 * 1024;

  // What RedisBloom says its structures take; BF.INFO's size adds them up.
  private static final int TOLD_CHAIN_BYTES = 32;
  private static final int TOLD_FILTER_BYTES = 64;

  private final SlabAllocator memory;
  private final BloomRdb rdb;

  BloomType(SlabAllocator memory) {
    this.memory = memory;
    this.rdb = new BloomRdb(memory);
  }

  private static long chain(long entry) {
    return Memory.getLong(Entry.inlineAddress(entry));
  }

  /** Whether a first filter of this size can be made. */
  public boolean canCreate(long capacity, double error, boolean scales) {
    int options = scales ? 0 : BloomChain.OPTION_NO_SCALING;
    return BloomChain.bitsFor(capacity, BloomChain.firstError(error, options)) > 0;
  }

  /**
   * Makes an absent key an empty filter; {@link #canCreate} holds.
   *
   * @param growth how much larger each further filter is; of no meaning when it does not scale
   * @return the entry
   */
  public long create(
      Database database,
      long keyAddress,
      int keyLength,
      long hash,
      long capacity,
      double error,
      int growth,
      boolean scales) {
    int options =
        BloomChain.OPTION_NO_ROUNDING
            | BloomChain.OPTION_64_BIT
            | (scales ? 0 : BloomChain.OPTION_NO_SCALING);
    long empty = BloomChain.create(memory, options, growth);
    double first = BloomChain.firstError(error, options);
    long chain = BloomChain.extend(memory, empty, capacity, first);
    assert chain != 0 : "canCreate was not asked";
    return put(database, keyAddress, keyLength, hash, Database.NO_EXPIRY, chain);
  }

  private static long put(
      Database database, long keyAddress, int keyLength, long hash, long expireAt, long chain) {
    long entry =
        database.put(keyAddress, keyLength, hash, Entry.BLOOM, CHAIN, true, INLINE_BYTES, expireAt);
    Memory.putLong(Entry.inlineAddress(entry), chain);
    return entry;
  }

  /** What came of adding an item. */
  public enum Added {
    YES,
    /** It was there already, as far as the filter can tell. */
    NO,
    /** The filter is full and does not scale. */
    FULL,
    /** The filter is full and a further one would be too large. */
    TOO_LARGE
  }

  /** Adds an item. */
  public Added add(Database database, long entry, long hash, long address, long bytes) {
    long chain = chain(entry);
    long first = BloomChain.firstHash(address, bytes);
    long second = BloomChain.secondHash(address, bytes, first);
    if (BloomChain.contains(chain, first, second)) {
      return Added.NO;
    }
    if (BloomChain.isLastFull(chain) && !BloomChain.scales(chain)) {
      return Added.FULL;
    }
    database.aboutToChange(hash);
    if (BloomChain.isLastFull(chain)) {
      chain = BloomChain.grow(memory, chain);
      if (chain == 0) {
        return Added.TOO_LARGE;
      }
      Memory.putLong(Entry.inlineAddress(entry), chain);
    }
    BloomChain.add(chain, first, second);
    return Added.YES;
  }

  /** Whether an item was probably added. */
  public boolean contains(long entry, long address, long bytes) {
    long first = BloomChain.firstHash(address, bytes);
    return BloomChain.contains(chain(entry), first, BloomChain.secondHash(address, bytes, first));
  }

  /** How many items were added. */
  public long items(long entry) {
    return BloomChain.items(chain(entry));
  }

  public int filters(long entry) {
    return BloomChain.filters(chain(entry));
  }

  /** How many items all filters together are made for. */
  public long capacity(long entry) {
    long chain = chain(entry);
    long capacity = 0;
    for (int i = 0; i < BloomChain.filters(chain); i++) {
      capacity += BloomChain.capacity(chain, i);
    }
    return capacity;
  }

  /** How much larger the next filter would be, or 0 when there is none. */
  public int growth(long entry) {
    long chain = chain(entry);
    return BloomChain.scales(chain) ? BloomChain.growth(chain) : 0;
  }

  /** How many bytes it takes, by RedisBloom's counting. */
  public long toldBytes(long entry) {
    long chain = chain(entry);
    long bytes = TOLD_CHAIN_BYTES;
    for (int i = 0; i < BloomChain.filters(chain); i++) {
      bytes += TOLD_FILTER_BYTES + BloomChain.arrayBytes(chain, i);
    }
    return bytes;
  }

  /** One filter in words, as BF.DEBUG tells it. Allocates. */
  public String description(long entry, int filter) {
    long chain = chain(entry);
    return "bytes:"
        + BloomChain.arrayBytes(chain, filter)
        + " bits:"
        + BloomChain.bits(chain, filter)
        + " hashes:"
        + BloomChain.hashes(chain, filter)
        + " hashwidth:64 capacity:"
        + BloomChain.capacity(chain, filter)
        + " size:"
        + BloomChain.items(chain, filter)
        + " ratio:"
        + sixDigits(BloomChain.error(chain, filter));
  }

  /** A number between 0 and 1 as C's {@code %g} prints it. */
  private static String sixDigits(double value) {
    BigDecimal rounded =
        new BigDecimal(value)
            .round(new MathContext(6, RoundingMode.HALF_EVEN))
            .stripTrailingZeros();
    if (value >= 1e-4) {
      return rounded.toPlainString();
    }
    String digits = rounded.unscaledValue().toString();
    int exponent = rounded.scale() - digits.length() + 1;
    String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
    return digits.charAt(0) + fraction + (exponent < 10 ? "e-0" : "e-") + exponent;
  }

  // Carrying a filter from one server to another, piece by piece

  /** How long the header that {@link #writeHeader} writes is. */
  public int headerBytes(long entry) {
    return BloomDump.headerBytes(BloomChain.filters(chain(entry)));
  }

  /** Writes what BF.LOADCHUNK makes an empty filter of the same shape from. */
  public void writeHeader(long entry, long to) {
    BloomDump.writeHeader(chain(entry), to);
  }

  /** Which filter holds a position among the bytes of all bit arrays, or -1 behind the last. */
  public int filterAt(long entry, long position) {
    long chain = chain(entry);
    long before = 0;
    for (int i = 0; i < BloomChain.filters(chain); i++) {
      before += BloomChain.arrayBytes(chain, i);
      if (position < before) {
        return i;
      }
    }
    return -1;
  }

  /** The bytes from a position to the end of its filter's bit array. */
  public long bytesFrom(long entry, int filter, long position) {
    return startOf(entry, filter) + BloomChain.arrayBytes(chain(entry), filter) - position;
  }

  /** Where the byte at a position is. */
  public long addressAt(long entry, int filter, long position) {
    return BloomChain.array(chain(entry), filter) + position - startOf(entry, filter);
  }

  private static long startOf(long entry, int filter) {
    long chain = chain(entry);
    long start = 0;
    for (int i = 0; i < filter; i++) {
      start += BloomChain.arrayBytes(chain, i);
    }
    return start;
  }

  /**
   * Makes an absent key an empty filter from a header.
   *
   * @return the entry, or 0 when the header is not sound
   */
  public long createFromHeader(
      Database database, long keyAddress, int keyLength, long hash, long header, long bytes) {
    long chain = BloomDump.readHeader(memory, header, bytes);
    return chain == 0 ? 0 : put(database, keyAddress, keyLength, hash, Database.NO_EXPIRY, chain);
  }

  // The keyspace's questions

  @Override
  public String name() {
    return "MBbloom--";
  }

  @Override
  public String encodingName(long entry) {
    return "raw";
  }

  @Override
  public long externalBytes(long entry) {
    long chain = chain(entry);
    long bytes = memory.accountedBytesOf(chain);
    for (int i = 0; i < BloomChain.filters(chain); i++) {
      bytes += memory.accountedBytesOf(BloomChain.array(chain, i));
    }
    return bytes;
  }

  @Override
  public long freeEffort(long entry) {
    long chain = chain(entry);
    long effort = 1;
    for (int i = 0; i < BloomChain.filters(chain); i++) {
      effort += 1 + BloomChain.arrayBytes(chain, i) / PIECE_BYTES;
    }
    return effort;
  }

  /** Gives the pages behind a large bit array back piece by piece, its end first. */
  @Override
  public boolean freeSome(long entry, int effort) {
    long chain = chain(entry);
    for (int left = effort; left > 0 && BloomChain.filters(chain) > 0; left--) {
      int last = BloomChain.filters(chain) - 1;
      long bytes = BloomChain.arrayBytes(chain, last);
      long array = BloomChain.array(chain, last);
      if (bytes > PIECE_BYTES) {
        long rest = (bytes - 1) / PIECE_BYTES * PIECE_BYTES;
        memory.discard(array, rest, bytes - rest);
        BloomChain.shorten(chain, last, rest);
      } else {
        memory.free(array);
        BloomChain.shorten(chain, last, 0);
      }
    }
    if (BloomChain.filters(chain) > 0) {
      return true;
    }
    memory.free(chain);
    return false;
  }

  @Override
  public void duplicate(long from, long to) {
    Memory.putLong(Entry.inlineAddress(to), BloomChain.copy(memory, chain(from)));
  }

  // RDB

  @Override
  public void save(long entry, ValueSink to) {
    rdb.save(chain(entry), to);
  }

  @Override
  public boolean reads(int rdbType) {
    return rdbType == BloomRdb.TYPE_MODULE;
  }

  @Override
  public long load(
      int rdbType,
      ValueSource from,
      Database database,
      long keyAddress,
      int keyLength,
      long hash,
      long expireAtMillis)
      throws IOException {
    return put(database, keyAddress, keyLength, hash, expireAtMillis, rdb.load(from));
  }
}
