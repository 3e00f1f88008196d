package dev.millrace.engine.testing;

/**
 * An error reply, as a value, so that a test can compare it to the letter.
 *
 * @param text the error line without the leading dash, for example {@code ERR syntax error}
 */
public record RespError(String text) {
  /** The first word: {@code ERR}, {@code WRONGTYPE}, {@code LOADING}. */
  public String code() {
    int space = text.indexOf(' ');
    return space < 0 ? text : text.substring(0, space);
  }
}
