package dev.millrace.engine.keyspace;

/**
 * Hears of each entry that is deleted to make room. Called on the executor thread after the entry
 * has left its database and before its memory is freed. It must not change the keyspace.
 */
@FunctionalInterface
public interface EvictedListener {
  /** The key's bytes are good only during the call. */
  void evicted(Database database, long keyAddress, int keyLength);
}
