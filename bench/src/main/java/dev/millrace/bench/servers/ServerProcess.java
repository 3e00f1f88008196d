package dev.millrace.bench.servers;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A server under measurement: a process on a free port with a data directory of its own, both gone
 * after {@link #close}, or at the end of this JVM when nobody closes it.
 *
 * <p>Owned by: the thread that started it.
 */
public final class ServerProcess implements AutoCloseable {
  private static final long START_NANOS_MAX = TimeUnit.SECONDS.toNanos(60);
  private static final long LOOK_MILLIS = 50;
  private static final long STOP_SECONDS_MAX = 20;
  private static final int SHOWN_LINES = 15;
  private static final int KILLED_SECONDS_MAX = 5;
  private static final Set<ServerProcess> RUNNING = ConcurrentHashMap.newKeySet();

  static {
    // A run that is stopped by hand leaves neither processes nor gigabytes behind.
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> RUNNING.forEach(ServerProcess::killAndForget)));
  }

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
  public ServerProcess(Contender contender, List<String> prefix, List<String> directives)
      throws IOException, InterruptedException {
    this.contender = contender;
    this.directory = Files.createTempDirectory("millrace-bench-server-");
    this.port = freePort();
    List<String> command = new ArrayList<>(prefix);
    command.addAll(contender.command(port, directory, directives));
    this.process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("server.log").toFile())
            .start();
    RUNNING.add(this);
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

  /** What it was started as. */
  public Contender contender() {
    return contender;
  }

  /** Where it listens on 127.0.0.1. */
  public int port() {
    return port;
  }

  /** Where it keeps its data. */
  public Path directory() {
    return directory;
  }

  /** What the system knows of the process. */
  public ProcessFacts facts() {
    return facts;
  }

  /** Stands still, its sockets open: to everyone else a machine that went away. */
  public void pause() throws IOException, InterruptedException {
    signal("-STOP");
  }

  /** Goes on from where it stood; without effect when it did not stand. */
  public void resume() throws IOException, InterruptedException {
    signal("-CONT");
  }

  private void signal(String signal) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", signal, Long.toString(process.pid())).start();
    if (kill.waitFor() != 0) {
      throw new IOException("kill " + signal + " of " + contender.title() + " failed");
    }
  }

  /** The end of what it said, for whoever reports that something went wrong. */
  public String lastLines() throws IOException {
    List<String> lines =
        Files.readString(directory.resolve("server.log"), StandardCharsets.ISO_8859_1)
            .lines()
            .toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size()));
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
    RUNNING.remove(this);
    deleteDirectory();
  }

  private void deleteDirectory() throws IOException {
    try (Stream<Path> found = Files.walk(directory)) {
      for (Path each : found.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(each);
      }
    }
  }

  private void killAndForget() {
    try {
      process.children().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor(KILLED_SECONDS_MAX, TimeUnit.SECONDS);
      deleteDirectory();
    } catch (IOException e) {
      System.err.println("left behind: " + directory + ": " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
