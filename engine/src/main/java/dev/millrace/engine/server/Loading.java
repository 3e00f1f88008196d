package dev.millrace.engine.server;

/**
 * A dataset that is being loaded, the server's own at its start or a master's, and what clients get
 * meanwhile.
 *
 * <p>Owned by: executor thread; {@link #progressed} by the thread that loads.
 */
final class Loading {
  /** What clients get. */
  enum Kind {
    /** Nothing is being loaded. */
    NONE,
    /** {@code -LOADING}. */
    BLOCKING,
    /** The old dataset, which is an earlier state of the one that is being loaded. */
    ASYNC
  }

  private Kind kind = Kind.NONE;
  private long startedMillis;
  private long totalBytes;
  private volatile long loadedBytes;
  private volatile long memoryBytes;

  /**
   * It begins.
   *
   * @param bytes length of the RDB, and of the log after it; -1 when it is not known
   */
  void begin(Kind what, long bytes, long nowMillis) {
    kind = what;
    startedMillis = nowMillis;
    totalBytes = bytes;
    loadedBytes = 0;
    memoryBytes = 0;
  }

  /** It is over, well or not. */
  void end() {
    kind = Kind.NONE;
    memoryBytes = 0;
  }

  /** How much of it has been read, and how much memory its keys take. */
  void progressed(long bytes, long memory) {
    loadedBytes = bytes;
    memoryBytes = memory;
  }

  boolean isBlocking() {
    return kind == Kind.BLOCKING;
  }

  boolean isAsync() {
    return kind == Kind.ASYNC;
  }

  boolean isUnderWay() {
    return kind != Kind.NONE;
  }

  long startedMillis() {
    return startedMillis;
  }

  long totalBytes() {
    return totalBytes;
  }

  long loadedBytes() {
    return loadedBytes;
  }

  /** Memory of the keys loaded so far, beside that of the dataset that is served. */
  long memoryBytes() {
    return memoryBytes;
  }
}
