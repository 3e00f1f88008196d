package dev.millrace.engine.pipeline;

import dev.millrace.engine.command.Command;
import org.jspecify.annotations.Nullable;

/**
 * Says why a command may not run at this moment: memory, disk, replicas. Asked before every command
 * that could be refused.
 *
 * <p>Runs on: executor thread.
 */
@FunctionalInterface
public interface Gatekeeper {
  /**
   * The error to answer, code and text, or null when the command may run.
   *
   * @param command what is about to run or to be queued; of those that EXEC is about to run, only
   *     one of each kind ({@link Command#isRefusedLike})
   * @param queued whether it is to wait in a transaction, not to run
   */
  @Nullable String refusal(Command command, boolean queued);
}
