package dev.millrace.engine.admin;

import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.snapshot.DumpPayload;
import dev.millrace.engine.snapshot.StoredTypes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;

/**
 * The digest of DEBUG DIGEST: 20 bytes that are equal for equal datasets whatever the order of
 * their keys, the same as Redis computes. Each key's own digest takes in, one after the other, key,
 * type (4 bytes, highest first) and value; the mark {@code !!expire!!} is added when it expires.
 * Those of all keys are XORed together with the number of each database that is not empty.
 *
 * <p>Owned by: executor thread.
 */
final class DatasetDigest {
  static final byte[] EXPIRE = "!!expire!!".getBytes(StandardCharsets.US_ASCII);

  private final DumpPayload payload;
  private final Sha1Mix sha1 = new Sha1Mix();
  private final ValueDigest values = new ValueDigest(sha1);

  /**
   * @param payload in which collections are looked at
   */
  DatasetDigest(DumpPayload payload) {
    this.payload = payload;
  }

  /** Digest of everything, as 40 hexadecimal digits. Takes a time that grows with the dataset. */
  String of(Keyspace keyspace) {
    StoredTypes types = new StoredTypes(keyspace);
    byte[] all = new byte[Sha1Mix.BYTES];
    for (int i = 0; i < keyspace.databases(); i++) {
      Database database = keyspace.database(i);
      if (database.size() == 0) {
        continue;
      }
      sha1.mix(all, number(i));
      long cursor = 0;
      Set<Long> seen = new HashSet<>();
      do {
        cursor =
            database.scan(
                cursor,
                entry -> {
                  // A scan may tell an entry twice while a table moves.
                  if (seen.add(entry)) {
                    byte[] one = new byte[Sha1Mix.BYTES];
                    sha1.mix(one, Entry.key(entry));
                    value(one, entry, types);
                    sha1.xor(all, one);
                  }
                });
      } while (cursor != 0);
    }
    return HexFormat.of().formatHex(all);
  }

  /** Digest of one key's value, or zeros when {@code entry} is 0. */
  String ofValue(long entry, Keyspace keyspace) {
    byte[] one = new byte[Sha1Mix.BYTES];
    if (entry != 0) {
      value(one, entry, new StoredTypes(keyspace));
    }
    return HexFormat.of().formatHex(one);
  }

  private void value(byte[] digest, long entry, StoredTypes types) {
    sha1.mix(digest, number(Entry.type(entry)));
    if (Entry.type(entry) == Entry.STRING) {
      sha1.mix(digest, Entry.string(entry));
    } else {
      collection(digest, entry, types);
    }
    if (Entry.hasExpiry(entry)) {
      sha1.xor(digest, EXPIRE);
    }
  }

  private void collection(byte[] digest, long entry, StoredTypes types) {
    if (!payload.encode(entry, types, false)) {
      throw new IllegalStateException("a collection of more than 2 GiB has no digest");
    }
    payload.decode(payload.address(), payload.length());
    try {
      values.value(digest, payload.type(), payload.source());
    } catch (IOException e) {
      throw new UncheckedIOException("a value is not what it was written as", e);
    }
  }

  static byte[] number(int value) {
    return ByteBuffer.allocate(Integer.BYTES).putInt(value).array();
  }
}
