package dev.millrace.engine.keyspace;

/**
 * Hears of each entry that is deleted because it expired. Called on the executor thread after the
 * entry has left its database and before its memory is freed: this is where the deletion is
 * propagated, watchers are touched and notifications are sent. It must not change the keyspace.
 */
@FunctionalInterface
public interface ExpiredListener {
  /** The key's bytes are good only during the call. */
  void expired(Database database, long keyAddress, int keyLength);
}
