package dev.millrace.engine.snapshot;

import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import dev.millrace.engine.value.StoredType;
import dev.millrace.engine.value.ValueFormatException;
import dev.millrace.engine.value.ValueSink;
import dev.millrace.engine.value.ValueSource;
import java.io.IOException;
import java.util.SplittableRandom;

/**
 * A type whose value is a count and a seed, from which all its content follows: saving writes as
 * much of every kind of part as the count says, loading looks whether all of it came back.
 */
final class SampleType implements StoredType {
  static final int RDB_TYPE = 21;
  static final int TYPE = Entry.STREAM;

  static long put(Database database, byte[] key, long count, long seed, long expireAt) {
    try (Bytes bytes = Bytes.of(key)) {
      return put(
          database,
          bytes.address(),
          bytes.length(),
          Memory.hash(bytes.address(), bytes.length()),
          count,
          seed,
          expireAt);
    }
  }

  private static long put(
      Database database, long key, int length, long hash, long count, long seed, long expireAt) {
    long entry = database.put(key, length, hash, TYPE, 0, false, 16, expireAt);
    Memory.putLong(Entry.inlineAddress(entry), count);
    Memory.putLong(Entry.inlineAddress(entry) + 8, seed);
    return entry;
  }

  /** What the value is, for comparison. */
  static String content(long entry) {
    long at = Entry.inlineAddress(entry);
    return Memory.getLong(at) + " from " + Memory.getLong(at + 8);
  }

  @Override
  public void save(long entry, ValueSink to) {
    long count = Memory.getLong(Entry.inlineAddress(entry));
    long seed = Memory.getLong(Entry.inlineAddress(entry) + 8);
    SplittableRandom random = new SplittableRandom(seed);
    to.type(RDB_TYPE);
    to.length(count);
    to.eightBytes(seed);
    for (long i = 0; i < count; i++) {
      byte[] text = Bytes.someValue(random, i % 50 == 0 ? 400_000 : 80);
      try (Region region = new Region(text.length + 1)) {
        Memory.put(region.address(), text, 0, text.length);
        to.string(region.address(), text.length);
        to.integer(random.nextLong() >> random.nextInt(64));
        to.eightBytes(random.nextLong());
        to.length(random.nextLong() >>> (1 + random.nextInt(63)));
        Memory.putByte(region.address(), (byte) i);
        to.raw(region.address(), 1);
      }
    }
  }

  @Override
  public boolean reads(int rdbType) {
    return rdbType == RDB_TYPE;
  }

  @Override
  public long load(
      int rdbType, ValueSource from, Database database, long key, int length, long hash, long at)
      throws IOException {
    long count = from.length();
    long seed = from.eightBytes();
    SplittableRandom random = new SplittableRandom(seed);
    for (long i = 0; i < count; i++) {
      byte[] text = Bytes.someValue(random, i % 50 == 0 ? 400_000 : 80);
      from.string();
      require(Memory.bytes(from.address(), (int) from.bytes()), text);
      from.string();
      String number = Long.toString(random.nextLong() >> random.nextInt(64));
      require(
          Memory.bytes(from.address(), (int) from.bytes()),
          number.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      require(from.eightBytes() == random.nextLong());
      require(from.length() == random.nextLong() >>> (1 + random.nextInt(63)));
      require(from.oneByte() == (i & 0xff));
    }
    return count == 0 ? 0 : put(database, key, length, hash, count, seed, at);
  }

  private static void require(byte[] read, byte[] expected) throws ValueFormatException {
    require(java.util.Arrays.equals(read, expected));
  }

  private static void require(boolean holds) throws ValueFormatException {
    if (!holds) {
      throw new ValueFormatException("not what was saved");
    }
  }

  @Override
  public String name() {
    return "sample";
  }

  @Override
  public String encodingName(long entry) {
    return "sample";
  }

  @Override
  public long externalBytes(long entry) {
    return 0;
  }

  @Override
  public long freeEffort(long entry) {
    return 0;
  }

  @Override
  public boolean freeSome(long entry, int effort) {
    return false;
  }

  @Override
  public void duplicate(long from, long to) {}
}
