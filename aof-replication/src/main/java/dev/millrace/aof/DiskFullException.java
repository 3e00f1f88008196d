package dev.millrace.aof;

import java.io.IOException;

/** A write found no room on the volume (or over the quota). It may be tried again later. */
public final class DiskFullException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Wraps what the system said. */
  public DiskFullException(String message, IOException cause) {
    super(message, cause);
  }
}
