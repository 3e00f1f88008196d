package dev.millrace.engine.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A stock redis-server to ask what it answers. */
final class RealRedis implements AutoCloseable {
  final int port;
  private final Process process;

  RealRedis(String... extra) throws IOException, InterruptedException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Path directory = Files.createTempDirectory("redis");
    List<String> command =
        new ArrayList<>(
            List.of("redis-server", "--port", "" + port, "--bind", "127.0.0.1", "--save", ""));
    command.addAll(List.of("--appendonly", "no", "--dir", directory.toString()));
    command.addAll(List.of(extra));
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    directory.toFile().deleteOnExit();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (true) {
      try (RawClient client = new RawClient(port)) {
        client.send("PING\r\n").read(1);
        return;
      } catch (IOException notYet) {
        if (System.nanoTime() > deadline || !process.isAlive()) {
          throw notYet;
        }
        process.waitFor(20, TimeUnit.MILLISECONDS);
      }
    }
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
