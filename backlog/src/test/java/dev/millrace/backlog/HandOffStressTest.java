package dev.millrace.backlog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A short pass of the jcstress tests of this package. For a long one, with this module's test class
 * path: {@code java -cp … org.openjdk.jcstress.Main -m default -t dev.millrace.backlog}.
 */
class HandOffStressTest {
  private static final long MINUTES_MAX = 5;
  private static final int TESTS = 6;

  @Test
  void noForbiddenOutcomeIsSeenInAnyHandOff(@TempDir Path directory)
      throws IOException, InterruptedException {
    Path log = directory.resolve("log");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add("org.openjdk.jcstress.Main");
    command.addAll(List.of("-t", "dev\\.millrace\\.backlog\\..*Stress"));
    command.addAll(List.of("-f", "1", "-iters", "1", "-time", "500", "-sc", "false"));
    command.addAll(List.of("-af", "NONE", "-strideSize", "64", "-strideCount", "16"));
    command.addAll(List.of("-spinStyle", "THREAD_YIELD", "-v"));
    command.addAll(List.of("-r", directory.resolve("report").toString()));
    command.add("-jvmArgs");
    command.add(
        "--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"
            + " -XX:+UseSerialGC");
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    boolean ended = process.waitFor(MINUTES_MAX, TimeUnit.MINUTES);
    process.destroyForcibly();
    String output = Files.readString(log);
    System.out.println(output);

    assertThat(ended).as(output).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    assertThat(output).contains("Results: " + TESTS + " planned; " + TESTS + " passed, 0 failed");
    assertThat(output).doesNotContain("[FAILED]").doesNotContain("[ERROR]");
  }
}
