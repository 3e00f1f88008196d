package dev.millrace.engine.server;

import dev.millrace.aof.SegmentedLog;
import dev.millrace.engine.config.ReplicationSettings.DisklessLoad;
import dev.millrace.engine.keyspace.EvictionPolicy;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What decides how a master's dataset is loaded, as it was when the master announced it.
 *
 * @param mode {@code repl-diskless-load}
 * @param keys how many keys there are
 * @param usedBytes the memory they take
 * @param policy how entries note their use
 * @param sameHistory whether what is served is an earlier state of what comes
 * @param besideFailed whether memory did not suffice for two datasets at the last attempt
 * @param log the log whose next base it will be, null when there is none
 */
record CopyTerms(
    DisklessLoad mode,
    long keys,
    long usedBytes,
    EvictionPolicy policy,
    boolean sameHistory,
    boolean besideFailed,
    @Nullable SegmentedLog log) {
  /** While two datasets are in memory it is looked once per so many bytes whether they may be. */
  static final long LOOK_EVERY_BYTES = 16L << 20;

  private static final Logger LOG = LoggerFactory.getLogger(CopyTerms.class);

  /** Left to the rest of the machine. */
  private static final long RESERVE_BYTES = 64L << 20;

  /** What keys take in memory, by their bytes in an RDB: small ones, compressed. */
  private static final long MEMORY_PER_RDB_BYTE = 3;

  /**
   * Whether it is loaded beside the dataset there is.
   *
   * @param rdbBytes its length, -1 when the master did not say
   */
  boolean beside(long rdbBytes) {
    if (mode == DisklessLoad.DISABLED || (mode == DisklessLoad.ON_EMPTY_DB && keys > 0)) {
      return false;
    }
    if (keys == 0) {
      return true;
    }
    long wanted = rdbBytes < 0 ? usedBytes : rdbBytes * MEMORY_PER_RDB_BYTE;
    long available = AvailableMemory.bytes();
    if (besideFailed || wanted + RESERVE_BYTES > available) {
      LOG.warn(
          "repl-diskless-load swapdb: not enough memory to load the master's dataset beside the one"
              + " there is (about {} bytes wanted, {} available): it takes its place",
          wanted,
          available);
      return false;
    }
    return true;
  }

  /** Whether the loading of a second dataset may go on. */
  static boolean roomIsLeft() {
    return AvailableMemory.bytes() > RESERVE_BYTES;
  }
}
