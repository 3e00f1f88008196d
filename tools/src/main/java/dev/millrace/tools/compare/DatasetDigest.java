package dev.millrace.tools.compare;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a server answered to {@code MILLRACE DIGEST}.
 *
 * @param offset where its dataset stood
 * @param digest of all of it
 * @param parts digests by part, when they were asked for
 * @param keys digests by database and key of one part, when they were asked for
 */
record DatasetDigest(
    long offset, long keyCount, String digest, Map<Long, String> parts, Map<Key, String> keys) {
  /** A key of some database. */
  record Key(long database, String name) implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      int byDatabase = Long.compare(database, other.database);
      return byDatabase != 0 ? byDatabase : name.compareTo(other.name);
    }

    @Override
    public String toString() {
      return "'" + name + "' of database " + database;
    }
  }

  /** Reads the reply, a flat list of names and values. */
  static DatasetDigest of(Object reply) throws IOException {
    if (!(reply instanceof List<?> fields)) {
      throw new IOException("no digest but " + reply);
    }
    long offset = -1;
    long keyCount = -1;
    String digest = "";
    Map<Long, String> parts = new TreeMap<>();
    Map<Key, String> keys = new TreeMap<>();
    for (int i = 0; i + 1 < fields.size(); i += 2) {
      Object value = fields.get(i + 1);
      switch (String.valueOf(fields.get(i))) {
        case "offset" -> offset = (long) value;
        case "keys" -> keyCount = (long) value;
        case "digest" -> digest = (String) value;
        case "parts" -> {
          List<?> list = (List<?>) value;
          for (int at = 0; at < list.size(); at += 2) {
            parts.put((Long) list.get(at), (String) list.get(at + 1));
          }
        }
        case "keys-of-part" -> {
          List<?> list = (List<?>) value;
          for (int at = 0; at < list.size(); at += 3) {
            keys.put(
                new Key((Long) list.get(at), (String) list.get(at + 1)), (String) list.get(at + 2));
          }
        }
        default -> {
          // A later version tells more.
        }
      }
    }
    return new DatasetDigest(offset, keyCount, digest, parts, keys);
  }
}
