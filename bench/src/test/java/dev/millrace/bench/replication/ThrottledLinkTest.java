package dev.millrace.bench.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;

/** What the link between a master and its slow replica carries. */
class ThrottledLinkTest {
  private static final int BYTES = 500_000;

  @Test
  void shouldCarryAllNoFasterThanItMayAndCountTheServersClosing() throws IOException {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ThrottledLink link = new ThrottledLink(listener.getLocalPort(), 1_000_000);
        Socket client = new Socket(InetAddress.getLoopbackAddress(), link.port());
        Socket server = listener.accept()) {
      client.getOutputStream().write(7);
      assertThat(server.getInputStream().read()).isEqualTo(7);
      assertThat(link.drops()).isZero();
      long start = System.nanoTime();
      Thread.ofPlatform().daemon().start(() -> writeAndClose(server));
      assertThat(client.getInputStream().readAllBytes()).hasSize(BYTES);
      // Half a second's worth; the first slices are free.
      assertThat(System.nanoTime() - start).isGreaterThan(400_000_000L);
      assertThat(link.drops()).isEqualTo(1);
    }
  }

  private static void writeAndClose(Socket server) {
    try (server) {
      server.getOutputStream().write(new byte[BYTES]);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
