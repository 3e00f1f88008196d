package dev.millrace.engine.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

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

  /** The processors that this process may use. */
  public static String processors() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      String allowed = "Cpus_allowed_list:";
      return lines
          .filter(line -> line.startsWith(allowed))
          .map(line -> line.substring(allowed.length()).strip())
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Keeps all threads of a process, and those it starts later, to some processors.
   *
   * @param processors their numbers, as {@link #processors} writes them
   */
  public static void confine(long processId, String processors) {
    run("taskset", "-acp", processors, Long.toString(processId));
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
