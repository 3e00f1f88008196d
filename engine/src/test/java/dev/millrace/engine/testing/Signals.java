package dev.millrace.engine.testing;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Signals to a process that Java has no word for: one that stops and one that lets it go on. */
public final class Signals {
  private Signals() {}

  /** SIGSTOP: the process does nothing any more, and its sockets stay open. */
  public static void freeze(long processId) {
    send("-STOP", processId);
  }

  /** SIGCONT: the process goes on where it was. */
  public static void thaw(long processId) {
    send("-CONT", processId);
  }

  private static void send(String signal, long processId) {
    try {
      int status = new ProcessBuilder("kill", signal, Long.toString(processId)).start().waitFor();
      if (status != 0) {
        throw new IllegalStateException(
            "kill " + signal + " " + processId + " ended with " + status);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
