package dev.millrace.engine.command.transaction;

import dev.millrace.engine.command.Call;

/**
 * Runs what a client queued since MULTI, as one unit of work.
 *
 * <p>Runs on: executor thread.
 */
@FunctionalInterface
public interface TransactionRunner {
  /**
   * Runs the open transaction of {@code call}'s client and writes EXEC's whole reply; afterwards
   * the client is in no transaction and watches nothing.
   */
  void exec(Call call);
}
