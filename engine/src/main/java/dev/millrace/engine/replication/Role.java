package dev.millrace.engine.replication;

import dev.millrace.engine.config.ReplicaOf;
import org.jspecify.annotations.Nullable;

/**
 * Whether this server is a master or follows one, and how to change that.
 *
 * <p>Owned by: executor thread.
 */
public interface Role {
  /** The master that is followed; {@link ReplicaOf#NO_ONE} when this server is a master itself. */
  ReplicaOf master();

  /** The link to the master; null when this server is a master itself. */
  @Nullable MasterLink link();

  /** Follows another server from now on: by a partial resync when the histories allow. */
  void follow(ReplicaOf master);

  /**
   * Follows a replica of ours that is to be the master from its answer on, which {@link
   * Failover#answered} is told.
   */
  void handOver(ReplicaOf replica);

  /** Becomes a master: the stream goes on under a new ID. */
  void promote();

  /** Tells the master, soon, how far its stream was applied. */
  void acknowledge();
}
