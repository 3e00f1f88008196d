package dev.millrace.engine.command;

/**
 * What INFO COMMANDSTATS tells of one command.
 *
 * <p>Owned by: executor thread.
 */
public final class CommandStatistics {
  private long calls;
  private long nanos;
  private long rejected;
  private long failed;

  /** Counts a call that ran. */
  public void ran(long durationNanos, boolean withError) {
    calls++;
    nanos += durationNanos;
    if (withError) {
      failed++;
    }
  }

  /** Adds to a call that was counted when it began to wait for keys. */
  public void ended(long durationNanos, boolean withError) {
    nanos += durationNanos;
    if (withError) {
      failed++;
    }
  }

  /** Counts a call refused before it ran. */
  public void rejected() {
    rejected++;
  }

  public long calls() {
    return calls;
  }

  public long nanos() {
    return nanos;
  }

  public long rejectedCalls() {
    return rejected;
  }

  public long failedCalls() {
    return failed;
  }

  /** CONFIG RESETSTAT. */
  public void reset() {
    calls = 0;
    nanos = 0;
    rejected = 0;
    failed = 0;
  }
}
