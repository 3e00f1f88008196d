package dev.millrace.engine.keyspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A keyspace whose clock is turned by hand, with operations by {@code String}. Closing it frees
 * everything and fails when anything leaks.
 */
final class KeyspaceFixture implements AutoCloseable {
  /** What an entry holds: the text of its string and its expiry. */
  record Content(String value, long expireAt) {}

  /** Time that stands still until it is moved; nanoseconds tick with every look. */
  static final class ManualClock implements KeyspaceClock {
    long millis = 1_700_000_000_000L;
    long nanosPerLook = 1;
    private long nanos;

    @Override
    public long millis() {
      return millis;
    }

    @Override
    public long nanos() {
      nanos += nanosPerLook;
      return nanos;
    }
  }

  static final long AMPLE_NANOS = Long.MAX_VALUE / 2;

  final SlabAllocator memory = new SlabAllocator();
  final ManualClock clock = new ManualClock();
  final Keyspace keyspace;
  final List<String> expired = new ArrayList<>();
  final List<String> evicted = new ArrayList<>();
  private final SlabAllocator scratch = new SlabAllocator();
  private final long[] staged = new long[2];
  private final int[] stagedBytes = new int[2];

  KeyspaceFixture(int databases, long seed) {
    this(databases, new SplittableRandom(seed));
  }

  KeyspaceFixture(int databases, RandomGenerator random) {
    keyspace = new Keyspace(memory, clock, random, databases);
    keyspace.onExpired((database, a, n) -> expired.add(database.index() + ":" + text(a, n)));
    keyspace.onEvicted((database, a, n) -> evicted.add(database.index() + ":" + text(a, n)));
  }

  /** Puts the text into off-heap memory of its own until the next one is put at the same place. */
  long stage(int place, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    if (staged[place] != 0) {
      scratch.free(staged[place]);
    }
    // Exactly as long as the text, so that checked memory catches a read past its end.
    staged[place] = scratch.allocate(Math.max(1, bytes.length));
    stagedBytes[place] = bytes.length;
    Memory.put(staged[place], bytes, 0, bytes.length);
    return staged[place];
  }

  static String text(long address, int length) {
    return new String(Memory.bytes(address, length), StandardCharsets.ISO_8859_1);
  }

  long hash(String key) {
    return Memory.hash(stage(0, key), key.length());
  }

  Database db(int index) {
    return keyspace.database(index);
  }

  long set(int db, String key, String value) {
    return set(db, key, value, Database.NO_EXPIRY);
  }

  long set(int db, String key, String value, long expireAt) {
    long hash = hash(key);
    long valueAddress = stage(1, value);
    return db(db).setString(staged[0], key.length(), hash, valueAddress, value.length(), expireAt);
  }

  long setLong(int db, String key, long value, long expireAt) {
    long hash = hash(key);
    return db(db).setLong(staged[0], key.length(), hash, value, expireAt);
  }

  long find(int db, String key) {
    long hash = hash(key);
    return db(db).find(staged[0], key.length(), hash);
  }

  long findForWrite(int db, String key) {
    long hash = hash(key);
    return db(db).findForWrite(staged[0], key.length(), hash);
  }

  long peek(int db, String key) {
    long hash = hash(key);
    return db(db).peek(staged[0], key.length(), hash);
  }

  boolean exists(int db, String key) {
    long hash = hash(key);
    return db(db).exists(staged[0], key.length(), hash);
  }

  @Nullable String get(int db, String key) {
    long entry = find(db, key);
    return entry == 0 ? null : string(entry);
  }

  boolean delete(int db, String key) {
    long hash = hash(key);
    return db(db).delete(staged[0], key.length(), hash);
  }

  long rename(int db, String key, int toDb, String newKey) {
    long entry = peek(db, key);
    long hash = hash(key);
    long newHash = hash(newKey);
    return db(db).rename(entry, hash, db(toDb), staged[0], newKey.length(), newHash);
  }

  long copy(int db, String key, int toDb, String newKey) {
    long entry = peek(db, key);
    long newHash = hash(newKey);
    return db(db).copy(entry, db(toDb), staged[0], newKey.length(), newHash);
  }

  static String string(long entry) {
    return new String(Entry.string(entry), StandardCharsets.ISO_8859_1);
  }

  static String key(long entry) {
    return new String(Entry.key(entry), StandardCharsets.ISO_8859_1);
  }

  static Content content(long entry) {
    String value =
        Entry.type(entry) == Entry.STRING
            ? string(entry)
            : text(Entry.inlineAddress(entry), Entry.inlineBytes(entry));
    return new Content(value, Entry.expireAt(entry));
  }

  /** Everything in the tables of a database, expired entries included. */
  Map<String, Content> physical(int db) {
    Map<String, Content> all = new HashMap<>();
    long cursor = 0;
    do {
      cursor = db(db).tables().entries().scan(cursor, entry -> all.put(key(entry), content(entry)));
    } while (cursor != 0);
    return all;
  }

  /** Checks what must hold between the two tables of every database. */
  void checkTables(String context) {
    for (int i = 0; i < keyspace.databases(); i++) {
      Map<String, Content> all = physical(i);
      assertThat(db(i).size()).as(context).isEqualTo(all.size());
      List<String> expiring = new ArrayList<>();
      EntryTables tables = db(i).tables();
      long cursor = 0;
      do {
        cursor =
            tables
                .expiring()
                .scan(
                    cursor,
                    entry -> {
                      long hash = EntryKeys.hashOf(entry);
                      assertThat(tables.entries().contains(entry, hash)).as(context).isTrue();
                      if (!expiring.contains(key(entry))) {
                        expiring.add(key(entry));
                      }
                    });
      } while (cursor != 0);
      List<String> expected =
          all.entrySet().stream()
              .filter(e -> e.getValue().expireAt() != Entry.NO_EXPIRY)
              .map(Map.Entry::getKey)
              .toList();
      assertThat(expiring).as(context).containsExactlyInAnyOrderElementsOf(expected);
      assertThat(db(i).expiring()).as(context).isEqualTo(expected.size());
    }
  }

  @Override
  public void close() {
    keyspace.close();
    for (long address : staged) {
      if (address != 0) {
        scratch.free(address);
      }
    }
    scratch.close();
    assertThat(memory.usedBytes()).as("bytes in use after close").isZero();
    memory.close();
  }
}
