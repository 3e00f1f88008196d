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
 * @param idIsOwn whether {@code id} was made by this server, and did not come from a master
 */
public record ReplicationHistory(
    ReplicationId id, @Nullable ReplicationId previousId, long previousValidUpTo, boolean idIsOwn) {
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

  /** A history of this server's that continues none. */
  public static ReplicationHistory startingWith(ReplicationId id) {
    return new ReplicationHistory(id, null, NO_PREVIOUS, true);
  }

  /** The history of a master, of which nothing is known but its ID. */
  public static ReplicationHistory ofMaster(ReplicationId id) {
    return new ReplicationHistory(id, null, NO_PREVIOUS, false);
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
   * From {@code offset} on the stream is a new history of this server's; what was the current one
   * is valid up to there, and the one before it is forgotten.
   */
  public ReplicationHistory fork(ReplicationId newId, long offset) {
    return new ReplicationHistory(newId, id, offset, true);
  }

  /**
   * As {@link #fork}, where nothing is known of bytes past {@code offset} that may have been sent.
   * An ID made here under which nothing is left gives up its place, so that however often this
   * happens who knows the one before may still continue, and this server ask under it.
   */
  public ReplicationHistory forkAgain(ReplicationId newId, long offset) {
    if (isNothing(offset)) {
      return startingWith(newId);
    }
    return isNothingUnderId(offset)
        ? new ReplicationHistory(newId, previousId, offset, true)
        : fork(newId, offset);
  }

  /** Whether a stream that ends at {@code end} is one that no other server can know of. */
  public boolean isNothing(long end) {
    return idIsOwn && previousId == null && end == 0;
  }

  /** From {@code offset} on the stream goes under the ID that its master has told. */
  public ReplicationHistory adopt(ReplicationId mastersId, long offset) {
    return new ReplicationHistory(mastersId, nameOfStream(offset), offset, false);
  }

  /**
   * The ID under which a stream that ends at {@code end} was written, which its master knows: the
   * previous one while nothing was written under the own one.
   */
  public ReplicationId nameOfStream(long end) {
    return isNothingUnderId(end) && previousId != null ? previousId : id;
  }

  private boolean isNothingUnderId(long end) {
    return idIsOwn && previousId != null && previousValidUpTo == end;
  }
}
