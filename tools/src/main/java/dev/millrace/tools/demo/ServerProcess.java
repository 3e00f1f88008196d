package dev.millrace.tools.demo;

import dev.millrace.tools.resp.RespConnection;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server as a process of its own, with its output in a file. Owned by: one thread. */
final class ServerProcess implements AutoCloseable {
  private static final int START_SECONDS_MAX = 60;
  private static final int STOP_SECONDS_MAX = 20;
  private static final int POLL_MILLIS = 50;
  private static final int REPLY_MILLIS_MAX = 120_000;
  private static final int LOG_LINES_SHOWN = 15;

  private final String name;
  private final int port;
  private final Path log;
  private final Process process;

  /** Starts it; {@link #awaitReady} waits until it answers. */
  ServerProcess(String name, int port, List<String> command, Path log) throws IOException {
    this.name = name;
    this.port = port;
    this.log = log;
    this.process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
  }

  /** A port nobody listens on just now. */
  static int freePort() throws IOException {
    try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return any.getLocalPort();
    }
  }

  int port() {
    return port;
  }

  String name() {
    return name;
  }

  /** Waits until it answers a PING. */
  void awaitReady() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS_MAX);
    while (true) {
      try (RespConnection client = new RespConnection(port, REPLY_MILLIS_MAX)) {
        client.ask("PING");
        return;
      } catch (IOException e) {
        if (!process.isAlive()) {
          throw new IOException(name + " did not start:\n" + lastLines(), e);
        }
        if (System.nanoTime() > deadline) {
          throw new IOException(name + " does not answer:\n" + lastLines(), e);
        }
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
    }
  }

  RespConnection connect() throws IOException {
    return new RespConnection(port, REPLY_MILLIS_MAX);
  }

  /** Stands still, its sockets open: to everyone else a machine that went away. */
  void pause() throws IOException, InterruptedException {
    signal("-STOP");
  }

  /** Goes on from where it stood. */
  void resume() throws IOException, InterruptedException {
    signal("-CONT");
  }

  private void signal(String signal) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", signal, Long.toString(process.pid())).start();
    if (kill.waitFor() != 0) {
      throw new IOException("kill " + signal + " of " + name + " failed");
    }
  }

  /** The end of what it said. */
  String lastLines() {
    try {
      List<String> lines = Files.readString(log, StandardCharsets.ISO_8859_1).lines().toList();
      int from = Math.max(0, lines.size() - LOG_LINES_SHOWN);
      return String.join("\n", lines.subList(from, lines.size()));
    } catch (IOException e) {
      return "(its log cannot be read: " + e.getMessage() + ")";
    }
  }

  /** Ends it at once, paused or not. What it holds is the demo's own. */
  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
