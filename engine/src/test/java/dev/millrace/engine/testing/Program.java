package dev.millrace.engine.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A program run to its end by a test.
 *
 * @param status its exit status
 * @param output what it printed, on either stream
 */
public record Program(int status, String output) {
  private static final int SECONDS_MAX = 180;

  /**
   * Runs a command in a directory.
   *
   * @throws IllegalStateException when it cannot be started, or does not end in three minutes
   */
  public static Program run(Path directory, String... command) {
    try {
      Path output = Files.createTempFile("program-", ".out");
      try {
        Process process =
            new ProcessBuilder(List.of(command))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(output.toFile())
                .start();
        if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
          throw new IllegalStateException(
              List.of(command) + " does not end:\n" + Files.readString(output));
        }
        return new Program(
            process.exitValue(), Files.readString(output, StandardCharsets.ISO_8859_1));
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** What it printed; throws when it ended with an error. */
  public String outputOfSuccess() {
    if (status != 0) {
      throw new IllegalStateException("the program ended with " + status + ":\n" + output);
    }
    return output;
  }

  /**
   * The path of an executable that a package brings, which is installed when it is missing and the
   * test runs as root on Debian.
   *
   * @throws IllegalStateException when it is missing for good: names the package
   */
  public static String require(String executable, String packageName) {
    String path = find(executable);
    if (path == null && isRoot() && Files.isExecutable(Path.of("/usr/bin/apt-get"))) {
      run(Path.of("/"), "/usr/bin/apt-get", "install", "-y", "-q", packageName);
      path = find(executable);
    }
    if (path == null) {
      throw new IllegalStateException(
          executable + " is missing: install the package `" + packageName + "`");
    }
    return path;
  }

  /** True for a user who may install packages. */
  public static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  private static @org.jspecify.annotations.Nullable String find(String executable) {
    for (String directory : System.getenv().getOrDefault("PATH", "/usr/bin").split(":")) {
      Path path = Path.of(directory, executable);
      if (Files.isExecutable(path)) {
        return path.toString();
      }
    }
    return null;
  }
}
