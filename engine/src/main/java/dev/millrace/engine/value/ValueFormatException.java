package dev.millrace.engine.value;

import java.io.IOException;

/** The bytes of a value in RDB's form are not what its type allows. */
public final class ValueFormatException extends IOException {
  private static final long serialVersionUID = 1;

  public ValueFormatException(String message) {
    super(message);
  }
}
