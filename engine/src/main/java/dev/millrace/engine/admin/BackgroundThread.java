package dev.millrace.engine.admin;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One thread for the rare work of commands that would wait for a disk. A bounded number of tasks
 * wait; it ends after a while without any.
 *
 * <p>Safe from any thread.
 */
public final class BackgroundThread implements OffExecutor, AutoCloseable {
  private static final int TASKS_MAX = 64;
  private static final int IDLE_SECONDS = 10;

  private final ThreadPoolExecutor thread;
  private final Executor back;

  /**
   * A thread that starts with the first task.
   *
   * @param back runs what it is given on the executor thread
   */
  public BackgroundThread(Executor back) {
    this.back = back;
    this.thread =
        new ThreadPoolExecutor(
            1,
            1,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(TASKS_MAX),
            task -> new Thread(task, "background"));
    thread.allowCoreThreadTimeOut(true);
  }

  @Override
  public <T> void run(Callable<T> work, BiConsumer<@Nullable T, @Nullable Exception> then) {
    try {
      thread.execute(() -> call(work, then));
    } catch (RejectedExecutionException full) {
      back.execute(() -> then.accept(null, full));
    }
  }

  private <T> void call(Callable<T> work, BiConsumer<@Nullable T, @Nullable Exception> then) {
    T result;
    try {
      result = work.call();
    } catch (Exception failure) {
      back.execute(() -> then.accept(null, failure));
      return;
    }
    back.execute(() -> then.accept(result, null));
  }

  /** Lets the tasks that wait run, and takes no more. */
  @Override
  public void close() {
    thread.shutdown();
  }
}
