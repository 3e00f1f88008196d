package dev.millrace.engine.admin;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What DEBUG does to the running server beyond its data. Called on the executor thread. */
public interface DebugActions {
  /**
   * Saves the dataset and loads it again.
   *
   * @param save whether to save first; otherwise the RDB file there is loaded
   * @param flush whether to delete what is there first
   * @param merge whether a library of functions that is there already gives way to the file's
   * @param ended told on the executor thread: null, or what failed
   */
  void reload(boolean save, boolean flush, boolean merge, Consumer<@Nullable String> ended);

  /** Loads the dataset from the log again; {@code ended} as for {@link #reload}. */
  void loadLog(Consumer<@Nullable String> ended);

  /** Takes a new replication ID, as after a break in history. */
  void changeReplicationId();

  /**
   * Stops what is done by the clock (expiry, idle clients, saves that are due), or lets it go on.
   */
  void clockwork(boolean on);

  /** Lets scripts run commands that look at the server, which else they may not; or not so. */
  void unrestrictedScripts(boolean on);

  /** Switches the expiry of keys nobody asks for on or off. */
  void activeExpiry(boolean on);
}
