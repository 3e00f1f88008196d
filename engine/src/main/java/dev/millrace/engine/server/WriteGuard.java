package dev.millrace.engine.server;

import dev.millrace.aof.JournalState;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.pipeline.Gatekeeper;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Refuses writes that could not be kept: while the log's disk is full or its journal has failed,
 * and while too few replicas are within {@code min-replicas-max-lag}.
 *
 * <p>Owned by: executor thread.
 */
final class WriteGuard implements Gatekeeper {
  /** Refuses for want of replicas, or returns null. */
  interface ReplicaRule {
    @Nullable String refusal(long nowMillis);
  }

  private final Supplier<JournalState> journal;
  private final ReplicaRule replicas;
  private final LongSupplier clockMillis;

  WriteGuard(Supplier<JournalState> journal, ReplicaRule replicas, LongSupplier clockMillis) {
    this.journal = journal;
    this.replicas = replicas;
    this.clockMillis = clockMillis;
  }

  @Override
  public @Nullable String refusal(Command command) {
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
    return replicas.refusal(clockMillis.getAsLong());
  }
}
