package dev.millrace.engine.config;

/**
 * A directive was given a value it cannot take, or the new value could not be put into effect. The
 * message is what a user reads, in the words of Redis where Redis has such an error.
 */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1L;

  /** An error with its text. */
  public ConfigException(String message) {
    super(message, null, false, false);
  }

  /** The text. */
  public String text() {
    String message = getMessage();
    return message == null ? "" : message;
  }
}
