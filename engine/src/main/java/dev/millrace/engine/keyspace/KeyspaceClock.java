package dev.millrace.engine.keyspace;

import java.util.function.LongSupplier;

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

  /** The system's time for budgets, and {@code millis} for all else. */
  static KeyspaceClock of(LongSupplier millis) {
    return new KeyspaceClock() {
      @Override
      public long millis() {
        return millis.getAsLong();
      }

      @Override
      public long nanos() {
        return System.nanoTime();
      }
    };
  }
}
