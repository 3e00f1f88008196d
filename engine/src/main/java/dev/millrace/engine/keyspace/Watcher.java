package dev.millrace.engine.keyspace;

import org.jspecify.annotations.Nullable;

/**
 * One client's side of WATCH: whether something it watched has changed. A client that never watches
 * needs none. Changed only by {@link Watches}. Owned by: executor thread.
 */
public final class Watcher {
  boolean changed;
  Watches.@Nullable Watch first;
  long bytes;

  /** Whether the client watches any key now. */
  public boolean isWatching() {
    return first != null;
  }

  /** About the memory of what it watches. */
  public long memoryBytes() {
    return bytes;
  }

  /** Whether a watched key has changed since; {@link Watches#mustAbort} also asks the clock. */
  public boolean hasSeenChange() {
    return changed;
  }
}
