package dev.millrace.tools.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The demo's files and processes, all of which end with it, also when it is interrupted. Owned by:
 * the demo's thread; {@link #close} also by the JVM's shutdown.
 */
final class DemoDirectory implements AutoCloseable {
  private final Path path;
  private final boolean kept;
  private final List<ServerProcess> servers = new ArrayList<>();
  private final Thread atShutdown = new Thread(this::end, "demo-end");
  private boolean ended;

  /**
   * Makes a directory inside {@code parent}.
   *
   * @param kept leave the files when all is over
   */
  DemoDirectory(Path parent, boolean kept) throws IOException {
    this.path = Files.createTempDirectory(parent, "millrace-demo-");
    this.kept = kept;
    Runtime.getRuntime().addShutdownHook(atShutdown);
  }

  Path path() {
    return path;
  }

  Path subdirectory(String name) throws IOException {
    return Files.createDirectory(path.resolve(name));
  }

  /** Starts a server that ends with this directory, its output in {@code <name>.log}. */
  synchronized ServerProcess start(String name, int port, List<String> command) throws IOException {
    if (ended) {
      throw new IOException("the demo was interrupted");
    }
    ServerProcess server =
        new ServerProcess(name, port, command, path.resolve(name.replace(' ', '-') + ".log"));
    servers.add(server);
    return server;
  }

  @Override
  public void close() {
    end();
    try {
      Runtime.getRuntime().removeShutdownHook(atShutdown);
    } catch (IllegalStateException e) {
      // The JVM is ending, which called end() as well: once is enough.
      return;
    }
  }

  private synchronized void end() {
    if (ended) {
      return;
    }
    ended = true;
    servers.reversed().forEach(ServerProcess::close);
    if (!kept) {
      delete();
    }
  }

  private void delete() {
    try (Stream<Path> walk = Files.walk(path)) {
      for (Path file : walk.toList().reversed()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      System.err.println("demo: " + path + " could not be removed: " + e.getMessage());
    }
  }
}
