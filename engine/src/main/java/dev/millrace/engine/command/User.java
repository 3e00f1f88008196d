package dev.millrace.engine.command;

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
}
