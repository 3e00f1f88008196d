package dev.millrace.engine.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
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
 * A Millrace server as a process of its own, so that a test can kill it at any instant, and start
 * it again on the same directory and port.
 *
 * <p>The process runs the class path and the JVM flags of the test: assertions and checked memory
 * are on, unless {@link #startLean} leaves them out for a test that measures. Its output is kept in
 * {@code millrace.log} of its directory, over all starts. It dies with the test's JVM.
 *
 * <pre>{@code
 * try (LiveServer server = LiveServer.start("--appendfsync", "always")) {
 *   server.client().text("SET", "k", "v");
 *   server.kill();
 *   server.restart();
 *   assertThat(server.client().text("GET", "k")).isEqualTo("v");
 * }
 * }</pre>
 *
 * <p>Owned by: the test's thread.
 */
public final class LiveServer implements Peer, AutoCloseable {
  private static final String MAIN = "dev.millrace.engine.server.MillraceServer";
  private static final long START_NANOS = TimeUnit.SECONDS.toNanos(120);
  private static final int STOP_SECONDS = 60;
  private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> RUNNING.forEach(Process::destroyForcibly)));
  }

  private final Path directory;
  private final boolean ownsDirectory;
  private final int port;
  private final List<String> jvmFlags;
  private final List<String> arguments;
  private List<String> argumentsOfThisStart = List.of();
  private final List<RespClient> clients = new ArrayList<>();
  private @Nullable Process process;

  private LiveServer(
      Path directory, boolean ownsDirectory, List<String> jvmFlags, List<String> arguments) {
    this.directory = directory;
    this.ownsDirectory = ownsDirectory;
    this.jvmFlags = jvmFlags;
    this.arguments = arguments;
    this.port = RealRedis.freePort();
  }

  /** Starts a server in a new temporary directory, which {@link #close} deletes. */
  public static LiveServer start(String... arguments) {
    return launched(new LiveServer(newDirectory(), true, testFlags(), List.of(arguments)));
  }

  /** Starts a server in this directory, which is left as the server leaves it. */
  public static LiveServer startIn(Path directory, String... arguments) {
    return launched(new LiveServer(directory, false, testFlags(), List.of(arguments)));
  }

  /** Starts a server in a new directory with the flags users run, for tests that measure. */
  public static LiveServer startLean(String... arguments) {
    List<String> flags = testFlags().stream().filter(flag -> !isCheck(flag)).toList();
    return launched(new LiveServer(newDirectory(), true, flags, List.of(arguments)));
  }

  /**
   * Starts a server in a new directory whose Java heap is wholly resident from the start, so that
   * whatever the process grows by is outside it.
   */
  public static LiveServer startWithResidentHeap(int heapMegabytes, String... arguments) {
    List<String> flags = new ArrayList<>(testFlags());
    flags.addAll(List.of("-Xms" + heapMegabytes + "m", "-Xmx" + heapMegabytes + "m"));
    flags.add("-XX:+AlwaysPreTouch");
    return launched(new LiveServer(newDirectory(), true, flags, List.of(arguments)));
  }

  /**
   * Starts a server that is expected to refuse: returns what it printed.
   *
   * @throws IllegalStateException when it starts after all, or ends without an error
   */
  public static String refusal(Path directory, String... arguments) {
    try (LiveServer server = new LiveServer(directory, false, testFlags(), List.of(arguments))) {
      return server.awaitRefusal();
    }
  }

  /** The port on 127.0.0.1; the same after each {@link #restart}. */
  @Override
  public int port() {
    return port;
  }

  /** Where the server keeps its files. */
  public Path directory() {
    return directory;
  }

  /** The directory of the log. */
  public Path logDirectory() {
    return directory.resolve("appendonlydir");
  }

  /** The process ID, for signals and for {@code /proc}. */
  public long processId() {
    return running().pid();
  }

  /** True while the process is there. */
  public boolean isAlive() {
    return process != null && process.isAlive();
  }

  /** A connection shared by the test, opened at the first call after a start. */
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

  /** What the server has printed over all its starts. */
  public String log() {
    return read(logFile());
  }

  /** Kills the server at once (SIGKILL) and waits until it is gone. */
  public void kill() {
    Process killed = running();
    killed.destroyForcibly();
    ended(killed);
  }

  /** Asks the server to stop by SIGTERM. */
  public void terminate() {
    running().destroy();
  }

  /** Asks the server to stop by SIGTERM, and waits until it has. */
  public void stop() {
    terminate();
    awaitEnd();
  }

  /** Stops the server by its command SHUTDOWN, and waits until it has. */
  public void shutdown() {
    try (RespClient last = RespClient.connect(port)) {
      last.send("SHUTDOWN");
      awaitEnd();
    }
  }

  /**
   * Starts the server again, on the same directory and port and with the same arguments.
   *
   * @param more arguments of this start only
   */
  public void restart(String... more) {
    if (isAlive()) {
      throw new IllegalStateException("it still runs");
    }
    argumentsOfThisStart = List.of(more);
    launch();
  }

  /** Kills the server, and deletes the directory if it was made here. */
  @Override
  public void close() {
    if (isAlive()) {
      kill();
    }
    clients.forEach(RespClient::close);
    if (ownsDirectory) {
      delete(directory);
    }
  }

  private static LiveServer launched(LiveServer server) {
    boolean done = false;
    try {
      server.launch();
      done = true;
      return server;
    } finally {
      if (!done) {
        server.close();
      }
    }
  }

  private void launch() {
    Process started = spawn();
    String failure = awaitAnswer(started);
    if (failure != null) {
      throw new IllegalStateException("the server " + failure + ":\n" + log());
    }
  }

  private Process spawn() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmFlags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), MAIN));
    command.addAll(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1"));
    command.addAll(List.of("--dir", directory.toString(), "--enable-debug-command", "yes"));
    command.addAll(arguments);
    command.addAll(argumentsOfThisStart);
    try {
      Process started =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile().toFile()))
              .start();
      RUNNING.add(started);
      process = started;
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the test's own JVM was started with, but for what only it can have. */
  private static List<String> testFlags() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> !flag.startsWith("-javaagent") && !flag.startsWith("-agentlib"))
        .toList();
  }

  private static boolean isCheck(String flag) {
    return flag.equals("-ea")
        || flag.startsWith("-Dmillrace.memory.checked")
        || flag.startsWith("-Dio.netty.leakDetection");
  }

  /** Returns null once the server answers, else what went wrong. */
  private @Nullable String awaitAnswer(Process started) {
    long deadline = System.nanoTime() + START_NANOS;
    try {
      while (System.nanoTime() < deadline) {
        if (answers()) {
          return started.isAlive() ? null : "died";
        }
        if (started.waitFor(10, TimeUnit.MILLISECONDS)) {
          return "exited with " + started.exitValue();
        }
      }
      return "does not answer";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "was interrupted";
    }
  }

  private boolean answers() {
    try (RespClient client = RespClient.open(port)) {
      return "PONG".equals(client.call("PING"));
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }

  private String awaitRefusal() {
    Process started = spawn();
    String failure = awaitAnswer(started);
    if (failure == null || !failure.startsWith("exited with ") || started.exitValue() == 0) {
      throw new IllegalStateException("it was to refuse, but " + failure + ":\n" + log());
    }
    ended(started);
    return log();
  }

  /** Waits until it has stopped, as it was told to. */
  public void awaitEnd() {
    Process stopping = running();
    try {
      if (!stopping.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the server does not stop:\n" + log());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      stopping.destroyForcibly();
      ended(stopping);
    }
  }

  private void ended(Process gone) {
    try {
      gone.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    RUNNING.remove(gone);
    process = null;
    clients.forEach(RespClient::close);
    clients.clear();
  }

  private Process running() {
    Process current = process;
    if (current == null) {
      throw new IllegalStateException("the server is not running");
    }
    return current;
  }

  private Path logFile() {
    return directory.resolve("millrace.log");
  }

  private static Path newDirectory() {
    try {
      return Files.createTempDirectory("millrace-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
