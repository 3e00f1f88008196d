package dev.millrace.engine.admin;

/**
 * What memory is used for, in bytes, as INFO and MEMORY STATS tell it. Asked on the executor
 * thread.
 */
public interface MemoryStatus {
  /** Off-heap memory of keys, values and their tables. */
  long datasetBytes();

  /** Memory that the allocator has mapped from the system. */
  long reservedBytes();

  /** Memory set aside for the replication backlog. */
  long streamBytes();

  /** Memory of connections and what waits in their buffers, replicas not counted. */
  long clientBytes();

  /** Memory of the replicas' connections. */
  default long replicaBytes() {
    return 0;
  }

  /** Used Java heap. */
  default long heapBytes() {
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  /** Memory of the process that is in RAM now. */
  long residentBytes();

  /** Number of entries that are deleted and not freed yet. */
  long lazyFreePending();

  /** Memory of scripts and functions. */
  default ScriptMemory scripts() {
    return ScriptMemory.NONE;
  }

  /** Gives free memory back to the system (MEMORY PURGE). */
  void purge();
}
