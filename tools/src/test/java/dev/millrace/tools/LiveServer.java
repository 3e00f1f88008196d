package dev.millrace.tools;

import dev.millrace.engine.config.Config;
import dev.millrace.engine.config.ConfigLoader;
import dev.millrace.engine.config.ServerArguments;
import dev.millrace.engine.server.Server;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import redis.clients.jedis.Jedis;

/** A server inside the test, with a client, on a data directory; its segments are small. */
public final class LiveServer implements AutoCloseable {
  private final Server server;
  private final Jedis client;

  public LiveServer(Path directory) throws Exception {
    Config config = new Config();
    String port;
    try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = Integer.toString(any.getLocalPort());
    }
    List<String> arguments =
        List.of(
            "--port",
            port,
            "--bind",
            "127.0.0.1",
            "--dir",
            directory.toString(),
            "--save",
            "",
            "--appendonly",
            "yes",
            "--aof-segment-size",
            "1mb");
    new ConfigLoader(config, "test")
        .load(ServerArguments.parse(arguments), InputStream.nullInputStream());
    server = new Server(config, () -> {}, () -> {});
    server.start();
    client = new Jedis("127.0.0.1", server.port());
  }

  /** Where it listens, on 127.0.0.1. */
  public int port() {
    return server.port();
  }

  /** A connection to it. */
  public Jedis client() {
    return client;
  }

  @Override
  public void close() throws IOException {
    client.close();
    try {
      server.stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
