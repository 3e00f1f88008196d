package dev.millrace.tools.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.tools.CommandLineRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The demo itself, small, with the redis-server of this machine. */
@Timeout(150)
class DemoCommandTest {
  @Test
  void aStockReplicaShouldCatchUpFromTheLogWithoutAFullSync(@TempDir Path parent) {
    CommandLineRun run =
        CommandLineRun.of(
            "demo",
            "--dataset-mb",
            3,
            "--missed-mb",
            6,
            "--segment-mb",
            1,
            "--calm-seconds",
            1,
            "--dir",
            parent);
    assertThat(run.err()).isEmpty();
    assertThat(run.status()).as(run.out()).isZero();
    assertThat(number(run, "bytes from the log")).isGreaterThan(5_000_000);
    assertThat(number(run, "full syncs")).isZero();
    assertThat(number(run, "partial syncs")).isEqualTo(1);
    assertThat(run.out())
        .containsPattern("DEBUG DIGEST, master    ([0-9a-f]{40})\n.*replica   \\1   equal")
        .contains("continued from the log")
        .contains("Kept:")
        .doesNotContain("\r");
    assertThat(parent).isEmptyDirectory();
  }

  private static long number(CommandLineRun run, String figure) {
    Matcher line = Pattern.compile(" " + figure + " +([0-9,]+) ").matcher(run.out());
    assertThat(line.find()).as("%s in: %s", figure, run.out()).isTrue();
    return Long.parseLong(line.group(1).replace(",", ""));
  }

  @Test
  void millraceItselfShouldBeTheReplicaWhereThereIsNoRedis(
      @TempDir Path parent, @TempDir Path empty) {
    StringWriter said = new StringWriter();
    DemoCommand demo = new DemoCommand(new PrintWriter(said, true), false, List.of(empty));
    int status =
        new CommandLine(demo)
            .execute(
                "--dataset-mb", "3",
                "--missed-mb", "6",
                "--segment-mb", "1",
                "--calm-seconds", "1",
                "--transfer-rate-mb", "0",
                "--dir", parent.toString());
    assertThat(status).as(said.toString()).isZero();
    assertThat(said.toString())
        .contains("replica  Millrace itself")
        .contains("repl-transfer-max-rate 0 (none)")
        .containsPattern("DEBUG DIGEST, master    ([0-9a-f]{40})\n.*replica   \\1   equal")
        .contains("Kept:");
    assertThat(parent).isEmptyDirectory();
  }

  @Test
  void shouldLeaveNothingBehindWhenTheReplicaDoesNotStart(@TempDir Path parent, @TempDir Path bin)
      throws IOException {
    Path broken =
        Files.writeString(
            bin.resolve("redis-server"),
            """
            #!/bin/sh
            [ "$1" = --version ] && echo "Redis server v=7.0.99 sha=0" && exit 0
            echo "no replica today"
            exit 1
            """);
    assertThat(broken.toFile().setExecutable(true)).isTrue();
    CommandLineRun run =
        CommandLineRun.of("demo", "--dataset-mb", 1, "--redis-server", broken, "--dir", parent);
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).contains("the replica did not start").contains("no replica today");
    assertThat(run.out()).contains("redis-server 7.0.99").contains("The last words of the master");
    assertThat(parent).isEmptyDirectory();
  }

  @Test
  void shouldRefuseWhatItCannotRun(@TempDir Path parent) {
    CommandLineRun run = CommandLineRun.of("demo", "--redis-server", "/bin/true", "--dir", parent);
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).contains("/bin/true is no redis-server");
    assertThat(CommandLineRun.of("demo", "--missed-mb", 0).status()).isEqualTo(2);
    CommandLineRun tooBig =
        CommandLineRun.of("demo", "--dataset-mb", 2_000_000_000, "--dir", parent);
    assertThat(tooBig.status()).isEqualTo(1);
    assertThat(tooBig.err()).contains("has room for");
  }
}
