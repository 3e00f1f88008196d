package dev.millrace.engine.protocol;

import org.jspecify.annotations.Nullable;

/** Finds a command by the name a client sent. Called on every I/O thread at once. */
@FunctionalInterface
public interface CommandLookup {
  /**
   * The command of that name in any case.
   *
   * @param nameAddress first byte of the name
   * @param nameLength its length in bytes
   * @return null when there is none
   */
  @Nullable KnownCommand find(long nameAddress, int nameLength);
}
