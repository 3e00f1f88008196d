package dev.millrace.backlog;

import org.jspecify.annotations.Nullable;

/**
 * Which histories this server's stream continues: its own ID, and the one it had before, up to the
 * offset where they parted (L5).
 *
 * @param id the history being written
 * @param previousId the history this one continues; null when there is none
 * @param previousValidUpTo replication offset up to which both are the same bytes; -1 without a
 *     previous one
 */
public record ReplicationHistory(
    ReplicationId id, @Nullable ReplicationId previousId, long previousValidUpTo) {
  /** {@link #previousValidUpTo} when there is no previous history. */
  public static final long NO_PREVIOUS = -1;

  public ReplicationHistory {
    if (previousId == null ? previousValidUpTo != NO_PREVIOUS : previousValidUpTo < 0) {
      throw new IllegalArgumentException(
          "previous ID " + previousId + " cannot be valid up to " + previousValidUpTo);
    }
    if (id.equals(previousId)) {
      throw new IllegalArgumentException("a history cannot continue itself: " + id);
    }
  }

  /** A history that continues none. */
  public static ReplicationHistory startingWith(ReplicationId id) {
    return new ReplicationHistory(id, null, NO_PREVIOUS);
  }

  /**
   * True when a replica that has the first {@code start} bytes of {@code asked} has a prefix of
   * this stream, which is the rule of PSYNC2. On the wire it asks for byte {@code start + 1}, and
   * Redis's {@code second_repl_offset} is {@link #previousValidUpTo} + 1. Whether the bytes after
   * it are still held is another question.
   */
  public boolean covers(ReplicationId asked, long start) {
    return asked.equals(id) || (asked.equals(previousId) && start <= previousValidUpTo);
  }

  /**
   * From {@code offset} on the stream is a new history; what was the current one is valid up to
   * there, and the one before it is forgotten.
   */
  public ReplicationHistory fork(ReplicationId newId, long offset) {
    return new ReplicationHistory(newId, id, offset);
  }
}
