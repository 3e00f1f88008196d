package dev.millrace.engine.pipeline;

import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.protocol.Request;

/**
 * Told of every command that ran (SLOWLOG, LATENCY, MONITOR).
 *
 * <p>Runs on: executor thread, within the command's time: it must be short.
 */
@FunctionalInterface
public interface CallObserver {
  /** A command ran for {@code nanos}; one that waited for keys has been answered now. */
  void ran(Client client, Request request, Command command, long nanos);

  /** A command waits for keys; {@link #ran} follows when a key serves it, else nothing does. */
  default void waits(Client client, Request request, Command command) {}

  /** A command that shows itself (flag SKIP_MONITOR: scripts) begins. */
  default void begins(Client client, Request request, Command command) {}

  /** A script has run a command, as the client that stands for scripts. */
  default void ranInScript(Client client, Request request, Command command) {}

  /** A command was refused before it ran. */
  default void refused(Client client, Request request, Command command) {}
}
