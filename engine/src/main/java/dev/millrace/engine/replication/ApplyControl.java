package dev.millrace.engine.replication;

/**
 * What can be said to a replica that journals its master's stream at once and applies it later
 * ({@code repl-apply-delay}).
 *
 * <p>Runs on: executor thread.
 */
public interface ApplyControl {
  /** Replication offset of the dataset: the end of the last unit applied. */
  long appliedOffset();

  /** Applies nothing that ends after {@code offset}, until told otherwise. */
  void until(long offset);

  /**
   * Applies nothing that came after {@code millis}, since the epoch, until told otherwise.
   *
   * @return false when something that came later has been applied already
   */
  boolean untilTime(long millis);

  /** Applies at once what may be applied, until told to {@link #resume}. */
  void catchUp();

  /** Forgets what was said: everything is applied, each at its time. */
  void resume();
}
