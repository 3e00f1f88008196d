package dev.millrace.engine.admin;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The end of the server, as SHUTDOWN asks for it. Called on the executor thread. */
public interface Lifecycle {
  /**
   * How to end.
   *
   * @param save whether to save the RDB file; null: when there are save points
   * @param now whether to go without waiting for replicas to catch up
   * @param force whether to go even if something fails
   */
  record Shutdown(@Nullable Boolean save, boolean now, boolean force) {}

  /**
   * Ends the server in order. Returns at once.
   *
   * @param failed told on the executor thread when the server goes on because something failed or
   *     the shutdown was aborted
   */
  void shutdown(Shutdown how, Consumer<String> failed);

  /** Gives up a shutdown that waits; false when there is none. */
  boolean abortShutdown();
}
