package dev.millrace.engine.pubsub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.testing.InProcessServer;
import dev.millrace.engine.testing.RespClient;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Listeners that do not read: what waits for them is bounded, and nobody else suffers. */
@Timeout(60)
@SuppressWarnings("NullAway") // a reply that is null fails the test as well
class SlowSubscriberTest {
  private static final byte[] MESSAGE = new byte[100_000];

  @TempDir Path directory;

  @Test
  void l7_aListenerThatDoesNotReadIsClosedAtItsLimit() {
    try (InProcessServer server =
            InProcessServer.start(
                directory, "--appendonly", "no", "--client-output-buffer-limit", "pubsub 1mb 0 0");
        RespClient slow = RespClient.connect(server.port());
        RespClient good = RespClient.connect(server.port())) {
      slow.call("SUBSCRIBE", "news");
      good.call("SUBSCRIBE", "news");
      long reached = 2;
      // The sockets' own buffers take some megabytes before anything waits here.
      for (int i = 0; i < 1000 && reached == 2; i++) {
        reached = (Long) server.client().call("PUBLISH", "news", MESSAGE);
        assertThat(good.readWire()).contains("message");
      }
      while (reached == 2) {
        reached = (Long) server.client().call("PUBLISH", "news", "x");
      }

      assertThat(reached).isEqualTo(1);
      assertThat(server.client().text("CLIENT", "LIST", "TYPE", "pubsub").trim().split("\n"))
          .hasSize(1);
    }
  }

  @Test
  void l7_aListenerOverTheSoftLimitIsClosedAfterItsTime() {
    try (InProcessServer server =
            InProcessServer.start(
                directory,
                "--appendonly",
                "no",
                "--client-output-buffer-limit",
                "pubsub 0 100kb 1");
        RespClient slow = RespClient.connect(server.port())) {
      slow.call("SUBSCRIBE", "news");
      for (int i = 0; i < 200; i++) {
        server.client().call("PUBLISH", "news", MESSAGE);
      }
      while ((Long) server.client().call("PUBLISH", "news", "x") > 0) {
        Thread.onSpinWait();
      }

      assertThat(server.client().text("PUBSUB", "NUMSUB", "news")).isEqualTo("[news, 0]");
    }
  }

  @Test
  void l7_smallMessagesThatWaitTakeLittleMoreMemoryThanTheyHaveBytes() {
    try (InProcessServer server = InProcessServer.start(directory, "--appendonly", "no");
        RespClient slow = RespClient.connect(server.port())) {
      slow.call("SUBSCRIBE", "news");
      while (outputMemory(server) < 4 << 20) {
        server.client().call("PUBLISH", "news", MESSAGE);
      }
      long before = outputMemory(server);
      for (int i = 0; i < 5000; i++) {
        server.client().call("PUBLISH", "news", "a small message");
      }

      assertThat(outputMemory(server) - before).isBetween(1L, 2L << 20);
      assertThat(server.client().text("PUBSUB", "NUMSUB", "news")).isEqualTo("[news, 1]");
    }
  }

  private static long outputMemory(InProcessServer server) {
    String line = server.client().text("CLIENT", "LIST", "TYPE", "pubsub");
    return Long.parseLong(line.replaceAll("(?s).* omem=(\\d+).*", "$1"));
  }
}
