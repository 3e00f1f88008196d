package dev.millrace.engine.net;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.util.List;
import org.slf4j.LoggerFactory;

/**
 * {@link FakeExecutor} as a process of its own, for tests that limit the process and for a look at
 * the network's own speed: {@code FakeServerMain TRANSPORT PORT THREADS}. Prints its port; ends
 * with its input.
 */
final class FakeServerMain {
  private FakeServerMain() {}

  public static void main(String[] arguments) throws IOException {
    ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).setLevel(Level.OFF);
    NetworkOptions options =
        NetworkOptions.on(
                List.of("127.0.0.1"),
                Integer.parseInt(arguments[1]),
                Integer.parseInt(arguments[2]))
            .with(TransportChoice.valueOf(arguments[0]));
    try (FakeExecutor server = new FakeExecutor(options, 1024, false)) {
      System.out.println(server.server.port());
      while (System.in.read() >= 0) {
        // Wait for the end of the input.
      }
    }
  }
}
