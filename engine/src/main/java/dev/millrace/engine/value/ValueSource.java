package dev.millrace.engine.value;

import java.io.IOException;

/**
 * Gives a value in RDB's form, part by part, to its type's {@link StoredType#load}: from a snapshot
 * or from the payload of RESTORE. Every call throws an {@link IOException} where the bytes are not
 * in that form or end too early, and when the snapshot's file cannot be read: whatever it is, a
 * type that gets one gives back what it has made so far and passes it on.
 *
 * <p>Owned by: the thread that owns the keyspace.
 */
public interface ValueSource {
  /**
   * A number in RDB's length encoding, not negative. It may be a lie: allocate only as elements
   * really come.
   */
  long length() throws IOException;

  /** A number in RDB's length encoding, all 64 bits of it: an unsigned one, or one below zero. */
  default long number() throws IOException {
    return length();
  }

  /**
   * A string, decompressed; {@link #address} and {@link #bytes} tell where it is until the next
   * call.
   */
  void string() throws IOException;

  /** Where the string of the last {@link #string} is. */
  long address();

  /** Its length. */
  long bytes();

  /** Eight bytes as they are, lowest first. */
  long eightBytes() throws IOException;

  /** One byte as it is, 0 to 255. */
  int oneByte() throws IOException;

  /** True when the payload came from a client and every listpack in it must be looked through. */
  boolean isUntrusted();
}
