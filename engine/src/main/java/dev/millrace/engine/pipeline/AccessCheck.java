package dev.millrace.engine.pipeline;

import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.protocol.Request;
import org.jspecify.annotations.Nullable;

/**
 * Says what a user who may not do everything is denied (ACL).
 *
 * <p>Runs on: executor thread.
 */
public interface AccessCheck {
  /** Everybody may do everything. */
  AccessCheck NONE =
      new AccessCheck() {
        @Override
        public boolean isOpen() {
          return false;
        }

        @Override
        public @Nullable String refusal(Client client, Request request, Command command) {
          return null;
        }

        @Override
        public @Nullable String refusalInExec(Client client, Request request, Command command) {
          return null;
        }

        @Override
        public @Nullable String refusalInScript(Client client, Request request, Command command) {
          return null;
        }

        @Override
        public boolean allows(Client client, Request request, Command command) {
          return true;
        }
      };

  /** True while clients that have not authenticated may run commands all the same. */
  boolean isOpen();

  /** The error for a command the client's user may not run with these arguments, or null. */
  @Nullable String refusal(Client client, Request request, Command command);

  /** As {@link #refusal}, for a command that had been queued when it was still allowed. */
  @Nullable String refusalInExec(Client client, Request request, Command command);

  /** The error for a command of a script that was called by this client, or null. */
  @Nullable String refusalInScript(Client client, Request request, Command command);

  /** Whether the client's user may run a command; nothing is noted. */
  boolean allows(Client client, Request request, Command command);
}
