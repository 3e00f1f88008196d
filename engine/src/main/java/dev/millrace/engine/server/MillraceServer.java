package dev.millrace.engine.server;

import dev.millrace.aof.LogDamagedException;
import dev.millrace.engine.config.Config;
import dev.millrace.engine.config.ConfigFileException;
import dev.millrace.engine.config.ConfigLoader;
import dev.millrace.engine.config.ServerArguments;
import dev.millrace.engine.net.NetworkPreparation;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code millrace server}: reads the configuration, serves, and stops in order when told to. */
public final class MillraceServer {
  private static final Logger LOG = LoggerFactory.getLogger(MillraceServer.class);
  private static final String USAGE =
      """
      Usage: ./millrace server [/path/to/redis.conf] [options] [-]
             ./millrace server - (read config from stdin)
             ./millrace server -v or --version
             ./millrace server -h or --help

      Options are redis.conf directives:
             ./millrace server (run the server with default conf)
             ./millrace server /etc/redis/6379.conf
             ./millrace server --port 7777
             ./millrace server --port 7777 --dir /var/lib/millrace --appendfsync always
      """;

  private MillraceServer() {}

  /** Runs the server until it is told to stop. */
  public static void main(String[] arguments) throws InterruptedException {
    int status = run(List.of(arguments));
    if (status != 0) {
      System.exit(status);
    }
  }

  private static int run(List<String> arguments) throws InterruptedException {
    Config config = new Config();
    try {
      ServerArguments parsed = ServerArguments.parse(arguments);
      switch (parsed.action()) {
        case VERSION -> {
          System.out.println(Settings.PRODUCT + " (Redis " + Settings.REDIS_VERSION + " protocol)");
          return 0;
        }
        case HELP -> {
          System.out.print(USAGE);
          return 0;
        }
        case RUN -> new ConfigLoader(config, Settings.PRODUCT).load(parsed, System.in);
      }
    } catch (ConfigFileException e) {
      System.err.print(e.text());
      return 1;
    }
    return serve(config);
  }

  private static int serve(Config config) throws InterruptedException {
    NetworkPreparation.begin(Settings.transport(config));
    Server server;
    // From the start until SHUTDOWN, which saves or not as it is told.
    AtomicBoolean preparesEnd = new AtomicBoolean();
    try {
      server =
          new Server(
              config,
              () -> Runtime.getRuntime().halt(1),
              () -> {
                preparesEnd.set(false);
                new Thread(() -> System.exit(0), "exit").start();
              });
      Stopping stopping = new Stopping(server, preparesEnd);
      Runtime.getRuntime().addShutdownHook(new Thread(stopping, "shutdown"));
      server.start();
      preparesEnd.set(true);
    } catch (LogDamagedException e) {
      System.err.println("*** The log is damaged: nothing was changed, nothing is served ***");
      System.err.println(e.getMessage());
      return 1;
    } catch (IOException e) {
      LOG.error("cannot start: {}", e.getMessage(), e);
      return 1;
    }
    server.awaitEnd();
    return 0;
  }

  /** Stops the server when the process is told to end by a signal. */
  private record Stopping(Server server, AtomicBoolean preparesEnd) implements Runnable {
    @Override
    public void run() {
      try {
        if (preparesEnd.get()) {
          server.prepareEnd();
        }
        server.stop();
      } catch (IOException e) {
        LOG.error("the log could not be closed in order: {}", e.getMessage(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
