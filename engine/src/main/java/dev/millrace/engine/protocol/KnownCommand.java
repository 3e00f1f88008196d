package dev.millrace.engine.protocol;

/** What must be known of a command before it runs, to hash its key and to look ahead. */
public interface KnownCommand {
  /** Position of the command's first key among its arguments, the name being 0; 0 when none. */
  int firstKey();

  /**
   * Position of the argument that is looked up in the collection under the first key: a field of a
   * hash, a member of a set; 0 when there is none.
   */
  default int member() {
    return 0;
  }
}
