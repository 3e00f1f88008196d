package dev.millrace.aof;

import org.jspecify.annotations.Nullable;

/** Assertions at the module's boundaries that stay on in production. */
final class Check {
  private Check() {}

  /** Throws {@link IllegalStateException} with {@code message} unless {@code condition} holds. */
  static void that(boolean condition, String message) {
    if (!condition) {
      throw new IllegalStateException(message);
    }
  }

  /** {@code value}, which must be there. */
  static <T> T present(@Nullable T value, String message) {
    if (value == null) {
      throw new IllegalStateException(message);
    }
    return value;
  }

  /** The same with two numbers appended, so that nothing is formatted while all is well. */
  static void that(boolean condition, String message, long found, long expected) {
    if (!condition) {
      throw new IllegalStateException(message + ": found " + found + ", expected " + expected);
    }
  }
}
