package dev.millrace.engine.testing;

import dev.millrace.engine.config.Config;
import dev.millrace.engine.config.ConfigFileException;
import dev.millrace.engine.config.ConfigLoader;
import dev.millrace.engine.config.ServerArguments;
import dev.millrace.engine.server.Server;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A Millrace server inside the test's JVM, for tests that need no process: it starts in a fraction
 * of the time, and checked memory reports at {@link #close} whatever it leaked.
 *
 * <p>Owned by: the test's thread.
 */
public final class InProcessServer implements Peer, AutoCloseable {
  private final Server server;
  private final AtomicBoolean died;
  private @Nullable RespClient client;

  private InProcessServer(Server server, AtomicBoolean died) {
    this.server = server;
    this.died = died;
  }

  /** Starts a server in this directory, on a free port. */
  public static InProcessServer start(Path directory, String... arguments) {
    AtomicBoolean died = new AtomicBoolean();
    try {
      Server server = prepare(directory, RealRedis.freePort(), () -> died.set(true), arguments);
      try {
        server.start();
      } catch (IOException | RuntimeException e) {
        server.stop();
        throw e;
      }
      return new InProcessServer(server, died);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** A server as {@link #start} starts it, not started yet. */
  public static Server prepare(Path directory, int port, Runnable onFatal, String... arguments)
      throws IOException {
    List<String> all = new ArrayList<>(List.of("--bind", "127.0.0.1"));
    all.addAll(List.of("--port", Integer.toString(port)));
    all.addAll(List.of("--dir", directory.toString(), "--enable-debug-command", "yes"));
    all.addAll(List.of(arguments));
    Config config = new Config();
    try {
      new ConfigLoader(config, "Millrace")
          .load(ServerArguments.parse(all), InputStream.nullInputStream());
    } catch (ConfigFileException e) {
      throw new IllegalArgumentException(e.text(), e);
    }
    return new Server(config, onFatal, () -> {});
  }

  @Override
  public int port() {
    return server.port();
  }

  @Override
  public RespClient client() {
    RespClient open = client;
    if (open == null) {
      open = RespClient.connect(port());
      client = open;
    }
    return open;
  }

  /**
   * Stops the server in order; fails when a thread of it had died, or its log could not be kept.
   */
  @Override
  public void close() {
    if (client != null) {
      client.close();
    }
    if (died.get()) {
      throw new IllegalStateException("a thread of the server died: see the test's output");
    }
    try {
      if (!server.stop()) {
        throw new IllegalStateException("the log could not be brought to disk");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
