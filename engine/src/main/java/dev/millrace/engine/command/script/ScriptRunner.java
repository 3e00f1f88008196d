package dev.millrace.engine.command.script;

import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.protocol.Request;
import org.jspecify.annotations.Nullable;

/**
 * Runs the commands of a script, within the unit that called it.
 *
 * <p>Runs on: executor thread.
 */
public interface ScriptRunner {
  /** Why a command may not run at this moment (memory, disk, replicas), or null. */
  @Nullable String refusal(Command command);

  /** Why the caller of the script may not run a command by its rights (ACL), or null. */
  @Nullable String denial(Client caller, Request request, Command command);

  /** Whether the caller of the script may run a command by its rights. */
  boolean mayRun(Client caller, Request request, Command command);

  /**
   * Runs a command; its reply, or its error, is in the client's reply afterwards.
   *
   * @param propagate whether what it does goes to the stream
   */
  void run(Client client, Request request, Command command, long nowMillis, boolean propagate);

  /** Counts an error that a script was answered, though no command of its own replied it. */
  void errorReplied(String error);

  /** Number of effects that the unit has so far. */
  int effects();

  /** Forgets the unit's effects after the first {@code mark} ones. */
  void forgetEffects(int mark);
}
