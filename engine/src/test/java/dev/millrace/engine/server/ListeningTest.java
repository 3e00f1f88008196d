package dev.millrace.engine.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.engine.testing.InProcessServer;
import dev.millrace.engine.testing.RespClient;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the server listens, and how that is changed while it runs. */
@Timeout(60)
class ListeningTest {
  @TempDir Path directory;

  @Test
  void shouldListenOnAnotherPortFromNowOnAndKeepItsClients() throws IOException {
    try (InProcessServer server = InProcessServer.start(directory, "--appendonly", "no");
        RespClient old = RespClient.connect(server.port())) {
      int before = server.port();
      int port = freePort();

      assertThat(old.text("CONFIG", "SET", "port", Integer.toString(port))).isEqualTo("OK");
      try (RespClient fresh = RespClient.connect(port)) {
        assertThat(fresh.text("PING")).isEqualTo("PONG");
      }
      assertThat(old.text("PING")).isEqualTo("PONG");
      assertThat(old.text("INFO", "server")).contains("tcp_port:" + port + "\r\n");
      assertThatThrownBy(() -> RespClient.connect(before)).isNotNull();
    }
  }

  @Test
  void shouldGoOnAsBeforeWhenItCannotListenThere() {
    try (InProcessServer server = InProcessServer.start(directory, "--appendonly", "no");
        InProcessServer other = InProcessServer.start(directory, "--appendonly", "no")) {
      RespClient client = server.client();
      String taken = Integer.toString(other.port());

      assertThat(client.wire("CONFIG", "SET", "maxclients", "77", "port", taken))
          .isEqualTo(
              "-ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on"
                  + " this port. Check server logs.\r\n");
      assertThat(client.wire("CONFIG", "SET", "bind", "192.0.2.1"))
          .isEqualTo(
              "-ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind to"
                  + " specified addresses.\r\n");
      assertThat(client.text("CONFIG", "GET", "maxclients")).doesNotContain("77");
      try (RespClient fresh = RespClient.connect(server.port())) {
        assertThat(fresh.text("PING")).isEqualTo("PONG");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "epoll", "nio"})
  void shouldServeASocketInTheFileSystem(String transport) throws Exception {
    Path path = directory.resolve("server.sock");
    Files.createFile(path);
    try (InProcessServer server =
            InProcessServer.start(
                directory,
                "--appendonly",
                "no",
                "--io-transport",
                transport,
                "--unixsocket",
                path.toString(),
                "--unixsocketperm",
                "700");
        SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      client.connect(UnixDomainSocketAddress.of(path));
      client.write(ascii("PING\r\n"));
      ByteBuffer answer = ByteBuffer.allocate(7);
      while (answer.hasRemaining() && client.read(answer) >= 0) {
        // The reply may come in pieces.
      }

      assertThat(new String(answer.array(), StandardCharsets.US_ASCII)).isEqualTo("+PONG\r\n");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
          .isEqualTo("rwx------");
      assertThat(server.client().text("CLIENT", "LIST"))
          .contains(" addr=" + path + ":0 laddr=" + path + ":0 ")
          .contains(" flags=U ");
    }
    assertThat(path).doesNotExist();
  }

  private static int freePort() throws IOException {
    try (ServerSocket probe = new ServerSocket(0)) {
      return probe.getLocalPort();
    }
  }

  private static ByteBuffer ascii(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }
}
