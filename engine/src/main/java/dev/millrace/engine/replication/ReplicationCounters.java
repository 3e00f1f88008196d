package dev.millrace.engine.replication;

import java.util.concurrent.atomic.LongAdder;

/** What was sent to replicas, from where; counted by event loops and transfer threads alike. */
public final class ReplicationCounters {
  private final LongAdder backlogBytes = new LongAdder();
  private final LongAdder logBytes = new LongAdder();
  private final LongAdder baseBytes = new LongAdder();
  private final LongAdder demotions = new LongAdder();
  private final LongAdder transfers = new LongAdder();
  private final LongAdder transferNanos = new LongAdder();

  void sentFromBacklog(long bytes) {
    backlogBytes.add(bytes);
  }

  void sentFromLog(long bytes) {
    logBytes.add(bytes);
  }

  void sentFromBase(long bytes) {
    baseBytes.add(bytes);
  }

  void demoted() {
    demotions.increment();
  }

  void transferred(long nanos) {
    transfers.increment();
    transferNanos.add(nanos);
  }

  /** Stream bytes sent from memory. */
  public long backlogBytes() {
    return backlogBytes.sum();
  }

  /** Stream bytes sent from segment files. */
  public long logBytes() {
    return logBytes.sum();
  }

  /** Bytes of bases sent in full syncs. */
  public long baseBytes() {
    return baseBytes.sum();
  }

  /** How often a replica fed from memory fell behind and went on from files. */
  public long demotions() {
    return demotions.sum();
  }

  /** Transfers from files that ended, well or not. */
  public long transfers() {
    return transfers.sum();
  }

  /** Time spent in them. */
  public long transferNanos() {
    return transferNanos.sum();
  }

  /** CONFIG RESETSTAT. */
  public void reset() {
    backlogBytes.reset();
    logBytes.reset();
    baseBytes.reset();
    demotions.reset();
    transfers.reset();
    transferNanos.reset();
  }
}
