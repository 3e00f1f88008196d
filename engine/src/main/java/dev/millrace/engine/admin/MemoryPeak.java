package dev.millrace.engine.admin;

/**
 * All memory in use, and the most there ever was when somebody looked. Call {@link #look} now and
 * then.
 *
 * <p>Owned by: executor thread.
 */
public final class MemoryPeak {
  private final MemoryStatus memory;
  private long peakBytes;

  /** Watches {@code memory}. */
  public MemoryPeak(MemoryStatus memory) {
    this.memory = memory;
  }

  /** Dataset, buffers and Java heap. */
  public long usedBytes() {
    return memory.datasetBytes()
        + memory.backlogBytes()
        + memory.clientBytes()
        + memory.heapBytes();
  }

  /** Notes a new peak. */
  public void look() {
    peakBytes = Math.max(peakBytes, usedBytes());
  }

  /** The most seen. */
  public long peakBytes() {
    look();
    return peakBytes;
  }

  /** CONFIG RESETSTAT. */
  public void reset() {
    peakBytes = 0;
  }
}
