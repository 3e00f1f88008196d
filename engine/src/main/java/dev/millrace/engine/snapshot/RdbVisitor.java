package dev.millrace.engine.snapshot;

import dev.millrace.engine.value.ValueSource;
import java.io.IOException;

/**
 * What an RDB file holds, in the order it holds it. Called on the reader's thread; what a method
 * throws ends the reading. Addresses hold during the call only.
 *
 * <p>An expired key is reported like any other: whether it is to be kept depends on who reads (a
 * replica keeps it, and waits for its master's DEL).
 */
public interface RdbVisitor {
  /** Something the file says about itself, for example {@code repl-offset}. */
  default void aux(String name, String value) {}

  /** A hint: how many keys this database has, how many of them with an expiry. */
  default void sizes(int database, long keys, long expiring) {}

  /** The source of a function library. */
  default void functionLibrary(long address, long bytes) {}

  /**
   * A key with a value that is not a string.
   *
   * @param rdbType its type byte
   * @param from gives the value, which the visitor must take whole: the reading goes on where it
   *     leaves off
   * @throws IOException what {@code from} throws, or a {@link
   *     dev.millrace.engine.value.ValueFormatException} when the value is not sound or of no type
   *     there is
   */
  void value(RdbEntry entry, int rdbType, ValueSource from) throws IOException;

  /** A key with a string value. */
  void string(RdbEntry entry, long valueAddress, long valueLength);

  /** A key with a string value that is stored as a number: its text is the number in decimal. */
  void integer(RdbEntry entry, long value);
}
