package dev.millrace.engine.protocol;

/** What the decoder has to know of a command: where its first key stands, to hash it early. */
public interface KnownCommand {
  /** Position of the command's first key among its arguments, the name being 0; 0 when none. */
  int firstKey();
}
