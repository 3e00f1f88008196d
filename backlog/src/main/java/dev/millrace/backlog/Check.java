package dev.millrace.backlog;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Checks at the boundaries between parts, on in production too.
 *
 * <p>A failed check is a programmer's error, never an operating one: it throws {@link
 * AssertionError} with a message that names what was expected. A full disk, a lost connection or a
 * damaged file has exceptions of its own. Hot loops use {@code assert} instead, since the arguments
 * of a check are evaluated whether it holds or not; the overloads with {@code long} arguments spare
 * the boxing until a check fails.
 *
 * <p>Stateless; any thread.
 */
public final class Check {
  private Check() {}

  /** Throws with {@code message} unless {@code condition} holds. */
  public static void that(boolean condition, String message) {
    if (!condition) {
      throw new AssertionError(message);
    }
  }

  /** As {@link #that(boolean, String)}; the message is a format with one {@code %d}. */
  public static void that(boolean condition, String format, long argument) {
    if (!condition) {
      throw failure(format, argument);
    }
  }

  /** As {@link #that(boolean, String)}; the message is a format with two {@code %d}. */
  public static void that(boolean condition, String format, long first, long second) {
    if (!condition) {
      throw failure(format, first, second);
    }
  }

  /** As {@link #that(boolean, String)}; the message is a format with three {@code %d}. */
  public static void that(boolean condition, String format, long first, long second, long third) {
    if (!condition) {
      throw failure(format, first, second, third);
    }
  }

  /** As {@link #that(boolean, String)}; the message is a {@link String#format} of the arguments. */
  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be a dependency of its own
  public static void that(boolean condition, String format, @Nullable Object... arguments) {
    if (!condition) {
      throw failure(format, arguments);
    }
  }

  @SuppressWarnings("AnnotateFormatMethod") // as above
  private static AssertionError failure(String format, @Nullable Object... arguments) {
    return new AssertionError(String.format(Locale.ROOT, format, arguments));
  }
}
