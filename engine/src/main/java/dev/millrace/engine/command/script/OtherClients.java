package dev.millrace.engine.command.script;

import dev.millrace.engine.command.Client;

/**
 * Serves the other clients in the midst of a script that runs too long.
 *
 * <p>Runs on: executor thread.
 */
@FunctionalInterface
public interface OtherClients {
  /** Where there are no others: nothing to do. */
  OtherClients NONE = (running, refusal) -> {};

  /**
   * Takes a bounded number of their commands and answers them.
   *
   * @param running who called the script
   * @param refusal what to answer to commands that may not run meanwhile
   */
  void serve(Client running, String refusal);
}
