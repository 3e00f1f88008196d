package dev.millrace.engine.server;

import dev.millrace.aof.JournalState;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.pipeline.Gatekeeper;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Refuses writes that could not be kept: while the log's disk is full or its journal has failed,
 * while the dataset could not be saved and that forbids writes, and while too few replicas are
 * within {@code min-replicas-max-lag}.
 *
 * <p>Owned by: executor thread.
 */
final class WriteGuard implements Gatekeeper {
  /** Refuses for want of replicas, or returns null. */
  interface ReplicaRule {
    @Nullable String refusal(long nowMillis);
  }

  private static final String NOT_SAVED =
      "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to"
          + " disk. Commands that may modify the data set are disabled, because this instance is"
          + " configured to report errors during writes if RDB snapshotting fails"
          + " (stop-writes-on-bgsave-error option). Please check the Redis logs for details about"
          + " the RDB error.";

  private final Supplier<JournalState> journal;
  private final BooleanSupplier saveFailed;
  private final ReplicaRule replicas;
  private final LongSupplier clockMillis;

  /**
   * Guards the writes.
   *
   * @param saveFailed whether the last save failed and that is to stop writes
   */
  WriteGuard(
      Supplier<JournalState> journal,
      BooleanSupplier saveFailed,
      ReplicaRule replicas,
      LongSupplier clockMillis) {
    this.journal = journal;
    this.saveFailed = saveFailed;
    this.replicas = replicas;
    this.clockMillis = clockMillis;
  }

  @Override
  public @Nullable String refusal(Command command, boolean queued) {
    if (!command.isWrite()) {
      return null;
    }
    JournalState state = journal.get();
    if (state == JournalState.DISK_FULL) {
      return "MISCONF Errors writing to the AOF file: No space left on device";
    }
    if (state == JournalState.FAILED) {
      return "MISCONF Errors writing to the AOF file: Input/output error";
    }
    if (saveFailed.getAsBoolean()) {
      return NOT_SAVED;
    }
    return replicas.refusal(clockMillis.getAsLong());
  }
}
