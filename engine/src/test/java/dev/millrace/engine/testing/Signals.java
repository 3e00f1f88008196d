package dev.millrace.engine.testing;

import java.io.IOException;
import java.io.UncheckedIOException;

/** What Java has no word for: a process that is stopped, goes on, or gives way to others. */
public final class Signals {
  private Signals() {}

  /** SIGSTOP: the process does nothing any more, and its sockets stay open. */
  public static void freeze(long processId) {
    run("kill", "-STOP", Long.toString(processId));
  }

  /** SIGCONT: the process goes on where it was. */
  public static void thaw(long processId) {
    run("kill", "-CONT", Long.toString(processId));
  }

  /** Makes the process run only when nobody else wants to, and yield at once when somebody does. */
  public static void giveWay(long processId) {
    run("chrt", "--idle", "--all-tasks", "--pid", "0", Long.toString(processId));
  }

  private static void run(String... command) {
    try {
      Process process =
          new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
      int status = process.waitFor();
      if (status != 0) {
        throw new IllegalStateException(String.join(" ", command) + " ended with " + status);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
