package dev.millrace.engine.value;

import dev.millrace.engine.config.Config;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.keyspace.KeyspaceClock;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** A keyspace with all types, and places for keys and arguments. */
final class ValueFixture implements AutoCloseable {
  private static final int SLOTS = 4;
  private static final int SLOT_BYTES = 128 * 1024;

  final SlabAllocator memory = new SlabAllocator();
  final Config config = new Config();
  final Keyspace keyspace;
  final ValueTypes types;
  long nowMillis = 1_700_000_000_000L;
  private final long stage = memory.allocate(SLOTS * SLOT_BYTES);

  ValueFixture(long seed) {
    keyspace =
        new Keyspace(memory, KeyspaceClock.of(() -> nowMillis), new SplittableRandom(seed), 2);
    types = new ValueTypes(memory, config.encodings, keyspace);
  }

  Database db() {
    return keyspace.database(0);
  }

  /** Puts a text at one of the places for arguments. */
  long stage(int slot, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    long at = stage + (long) slot * SLOT_BYTES;
    Memory.put(at, bytes, 0, bytes.length);
    return at;
  }

  long hash(String key) {
    return Memory.hash(stage(0, key), key.length());
  }

  /** The entry of a key, or 0. */
  long entry(String key) {
    return db().find(stage(0, key), key.length(), hash(key));
  }

  void delete(String key) {
    db().delete(stage(0, key), key.length(), hash(key));
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Memory of entries and values, tables of the databases not counted. */
  long bytesInEntries() {
    return keyspace.usedBytes() - keyspace.tableBytes() - memory.accountedBytesOf(stage);
  }

  /** Frees everything; the allocator then tells whether anything leaked. */
  @Override
  public void close() {
    keyspace.close();
    types.close();
    memory.free(stage);
    memory.close();
  }
}
