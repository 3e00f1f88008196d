package dev.millrace.engine.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
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
import org.jspecify.annotations.Nullable;

/**
 * A stock redis-server started for one test, on a free port, in a directory of its own.
 *
 * <p>Persistence is off unless the arguments turn it on. The server is the specification Millrace
 * is compared with, so it is never skipped: where it is missing it is installed (as root on Debian)
 * or the test fails and names the package. The process dies with the test's JVM.
 *
 * <pre>{@code
 * try (RealRedis redis = RealRedis.start("--maxmemory", "10mb")) {
 *   assertThat(redis.client().text("SET", "k", "v")).isEqualTo("OK");
 * }
 * }</pre>
 *
 * <p>Owned by: the test's thread.
 */
public final class RealRedis implements Peer, AutoCloseable {
  private static final Path SERVER = Path.of("/usr/bin/redis-server");
  private static final String PACKAGE = "redis-server";
  private static final long START_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final int PORT_ATTEMPTS = 5;
  private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> RUNNING.forEach(Process::destroyForcibly)));
  }

  private final Process process;
  private final int port;
  private final Path directory;
  private final boolean ownsDirectory;
  private final List<RespClient> clients = new ArrayList<>();

  private RealRedis(Process process, int port, Path directory, boolean ownsDirectory) {
    this.process = process;
    this.port = port;
    this.directory = directory;
    this.ownsDirectory = ownsDirectory;
  }

  /** Starts a server in a new temporary directory, which {@link #close} deletes. */
  public static RealRedis start(String... arguments) {
    try {
      return launch(Files.createTempDirectory("real-redis-"), true, arguments);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts a server in this directory, which is left as the server leaves it. */
  public static RealRedis startIn(Path directory, String... arguments) {
    return launch(directory, false, arguments);
  }

  /** The TCP port on 127.0.0.1. */
  @Override
  public int port() {
    return port;
  }

  /** Where the server keeps its files; its output is in {@code redis-server.log} there. */
  public Path directory() {
    return directory;
  }

  /** The process ID, for signals and for {@code /proc}. */
  public long processId() {
    return process.pid();
  }

  /** A connection shared by the test, opened at the first call. */
  @Override
  public RespClient client() {
    return clients.isEmpty() ? connect() : clients.getFirst();
  }

  /** A new connection, closed with the server. */
  public RespClient connect() {
    RespClient client = RespClient.connect(port);
    clients.add(client);
    return client;
  }

  /** What the server has printed so far. */
  public String log() {
    return read(logOf(directory));
  }

  /** Kills the server at once (SIGKILL) and waits until it is gone. */
  public void kill() {
    end(process);
  }

  /** Asks the server to stop (SIGTERM: it saves when told to by its arguments) and waits. */
  public void stop() {
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        throw new IllegalStateException("redis-server does not stop:\n" + log());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      kill();
    }
  }

  /** Closes the connections, kills the server, and deletes the directory if it was made here. */
  @Override
  public void close() {
    clients.forEach(RespClient::close);
    kill();
    if (ownsDirectory) {
      delete(directory);
    }
  }

  /** Makes sure that {@code /usr/bin/<program>} of the redis packages is there, or throws. */
  public static synchronized Path program(String name) {
    Path program = SERVER.resolveSibling(name);
    if (!Files.isExecutable(program)) {
      install();
    }
    if (!Files.isExecutable(program)) {
      throw new IllegalStateException(
          program + " is missing: install the package `" + PACKAGE + "` (apt-get install)");
    }
    return program;
  }

  private static RealRedis launch(Path directory, boolean owned, String... arguments) {
    Path server = program("redis-server");
    for (int attempt = 1; ; attempt++) {
      int port = freePort();
      List<String> command = new ArrayList<>();
      command.add(server.toString());
      command.addAll(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1"));
      command.addAll(List.of("--dir", directory.toString(), "--save", "", "--appendonly", "no"));
      command.addAll(List.of(arguments));
      Process process = spawn(command, directory);
      String failure = awaitAnswer(process, port);
      if (failure == null) {
        return new RealRedis(process, port, directory, owned);
      }
      end(process);
      String log = read(logOf(directory));
      // Another process may take the port between our look and the server's bind.
      if (attempt == PORT_ATTEMPTS || !log.contains("Address already in use")) {
        if (owned) {
          delete(directory);
        }
        throw new IllegalStateException(command + " " + failure + ":\n" + log);
      }
    }
  }

  private static Process spawn(List<String> command, Path directory) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(logOf(directory).toFile())
              .start();
      RUNNING.add(process);
      return process;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns null once the server answers (and is not loading any more), else what went wrong. */
  private static @Nullable String awaitAnswer(Process process, int port) {
    long deadline = System.nanoTime() + START_NANOS;
    try {
      while (System.nanoTime() < deadline) {
        if (answers(port)) {
          return process.isAlive() ? null : "died";
        }
        if (process.waitFor(10, TimeUnit.MILLISECONDS)) {
          return "exited with " + process.exitValue();
        }
      }
      return "does not answer";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "was interrupted";
    }
  }

  private static boolean answers(int port) {
    try (RespClient client = RespClient.open(port)) {
      Object reply = client.call("PING");
      return !(reply instanceof RespError error) || !error.code().equals("LOADING");
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }

  /** A port nobody listens on at the moment. */
  public static int freePort() {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void install() {
    if (!"root".equals(System.getProperty("user.name"))
        || !Files.isExecutable(Path.of("/usr/bin/apt-get"))) {
      return;
    }
    try {
      new ProcessBuilder("apt-get", "install", "-y", "-q", PACKAGE)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void end(Process process) {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    RUNNING.remove(process);
  }

  private static Path logOf(Path directory) {
    return directory.resolve("redis-server.log");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
