package dev.millrace.engine.keyspace;

/**
 * What an entry past its expiry means to the command being executed. The executor sets it before
 * each command whose mode differs from the last one's.
 */
public enum ExpiryMode {
  /** A master's clients: the entry is deleted when it is met, and the deletion is reported. */
  DELETE,

  /**
   * A replica's own clients, or while writes are paused: the entry is treated as absent but stays
   * until the master deletes it.
   */
  HIDE,

  /** The master's stream on a replica, and loading: the entry is there as if it had not expired. */
  IGNORE
}
