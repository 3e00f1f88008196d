package dev.millrace.engine.snapshot;

import dev.millrace.engine.memory.Memory;

/**
 * The key a reader stands at: a cursor, filled anew for each key. Its addresses hold during the
 * call of the visitor only.
 *
 * <p>Owned by: the reader's thread.
 */
public final class RdbEntry {
  /** In place of a time, an age or a counter that the file does not give. */
  public static final int NONE = -1;

  private int database;
  private long keyAddress;
  private int keyLength;
  private long expireAtMillis = NONE;
  private long idleSeconds = NONE;
  private int frequency = NONE;

  /** The database the key belongs to. */
  public int database() {
    return database;
  }

  /** Where the key's bytes are. */
  public long keyAddress() {
    return keyAddress;
  }

  /** Number of bytes of the key. */
  public int keyLength() {
    return keyLength;
  }

  /** A copy of the key's bytes. */
  public byte[] key() {
    return Memory.bytes(keyAddress, keyLength);
  }

  /** When the key expires, in milliseconds since 1970; {@link #NONE} when it does not. */
  public long expireAtMillis() {
    return expireAtMillis;
  }

  /** How long ago the key was last used when the file was written; {@link #NONE} when not given. */
  public long idleSeconds() {
    return idleSeconds;
  }

  /** The key's LFU counter, 0 to 255; {@link #NONE} when not given. */
  public int frequency() {
    return frequency;
  }

  void database(int index) {
    database = index;
  }

  void key(long address, int length) {
    keyAddress = address;
    keyLength = length;
  }

  void expireAtMillis(long millis) {
    expireAtMillis = millis;
  }

  void idleSeconds(long seconds) {
    idleSeconds = seconds;
  }

  void frequency(int counter) {
    frequency = counter;
  }

  void clearAttributes() {
    expireAtMillis = NONE;
    idleSeconds = NONE;
    frequency = NONE;
  }
}
