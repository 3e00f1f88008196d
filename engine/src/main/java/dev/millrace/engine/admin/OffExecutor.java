package dev.millrace.engine.admin;

import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs work that may wait (a file) on another thread and comes back with the result. The number of
 * tasks that wait is the implementation's to bound: it refuses by calling back with an exception.
 */
@FunctionalInterface
public interface OffExecutor {
  /**
   * Runs {@code work} elsewhere.
   *
   * @param then called on the executor thread with the result or what failed, one of them null
   */
  <T> void run(Callable<T> work, BiConsumer<@Nullable T, @Nullable Exception> then);
}
