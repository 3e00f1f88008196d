package dev.millrace.engine.keyspace;

/**
 * The time a keyspace lives by, injected so that tests turn it by hand. The executor holds {@link
 * #millis} still while one command, transaction or script runs, so that a key cannot expire in its
 * middle.
 */
public interface KeyspaceClock {
  /** Unix time in milliseconds, as of the command being executed. */
  long millis();

  /** A monotonic time in nanoseconds that goes on within a command; budgets are measured by it. */
  long nanos();
}
