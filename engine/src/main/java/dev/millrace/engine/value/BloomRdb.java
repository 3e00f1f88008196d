package dev.millrace.engine.value;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import java.io.IOException;

/**
 * A Bloom filter in RDB: a module's value (type 7) under the name {@code MBbloom--}, version 4,
 * each field with a code before it that says what it is, so that a reader without the module can
 * skip it.
 *
 * <p>Owned by: executor thread.
 */
final class BloomRdb {
  static final int TYPE_MODULE = 7;

  private static final String NAME = "MBbloom--";
  private static final String NAME_LETTERS =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  private static final int VERSION = 4;
  private static final int VERSION_BITS = 10;

  private static final int END = 0;
  private static final int UNSIGNED = 2;
  private static final int DOUBLE = 4;
  private static final int STRING = 5;

  private final SlabAllocator memory;

  /** The chain being loaded, which moves as it grows. */
  private long loading;

  BloomRdb(SlabAllocator memory) {
    this.memory = memory;
  }

  /** Nine letters of six bits each, and the version in the ten bits below. */
  private static long moduleId() {
    long id = 0;
    for (int i = 0; i < NAME.length(); i++) {
      id = id << 6 | NAME_LETTERS.indexOf(NAME.charAt(i));
    }
    return id << VERSION_BITS | VERSION;
  }

  void save(long chain, ValueSink to) {
    to.type(TYPE_MODULE);
    to.length(moduleId());
    unsigned(to, BloomChain.items(chain));
    int filters = BloomChain.filters(chain);
    unsigned(to, filters);
    unsigned(to, BloomChain.options(chain));
    unsigned(to, BloomChain.growth(chain));
    for (int i = 0; i < filters; i++) {
      unsigned(to, BloomChain.capacity(chain, i));
      real(to, BloomChain.error(chain, i));
      unsigned(to, BloomChain.hashes(chain, i));
      real(to, BloomChain.bitsPerItem(chain, i));
      unsigned(to, BloomChain.bits(chain, i));
      unsigned(to, 0); // bits are no power of two
      to.length(STRING);
      to.string(BloomChain.array(chain, i), BloomChain.arrayBytes(chain, i));
      unsigned(to, BloomChain.items(chain, i));
    }
    to.length(END);
  }

  private static void unsigned(ValueSink to, long value) {
    to.length(UNSIGNED);
    to.length(value);
  }

  private static void real(ValueSink to, double value) {
    to.length(DOUBLE);
    to.eightBytes(Double.doubleToRawLongBits(value));
  }

  /** A new chain. */
  long load(ValueSource from) throws IOException {
    if (from.number() != moduleId()) {
      throw new ValueFormatException("a module's value that is not a Bloom filter of version 4");
    }
    long items = unsigned(from);
    long filters = unsigned(from);
    long options = unsigned(from);
    long growth = unsigned(from);
    if (filters < 1
        || filters > BloomChain.FILTERS_MAX
        || items < 0
        || !BloomDump.isSupported(options, growth)) {
      throw new ValueFormatException("a Bloom filter of another kind");
    }
    loading = BloomChain.create(memory, (int) options, (int) growth);
    try {
      long sum = 0;
      for (int i = 0; i < filters; i++) {
        filter(from, i);
        sum += BloomChain.items(loading, i);
      }
      if (sum != items) {
        throw new ValueFormatException("a Bloom filter whose items do not add up");
      }
      expect(from, END);
    } catch (IOException | RuntimeException e) {
      BloomChain.free(memory, loading);
      throw e;
    }
    BloomChain.putItems(loading, items);
    return loading;
  }

  private void filter(ValueSource from, int index) throws IOException {
    long capacity = unsigned(from);
    double error = real(from);
    long hashes = unsigned(from);
    double bitsPerItem = real(from);
    long bits = unsigned(from);
    long powerOfTwo = unsigned(from);
    expect(from, STRING);
    from.string();
    long bytes = from.bytes();
    if (powerOfTwo != 0 || !BloomChain.isSound(capacity, error, bitsPerItem, hashes, bits, bytes)) {
      throw new ValueFormatException("a Bloom filter of another shape");
    }
    loading = BloomChain.extend(memory, loading, capacity, error, bitsPerItem, (int) hashes, bits);
    Memory.copy(from.address(), BloomChain.array(loading, index), bytes);
    long items = unsigned(from);
    if (items < 0) {
      throw new ValueFormatException("a Bloom filter of fewer than no items");
    }
    BloomChain.putItems(loading, index, items);
  }

  private static long unsigned(ValueSource from) throws IOException {
    expect(from, UNSIGNED);
    return from.number();
  }

  private static double real(ValueSource from) throws IOException {
    expect(from, DOUBLE);
    return Double.longBitsToDouble(from.eightBytes());
  }

  private static void expect(ValueSource from, int code) throws IOException {
    if (from.number() != code) {
      throw new ValueFormatException("a module's field of another kind");
    }
  }
}
