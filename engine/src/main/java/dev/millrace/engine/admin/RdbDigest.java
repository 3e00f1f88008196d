package dev.millrace.engine.admin;

import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.snapshot.RdbEntry;
import dev.millrace.engine.snapshot.RdbReader;
import dev.millrace.engine.snapshot.RdbVisitor;
import dev.millrace.engine.value.ValueSource;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * The digest of a dataset out of its RDB, whatever the order of its keys: that of DEBUG DIGEST; and
 * to find what differs, those of {@value #PARTS} parts of it and of the keys of some parts, which
 * take in more: when keys and fields expire, and the groups of streams. A key's part is the low
 * bits of its CRC-32C.
 *
 * <p>Owned by: one thread; read by any when it is done.
 */
public final class RdbDigest implements RdbVisitor {
  /** How many parts a dataset has. */
  public static final int PARTS = 4096;

  private static final byte[] NOTHING = new byte[Sha1Mix.BYTES];

  private final Sha1Mix sha1 = new Sha1Mix();
  private final ValueDigest values = new ValueDigest(sha1);
  private final CRC32C crc = new CRC32C();
  private final Map<Integer, byte[]> databases = new TreeMap<>();
  private final Map<Integer, byte[]> parts = new TreeMap<>();
  private final Map<Integer, Map<Key, String>> keysOf = new TreeMap<>();
  private long keys;

  /**
   * One key of some database.
   *
   * @param name its bytes
   */
  public record Key(int database, byte[] name) implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      int byDatabase = Integer.compare(database, other.database);
      return byDatabase != 0 ? byDatabase : Arrays.compareUnsigned(name, other.name);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Key key && compareTo(key) == 0;
    }

    @Override
    public int hashCode() {
      return 31 * database + Arrays.hashCode(name);
    }
  }

  private RdbDigest(Set<Integer> wantedParts) {
    wantedParts.forEach(part -> keysOf.put(part, new TreeMap<>()));
  }

  /**
   * Reads a whole RDB.
   *
   * @param databaseCount how many databases there are
   * @param wantedParts parts whose keys' digests are wanted too
   * @throws IOException when it cannot be read, or is damaged
   */
  public static RdbDigest of(ReadableByteChannel rdb, int databaseCount, Set<Integer> wantedParts)
      throws IOException {
    RdbDigest digest = new RdbDigest(wantedParts);
    try (RdbReader reader = new RdbReader(rdb, databaseCount, true)) {
      reader.read(digest);
    }
    return digest;
  }

  /** How many keys there are. */
  public long keys() {
    return keys;
  }

  /** The digest of all, as 40 hexadecimal digits: what DEBUG DIGEST answers. */
  public String all() {
    byte[] all = new byte[Sha1Mix.BYTES];
    databases.forEach((database, ofKeys) -> {
      sha1.mix(all, DatasetDigest.number(database));
      Sha1Mix.combine(all, ofKeys);
    });
    return HexFormat.of().formatHex(all);
  }

  /** The digests of the parts that are not empty, in order. */
  public Map<Integer, String> parts() {
    Map<Integer, String> told = new TreeMap<>();
    parts.forEach((part, digest) -> told.put(part, HexFormat.of().formatHex(digest)));
    return told;
  }

  /** The digests of the keys of a part that was asked for, in order of database and key. */
  public Map<Key, String> keysOf(int part) {
    return keysOf.getOrDefault(part, Map.of());
  }

  @Override
  public void string(RdbEntry entry, long valueAddress, long valueLength) {
    byte[] key = entry.key();
    byte[] one = begin(key, Entry.STRING);
    sha1.mix(one, Memory.bytes(valueAddress, (int) valueLength));
    end(entry, key, one, NOTHING);
  }

  @Override
  public void integer(RdbEntry entry, long value) {
    byte[] key = entry.key();
    byte[] one = begin(key, Entry.STRING);
    sha1.mix(one, Decimal.bytes(value));
    end(entry, key, one, NOTHING);
  }

  @Override
  public void value(RdbEntry entry, int rdbType, ValueSource from) throws IOException {
    byte[] key = entry.key();
    byte[] one = begin(key, ValueDigest.typeOf(rdbType));
    values.value(one, rdbType, from);
    end(entry, key, one, values.beside());
  }

  private byte[] begin(byte[] key, int type) {
    byte[] one = new byte[Sha1Mix.BYTES];
    sha1.mix(one, key);
    sha1.mix(one, DatasetDigest.number(type));
    return one;
  }

  private void end(RdbEntry entry, byte[] key, byte[] one, byte[] beside) {
    if (entry.expireAtMillis() != RdbEntry.NONE) {
      sha1.xor(one, DatasetDigest.EXPIRE);
    }
    keys++;
    sha1.xor(databases.computeIfAbsent(entry.database(), RdbDigest::none), one);
    crc.reset();
    crc.update(key);
    int part = (int) (crc.getValue() % PARTS);
    byte[] exact = one.clone();
    sha1.mix(exact, beside);
    sha1.mix(exact, Decimal.bytes(entry.expireAtMillis()));
    byte[] withDatabase = exact.clone();
    sha1.mix(withDatabase, DatasetDigest.number(entry.database()));
    sha1.xor(parts.computeIfAbsent(part, RdbDigest::none), withDatabase);
    Map<Key, String> wanted = keysOf.get(part);
    if (wanted != null) {
      wanted.put(new Key(entry.database(), key), HexFormat.of().formatHex(exact));
    }
  }

  private static byte[] none(int ofWhat) {
    return new byte[Sha1Mix.BYTES];
  }
}
