package dev.millrace.engine.command;

import dev.millrace.engine.protocol.Request;

/** In whose name a client speaks. Owned by: executor thread. */
public interface User {
  /** The server itself, which may do everything. */
  User UNRESTRICTED =
      new User() {
        @Override
        public String name() {
          return "(superuser)";
        }

        @Override
        public boolean mayDoAll() {
          return true;
        }
      };

  /** Its name, one char a byte. */
  String name();

  /** True when no command, key or channel is denied, so that nothing needs to be checked. */
  boolean mayDoAll();

  /**
   * True when it may run this call though it reads keys that no argument names: those that patterns
   * of SORT make of elements.
   */
  default boolean mayReadAllKeys(Command command, Request request) {
    return mayDoAll();
  }
}
