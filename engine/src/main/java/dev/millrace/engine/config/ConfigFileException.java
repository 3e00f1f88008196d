package dev.millrace.engine.config;

import org.jspecify.annotations.Nullable;

/**
 * The configuration cannot be loaded; the server must not start. Carries the whole text to print.
 */
public final class ConfigFileException extends Exception {
  private static final long serialVersionUID = 1L;

  /** The text to print as it is, line ends included. */
  public ConfigFileException(String message) {
    super(message, null, false, false);
  }

  /**
   * An error at a line.
   *
   * @param product name and version as they stand in the heading
   * @param line number of the line counted from 1 over the file and the command line's options, or
   *     0 when the error is in no single line
   */
  static ConfigFileException at(String product, int line, @Nullable String content, String error) {
    StringBuilder text = new StringBuilder();
    text.append("\n*** FATAL CONFIG FILE ERROR (").append(product).append(") ***\n");
    if (line > 0) {
      text.append("Reading the configuration file, at line ").append(line).append('\n');
      text.append(">>> '").append(content).append("'\n");
    }
    return new ConfigFileException(text.append(error).append('\n').toString());
  }

  /** The text to print. */
  public String text() {
    String message = getMessage();
    return message == null ? "" : message;
  }
}
