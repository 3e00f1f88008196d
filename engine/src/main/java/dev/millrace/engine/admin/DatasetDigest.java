package dev.millrace.engine.admin;

import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.keyspace.Keyspace;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;

/**
 * The digest of DEBUG DIGEST: 20 bytes that are equal for equal datasets whatever the order of
 * their keys, the same as Redis computes. Each key's own digest takes in, one after the other, key,
 * type (4 bytes, highest first) and value; the mark {@code !!expire!!} is added when it expires.
 * Those of all keys are XORed together with the number of each database that is not empty.
 */
final class DatasetDigest {
  private static final int BYTES = 20;
  private static final byte[] EXPIRE = "!!expire!!".getBytes(StandardCharsets.US_ASCII);

  private final MessageDigest sha1;

  DatasetDigest() {
    try {
      sha1 = MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException everyPlatformHasIt) {
      throw new IllegalStateException(everyPlatformHasIt);
    }
  }

  /** Digest of everything, as 40 hexadecimal digits. Takes a time that grows with the dataset. */
  String of(Keyspace keyspace) {
    byte[] all = new byte[BYTES];
    for (int i = 0; i < keyspace.databases(); i++) {
      Database database = keyspace.database(i);
      if (database.size() == 0) {
        continue;
      }
      mix(all, number(i));
      long cursor = 0;
      Set<Long> seen = new HashSet<>();
      do {
        cursor =
            database.scan(
                cursor,
                entry -> {
                  // A scan may tell an entry twice while a table moves.
                  if (seen.add(entry)) {
                    byte[] one = new byte[BYTES];
                    mix(one, Entry.key(entry));
                    value(one, entry);
                    xor(all, one);
                  }
                });
      } while (cursor != 0);
    }
    return HexFormat.of().formatHex(all);
  }

  /** Digest of one key's value, or zeros when {@code entry} is 0. */
  String ofValue(long entry) {
    byte[] one = new byte[BYTES];
    if (entry != 0) {
      value(one, entry);
    }
    return HexFormat.of().formatHex(one);
  }

  private void value(byte[] digest, long entry) {
    mix(digest, number(Entry.type(entry)));
    if (Entry.type(entry) != Entry.STRING) {
      throw new IllegalStateException("no digest for type " + Entry.type(entry));
    }
    mix(digest, Entry.string(entry));
    if (Entry.hasExpiry(entry)) {
      xor(digest, EXPIRE);
    }
  }

  private static byte[] number(int value) {
    return ByteBuffer.allocate(Integer.BYTES).putInt(value).array();
  }

  private void xor(byte[] digest, byte[] with) {
    byte[] hash = sha1.digest(with);
    for (int i = 0; i < BYTES; i++) {
      digest[i] ^= hash[i];
    }
  }

  private void mix(byte[] digest, byte[] with) {
    xor(digest, with);
    byte[] mixed = sha1.digest(digest);
    System.arraycopy(mixed, 0, digest, 0, BYTES);
  }
}
