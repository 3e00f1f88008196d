package dev.millrace.engine.acl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.engine.testing.InProcessServer;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import dev.millrace.engine.testing.RespError;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Users that are written down: the ACL file, and {@code user} lines of the configuration file. */
@Timeout(60)
@SuppressWarnings("NullAway") // a reply that is null fails the test as well
class AclFileTest {
  private static final String USERS =
      "user default on nopass ~* &* +@all\n\nuser ann on >pw ~a* +get (+set ~b*)\n";

  @TempDir Path directory;

  private Path aclFile(String content) throws Exception {
    return Files.writeString(directory.resolve("users.acl"), content);
  }

  @Test
  void shouldFindTheAclFileInTheWorkingDirectory() throws Exception {
    Path file = aclFile(USERS);
    try (InProcessServer server =
        InProcessServer.start(directory, "--appendonly", "no", "--aclfile", "users.acl")) {
      server.client().text("ACL", "SETUSER", "bert", "on");
      assertThat(server.client().text("ACL", "SAVE")).isEqualTo("OK");
      assertThat(Files.readString(file)).contains("user ann ", "user bert on ");
      assertThat(server.client().text("ACL", "LOAD")).isEqualTo("OK");
    }
  }

  @Test
  void loadingShouldEndWhoIsNotTheDefaultUserAsRedisDoes() throws Exception {
    Path file = aclFile(USERS);
    Path theirFile = Files.writeString(directory.resolve("theirs.acl"), USERS);
    try (InProcessServer ours =
            InProcessServer.start(directory, "--appendonly", "no", "--aclfile", file.toString());
        RealRedis real = RealRedis.start("--aclfile", theirFile.toString())) {
      for (int port : List.of(ours.port(), real.port())) {
        endsWhoIsNotDefault(port);
      }
    }
  }

  private static void endsWhoIsNotDefault(int port) {
    try (RespClient bystander = RespClient.connect(port);
        RespClient other = RespClient.connect(port);
        RespClient caller = RespClient.connect(port)) {
      bystander.text("ACL", "SETUSER", "ann", "+@all");
      bystander.text("ACL", "SAVE");
      other.text("AUTH", "ann", "pw");
      caller.text("AUTH", "ann", "pw");
      assertThat(caller.text("ACL", "LOAD")).isEqualTo("OK");
      assertThatThrownBy(() -> caller.text("PING")).isInstanceOf(UncheckedIOException.class);
      assertThatThrownBy(() -> other.text("PING")).isInstanceOf(UncheckedIOException.class);
      assertThat(bystander.text("ACL", "WHOAMI")).isEqualTo("default");
    }
  }

  @Test
  void shouldLoadAndSaveUsersAsRedisDoes() throws Exception {
    Path file = aclFile(USERS);
    Path theirFile = Files.writeString(directory.resolve("theirs.acl"), USERS);
    try (InProcessServer ours =
            InProcessServer.start(directory, "--appendonly", "no", "--aclfile", file.toString());
        RealRedis real = RealRedis.start("--aclfile", theirFile.toString())) {
      for (RespClient client : List.of(ours.client(), real.client())) {
        assertThat(client.text("AUTH", "ann", "pw")).isEqualTo("OK");
        assertThat(client.text("AUTH", "default", "")).isEqualTo("OK");
        client.text("ACL", "SETUSER", "bert", "on", "nopass", "+@read", "%R~x");
        assertThat(client.text("ACL", "SAVE")).isEqualTo("OK");
        client.text("ACL", "DELUSER", "bert", "ann");
        assertThat(client.text("ACL", "LOAD")).isEqualTo("OK");
      }
      assertThat(Files.readString(file)).isEqualTo(Files.readString(theirFile));
      assertThat(ours.client().text("ACL", "LIST")).isEqualTo(real.client().text("ACL", "LIST"));

      for (String bad :
          List.of(
              "foo bar",
              "user",
              "user x +nosuch",
              "user ann on",
              "user x (+get",
              "# no comment",
              "user x\nuser y foo\nbogus",
              "user x ~a ~*",
              "user x on #abc")) {
        Files.writeString(file, USERS + bad + "\n");
        Files.writeString(theirFile, USERS + bad + "\n");
        String answer = RespClient.render(ours.client().call("ACL", "LOAD")).trim();
        String wanted = RespClient.render(real.client().call("ACL", "LOAD")).trim();
        assertThat(answer).isEqualTo(wanted.replace(theirFile.toString(), file.toString()));
      }
      assertThat(ours.client().text("ACL", "LIST")).isEqualTo(real.client().text("ACL", "LIST"));
      Files.delete(file);
      assertThat(((RespError) ours.client().call("ACL", "LOAD")).text())
          .isEqualTo(
              "ERR Error loading ACLs, opening file '" + file + "': No such file or directory");
      assertThat(ours.client().call("MULTI")).isEqualTo("OK");
      ours.client().call("ACL", "SAVE");
      assertThat(ours.client().text("EXEC")).contains("not possible inside a transaction");
    }
  }

  @Test
  void shouldCloseTheConnectionsOfUsersTheFileNoLongerNames() throws Exception {
    Path file = aclFile(USERS);
    try (InProcessServer server =
            InProcessServer.start(directory, "--appendonly", "no", "--aclfile", file.toString());
        RespClient ann = RespClient.connect(server.port())) {
      ann.text("AUTH", "ann", "pw");
      Files.writeString(file, "user default on nopass ~* &* +@all\n");
      assertThat(server.client().text("ACL", "LOAD")).isEqualTo("OK");
      assertThat(ann.isAtEnd()).isTrue();
      assertThat(server.client().text("ACL", "USERS")).isEqualTo("[default]");
    }
  }

  @Test
  void shouldNotStartWithUsersItCannotTakeOver() throws Exception {
    Path file = aclFile("user ann on +nosuch\n");
    assertThatThrownBy(() ->
            InProcessServer.start(directory, "--appendonly", "no", "--aclfile", file.toString()))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("+nosuch");
    Path both = Files.writeString(directory.resolve("both.conf"), "user ann on\n");
    assertThatThrownBy(() ->
            InProcessServer.start(
                directory, "--include", both.toString(), "--aclfile", file.toString()))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("one or the other");
  }

  @Test
  void shouldTakeUsersFromTheConfigurationFile() throws Exception {
    Path lines =
        Files.writeString(
            directory.resolve("users.conf"),
            "user default on >secret ~* &* +@all\nuser ann on nopass ~a* (+get ~b*) +@read\n");
    try (InProcessServer server =
        InProcessServer.start(directory, "--appendonly", "no", "--include", lines.toString())) {
      assertThat(server.client().wire("GET", "a")).startsWith("-NOAUTH");
      assertThat(server.client().text("AUTH", "ann", "x")).isEqualTo("OK");
      assertThat(server.client().wire("GET", "b1")).isEqualTo("$-1\r\n");
      assertThat(server.client().wire("GET", "c1")).startsWith("-NOPERM");
      assertThat(server.client().text("AUTH", "secret")).isEqualTo("OK");
    }
  }
}
