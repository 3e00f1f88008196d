package dev.millrace.engine.snapshot;

import java.io.IOException;

/** Bytes that are not RDB as this server reads it: damaged, cut off, or newer than it knows. */
public final class RdbFormatException extends IOException {
  private final long offset;

  /**
   * @param message what is wrong, without the offset
   * @param offset where, in bytes from the start of the file or payload
   */
  public RdbFormatException(String message, long offset) {
    super(message + " (at offset " + offset + ")");
    this.offset = offset;
  }

  /** Where the bytes are wrong, counted from the start of the file or payload. */
  public long offset() {
    return offset;
  }
}
