package dev.millrace.engine.snapshot;

import org.jspecify.annotations.Nullable;

/**
 * What an RDB file says about itself before its first key (its "aux fields").
 *
 * @param redisVersion the Redis release whose behaviour is kept, for example {@code 7.0.15}
 * @param createdSeconds when the snapshot was taken, in seconds since 1970
 * @param usedMemoryBytes memory in use at that time
 * @param replication where the dataset stands in the replication stream; null when it does not say
 * @param aofBase true for the base file of an append-only directory
 */
public record RdbHeader(
    String redisVersion,
    long createdSeconds,
    long usedMemoryBytes,
    @Nullable ReplicationPoint replication,
    boolean aofBase) {

  /**
   * A point of a replication stream.
   *
   * @param id the replication ID, 40 hex digits
   * @param offset the replication offset
   * @param selectedDatabase the database the stream has selected there, -1 when none yet
   */
  public record ReplicationPoint(String id, long offset, int selectedDatabase) {}
}
