package dev.millrace.bench.sidebyside;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A server under measurement: a process on a free port with a data directory of its own, both gone
 * after {@link #close}.
 */
final class ServerProcess implements AutoCloseable {
  private static final long START_NANOS_MAX = TimeUnit.SECONDS.toNanos(60);
  private static final long LOOK_MILLIS = 50;
  private static final long STOP_SECONDS_MAX = 20;

  private final Contender contender;
  private final Path directory;
  private final int port;
  private final Process process;
  private final ProcessFacts facts;

  /**
   * Starts a server and waits until it answers.
   *
   * @param prefix what comes before its command line, such as {@code taskset -c 0}
   * @param directives what all contenders are told
   */
  ServerProcess(Contender contender, List<String> prefix, List<String> directives)
      throws IOException, InterruptedException {
    this.contender = contender;
    this.directory = Files.createTempDirectory("millrace-side-by-side-");
    this.port = freePort();
    List<String> command = new ArrayList<>(prefix);
    command.addAll(contender.command(port, directory, directives));
    this.process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("server.log").toFile())
            .start();
    this.facts = new ProcessFacts(process.pid());
    try {
      awaitAnswer();
    } catch (IOException | InterruptedException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @SuppressWarnings("BusyWait") // there is nothing to be told by
  private void awaitAnswer() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + START_NANOS_MAX;
    while (true) {
      try (PlainClient client = new PlainClient(port)) {
        if (client.call("PING").equals("PONG")) {
          return;
        }
      } catch (IOException notYet) {
        if (!process.isAlive() || System.nanoTime() > deadline) {
          throw new IOException(
              contender.title()
                  + " does not answer; it said: "
                  + Files.readString(directory.resolve("server.log")),
              notYet);
        }
      }
      Thread.sleep(LOOK_MILLIS);
    }
  }

  Contender contender() {
    return contender;
  }

  int port() {
    return port;
  }

  /** What the system knows of the process. */
  ProcessFacts facts() {
    return facts;
  }

  /** Stops the server and deletes its directory. */
  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    try (Stream<Path> found = Files.walk(directory)) {
      for (Path each : found.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(each);
      }
    }
  }
}
