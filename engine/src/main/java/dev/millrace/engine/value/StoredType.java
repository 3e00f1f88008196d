package dev.millrace.engine.value;

import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.ValueType;
import java.io.IOException;

/**
 * A type of value that can be written to and read from RDB.
 *
 * <p>Owned by: executor thread.
 */
public interface StoredType extends ValueType {
  /** Writes the value, its type byte first, in a form of RDB version 10. */
  void save(long entry, ValueSink to);

  /** Whether {@link #load} reads values with this type byte. */
  boolean reads(int rdbType);

  /**
   * Makes a key hold the value that {@code from} gives. The key is absent. When it throws, the key
   * is absent again and nothing is left behind.
   *
   * @param hash of the key
   * @param expireAtMillis when the key expires, or {@link Database#NO_EXPIRY}
   * @return the new entry; 0 when the value is empty, which makes no key
   * @throws ValueFormatException when the bytes are not a sound value
   */
  long load(
      int rdbType,
      ValueSource from,
      Database database,
      long keyAddress,
      int keyLength,
      long hash,
      long expireAtMillis)
      throws IOException;
}
