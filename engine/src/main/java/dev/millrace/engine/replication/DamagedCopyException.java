package dev.millrace.engine.replication;

import java.io.IOException;

/**
 * The dataset a master sent came whole and cannot be loaded: to ask for it again at once would most
 * likely bring the same bytes.
 */
public final class DamagedCopyException extends IOException {
  /** What is wrong with it, and where. */
  public DamagedCopyException(String message, Throwable cause) {
    super(message, cause);
  }
}
