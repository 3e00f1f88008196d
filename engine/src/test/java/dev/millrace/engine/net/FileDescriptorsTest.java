package dev.millrace.engine.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A server process whose file descriptors run out. */
@Timeout(60)
class FileDescriptorsTest {
  private static final String PING = "PING\r\n";
  // Some two hundred for the jars of the test class path, which the process opens as it needs them.
  private static final int DESCRIPTORS = 360;
  private static final int WINDOWS = 8;
  private static final long WINDOW_MILLIS = 1500;

  @ParameterizedTest
  @EnumSource(
      value = TransportChoice.class,
      names = {"IO_URING", "EPOLL", "NIO"})
  void l7_withoutFileDescriptorsItServesItsClientsAndDoesNotSpin(TransportChoice transport)
      throws Exception {
    List<String> command =
        List.of(
            "bash",
            "-c",
            "ulimit -n " + DESCRIPTORS + "; exec \"$@\"",
            "server",
            System.getProperty("java.home") + "/bin/java",
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            FakeServerMain.class.getName(),
            transport.name(),
            "0",
            "1");
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    Deque<RawClient> clients = new ArrayDeque<>();
    try (BufferedReader output = process.inputReader(StandardCharsets.US_ASCII)) {
      int port = portIn(output);
      RawClient first = new RawClient(port);
      assertThat(first.send(PING).read(7)).isEqualTo("+PONG\r\n");
      for (int i = 0; i < DESCRIPTORS + 20; i++) {
        clients.add(new RawClient(port));
      }
      // A loop that spins takes a whole processor at all times; a JVM that compiles does so once.
      Duration least = Duration.ofDays(1);
      for (int window = 0; window < WINDOWS && least.toMillis() >= WINDOW_MILLIS / 2; window++) {
        Duration taken = cpuWhileServing(process, first);
        least = taken.compareTo(least) < 0 ? taken : least;
      }
      assertThat(least).isLessThan(Duration.ofMillis(WINDOW_MILLIS / 2));
      // Those that were one too many were told so and closed; a place that is left is given away.
      try (RawClient refused = clients.removeLast()) {
        assertThat(refused.rest(5000).closed()).isTrue();
      }
      closeAll(clients);
      await().untilAsserted(() -> assertThat(isServed(port)).isTrue());
      first.close();
    } finally {
      closeAll(clients);
      process.destroyForcibly().waitFor();
    }
  }

  /** The server writes its port on a line of its own, among what it logs. */
  private static int portIn(BufferedReader output) throws IOException {
    String line = Objects.requireNonNull(output.readLine());
    while (!line.matches("\\d+")) {
      line = Objects.requireNonNull(output.readLine());
    }
    return Integer.parseInt(line);
  }

  private static Duration cpuWhileServing(Process process, RawClient client) throws Exception {
    Duration before = cpu(process);
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < TimeUnit.MILLISECONDS.toNanos(WINDOW_MILLIS)) {
      assertThat(client.send(PING).read(7)).isEqualTo("+PONG\r\n");
      process.waitFor(20, TimeUnit.MILLISECONDS);
    }
    return cpu(process).minus(before);
  }

  private static boolean isServed(int port) throws IOException {
    try (RawClient client = new RawClient(port)) {
      return client.send(PING).read(7).equals("+PONG\r\n");
    }
  }

  private static Duration cpu(Process process) {
    return process.info().totalCpuDuration().orElseThrow();
  }

  private static void closeAll(Deque<RawClient> clients) throws IOException {
    RawClient client;
    while ((client = clients.poll()) != null) {
      client.close();
    }
  }
}
