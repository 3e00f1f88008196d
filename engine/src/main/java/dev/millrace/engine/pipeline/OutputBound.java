package dev.millrace.engine.pipeline;

import dev.millrace.engine.command.Client;

/**
 * How much output may wait for a client that does not read it (L7).
 *
 * <p>Owned by: executor thread.
 */
public interface OutputBound {
  /** Nothing is done about a client for which no more than so many bytes wait. */
  long harmlessBytes();

  /**
   * Looks at a client for which more waits, and closes it when that is over its limit.
   *
   * @return true when its further commands have to wait until it has read
   */
  boolean holdsBack(Client client);
}
