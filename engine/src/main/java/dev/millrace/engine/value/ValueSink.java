package dev.millrace.engine.value;

/**
 * Takes a value in RDB's form, part by part, as its type's {@link StoredType#save} gives it: into a
 * snapshot, or into the payload of DUMP.
 *
 * <p>Addresses are read during the call only. Nothing here fails: what cannot be taken ends the
 * snapshot elsewhere.
 *
 * <p>Owned by: executor thread.
 */
public interface ValueSink {
  /** Begins the value: its type byte, which RDB writes before the key. */
  void type(int rdbType);

  /** A count or a number in RDB's length encoding; taken as unsigned. */
  void length(long value);

  /** A string in RDB's string encoding, compressed or written as a number where that is shorter. */
  void string(long address, long bytes);

  /** The string that is this number in decimal. */
  void integer(long value);

  /** Eight bytes as they are, lowest first: a binary double, a time. */
  void eightBytes(long bits);

  /** Bytes as they are, in no encoding. */
  void raw(long address, long bytes);
}
