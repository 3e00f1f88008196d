package dev.millrace.engine.server;

import dev.millrace.engine.admin.Lifecycle;
import dev.millrace.engine.admin.Persistence;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * SHUTDOWN. A server with a log saves no RDB file unless it is asked to: the log holds everything,
 * and it does not wait for replicas either, for what they miss they get from the log afterwards.
 *
 * <p>Owned by: executor thread.
 */
final class ServerLifecycle implements Lifecycle {
  private final Server server;
  private final Persistence persistence;
  private final Runnable exit;
  private @Nullable Consumer<String> pending;

  /**
   * The end of {@code server}.
   *
   * @param exit begins the end on another thread and returns
   */
  ServerLifecycle(Server server, Persistence persistence, Runnable exit) {
    this.server = server;
    this.persistence = persistence;
    this.exit = exit;
  }

  @Override
  public void shutdown(Shutdown how, Consumer<String> failed) {
    boolean hasSavePoints = !server.config.persistence.save.value().isEmpty();
    boolean wanted =
        how.save() == null
            ? hasSavePoints && !server.config.persistence.appendonly.value()
            : how.save();
    // What is loaded so far must not take the place of the whole.
    boolean save = wanted && !server.role.loading().isBlocking();
    if (!save) {
      server.scriptEngine.end();
      exit.run();
      return;
    }
    pending = failed;
    Persistence.Answer answer =
        persistence.save(
            true,
            saved -> {
              Consumer<String> waiting = pending;
              if (waiting == null) {
                return;
              }
              pending = null;
              if (saved || how.force()) {
                exit.run();
              } else {
                waiting.accept("Errors trying to SHUTDOWN. Check logs.");
              }
            });
    if (answer == Persistence.Answer.ALREADY) {
      pending = null;
      failed.accept("Errors trying to SHUTDOWN. Check logs.");
    }
  }

  @Override
  public boolean abortShutdown() {
    Consumer<String> waiting = pending;
    if (waiting == null) {
      return false;
    }
    pending = null;
    waiting.accept("Errors trying to SHUTDOWN. Check logs.");
    return true;
  }
}
