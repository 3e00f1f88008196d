package dev.millrace.engine.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.engine.testing.InProcessServer;
import dev.millrace.engine.testing.RespClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code rename-command}: clients type other names, everything else keeps to the commands' own. */
@Timeout(60)
class RenamedCommandsTest {
  @TempDir Path directory;

  private InProcessServer start(String... renames) throws IOException {
    Path file = directory.resolve("test.conf");
    Files.writeString(file, String.join("\n", renames) + "\n");
    return InProcessServer.start(directory, "--include", file.toString());
  }

  @Test
  void shouldFindACommandUnderItsNewNameOnly() throws IOException {
    try (InProcessServer server =
        start("rename-command SET schreibe", "rename-command FLUSHALL \"\"")) {
      RespClient client = server.client();

      assertThat(client.text("SCHREIBE", "k", "v")).isEqualTo("OK");
      assertThat(client.wire("SET", "k", "w")).startsWith("-ERR unknown command 'SET'");
      assertThat(client.wire("FLUSHALL")).startsWith("-ERR unknown command 'FLUSHALL'");
      assertThat(client.wire("EVAL", "return redis.call('flushall')", "0"))
          .contains("Unknown Redis command called from script");
      assertThat(client.text("GET", "k")).isEqualTo("v");
      assertThat(client.text("ACL", "SETUSER", "u", "on", "nopass", "~*", "+@all", "-set"))
          .isEqualTo("OK");
      client.call("AUTH", "u", "x");
      assertThat(client.wire("schreibe", "k", "w"))
          .startsWith("-NOPERM this user has no permissions to run the 'set' command");
    }
  }

  @Test
  void shouldWriteTheLogUnderTheCommandsOwnNames() throws IOException {
    try (InProcessServer server = start("rename-command SET schreibe")) {
      server.client().call("schreibe", "k", "v");
      server.client().call("MULTI");
      server.client().call("schreibe", "l", "w");
      server.client().call("INCR", "n");
      server.client().call("EXEC");
    }
    try (Stream<Path> files = Files.list(directory.resolve("appendonlydir"))) {
      StringBuilder log = new StringBuilder();
      for (Path file : files.filter(each -> each.toString().endsWith(".aof")).toList()) {
        log.append(Files.readString(file, StandardCharsets.ISO_8859_1));
      }
      assertThat(log.toString())
          .contains("$3\r\nset\r\n$1\r\nk\r\n$1\r\nv\r\n")
          .doesNotContain("schreibe");
    }
    try (InProcessServer server = start()) {
      assertThat(server.client().text("MGET", "k", "l", "n")).isEqualTo("[v, w, 1]");
    }
  }

  @Test
  void shouldNotStartWithANameThatIsNoneOrIsTaken() {
    assertThatThrownBy(() -> start("rename-command nosuch x"))
        .hasMessageContaining("No such command in rename-command");
    assertThatThrownBy(() -> start("rename-command get set"))
        .hasMessageContaining("Target command name already exists");
  }
}
