package dev.millrace.engine.command;

import dev.millrace.engine.keyspace.Database;

/** Is told what happened to keys: the source of keyspace notifications. */
@FunctionalInterface
public interface KeyEventListener {
  /**
   * Something happened to a key. Called by the command that did it; must change no key.
   *
   * @param eventClass one bit of {@link dev.millrace.engine.config.KeyspaceEvents}
   * @param event the event's name, such as {@code lpush}
   */
  void happened(int eventClass, String event, Database database, long keyAddress, int keyLength);
}
