package dev.millrace.engine.admin;

/**
 * The memory the data and its service use, and the most there ever was when somebody looked. Call
 * {@link #look} now and then. The Java heap is not in it: like the code it is the program's, is
 * told apart, and what is in use of it says more about the last collection than about the data.
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

  /** Dataset, buffers, and scripts. */
  public long usedBytes() {
    return memory.datasetBytes()
        + memory.streamBytes()
        + memory.clientBytes()
        + memory.replicaBytes()
        + memory.scripts().scriptBytes()
        + memory.scripts().functionBytes();
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
