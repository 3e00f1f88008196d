package dev.millrace.aof;

import java.lang.foreign.MemorySegment;

/**
 * Knows where commands end. Supplied from outside, for this module knows bytes and offsets and no
 * command.
 */
@FunctionalInterface
public interface StreamScanner {
  /**
   * How much of {@code bytes}, which begin at a command boundary outside any transaction, is made
   * of whole units: single commands, or a transaction from its MULTI to its EXEC. Everything from
   * the returned position on is incomplete or is no command at all.
   *
   * @param bytes stream bytes; may be mapped, and longer than an int counts
   * @return a position in {@code [0, bytes.byteSize()]}
   */
  long wholeUnitsEnd(MemorySegment bytes);
}
