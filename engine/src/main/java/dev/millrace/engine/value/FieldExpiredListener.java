package dev.millrace.engine.value;

import dev.millrace.engine.keyspace.Database;

/**
 * Hears of each field of a hash that is deleted because it expired, before it is: this is where the
 * deletion is propagated. It must change no key.
 */
@FunctionalInterface
public interface FieldExpiredListener {
  /** The bytes are good only during the call. */
  void expired(
      Database database, long keyAddress, int keyLength, long fieldAddress, int fieldLength);
}
