package dev.millrace.engine.snapshot;

import org.jspecify.annotations.Nullable;

/**
 * One of the sequences of chunks that make up a snapshot: the main one, or one of a large value
 * that is written in slices while the main one goes on.
 *
 * <p>Owned by: executor thread.
 */
final class SnapshotLane {
  static final int MAIN = 0;

  final int number;
  @Nullable SnapshotChunk current;

  /** Whether the value that was begun takes parts; not when the snapshot has failed. */
  boolean takesParts;

  SnapshotLane(int number) {
    this.number = number;
  }
}
