package dev.millrace.engine.value;

import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.ValueType;
import dev.millrace.engine.struct.Walk;
import java.io.IOException;

/**
 * A type of value that can be written to and read from RDB.
 *
 * <p>Owned by: executor thread.
 */
public interface StoredType extends ValueType {
  /** About so many parts of a value are copied at once: less than a millisecond's work. */
  long SAVED_AT_ONCE = 8192;

  /** Writes the value, its type byte first, in a form of RDB version 10. */
  void save(long entry, ValueSink to);

  /**
   * Whether the value has so many parts that a snapshot is not to copy them in one go, but by
   * {@link #startSaving}.
   */
  default boolean isSavedInSlices(long entry) {
    return false;
  }

  /**
   * Begins to write the value as it is now, while commands go on changing it: its type and whatever
   * comes before its parts at once; each part as the walk comes to it, or just before a command
   * changes or frees it. The value is complete when {@link Walk#advance} says so.
   */
  default Walk startSaving(long entry, ValueSink to) {
    throw new UnsupportedOperationException(name() + " is saved at once");
  }

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
