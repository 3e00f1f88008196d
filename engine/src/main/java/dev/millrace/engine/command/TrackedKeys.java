package dev.millrace.engine.command;

import dev.millrace.engine.keyspace.Database;

/**
 * Is told which keys change, on behalf of clients that keep copies of them. Owned by: executor
 * thread.
 */
public interface TrackedKeys {
  /** Nobody keeps copies of anything. */
  TrackedKeys NONE =
      new TrackedKeys() {
        @Override
        public int interest() {
          return 0;
        }

        @Override
        public void changed(Database database, long keyAddress, int keyLength, long hash) {}

        @Override
        public void flushed() {}
      };

  /** 0 while nobody has to be told of any change. */
  int interest();

  /** A key changed, expired, or went. Copies are by key alone, whatever the database. */
  void changed(Database database, long keyAddress, int keyLength, long hash);

  /** A whole database, or all of them, went. */
  void flushed();
}
