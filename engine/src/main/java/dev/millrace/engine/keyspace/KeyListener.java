package dev.millrace.engine.keyspace;

/** Is told of a key that was added, or looked for in vain. */
@FunctionalInterface
public interface KeyListener {
  /** Called in the midst of it: must change no key, nor read the value of one just added. */
  void happened(Database database, long keyAddress, int keyLength);
}
