package dev.millrace.engine.value;

/** The fields and values of an entry that is being added to a stream. */
public interface StreamFields {
  /** How many fields, each with a value. */
  int fields();

  /** Address of a part: of field i when it is 2i, of its value when it is 2i + 1. */
  long address(int part);

  /** Length of a part. */
  int length(int part);
}
