package dev.millrace.engine.command;

/**
 * A command's refusal, in Redis's words: thrown by a handler before it has replied or changed
 * anything, answered by the dispatcher. Carries no stack trace, since it is an ordinary outcome;
 * the constants make the common ones free of allocation.
 */
public final class CommandError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public static final CommandError SYNTAX = new CommandError("ERR syntax error");
  public static final CommandError NOT_AN_INTEGER =
      new CommandError("ERR value is not an integer or out of range");
  public static final CommandError NOT_A_FLOAT = new CommandError("ERR value is not a valid float");
  public static final CommandError WRONG_TYPE =
      new CommandError("WRONGTYPE Operation against a key holding the wrong kind of value");
  public static final CommandError NO_SUCH_KEY = new CommandError("ERR no such key");
  public static final CommandError OUT_OF_RANGE = new CommandError("ERR index out of range");

  /**
   * An error reply.
   *
   * @param reply code and text, for instance {@code "ERR syntax error"}, without the leading dash
   */
  public CommandError(String reply) {
    super(reply, null, false, false);
  }

  /** The reply's text: code and message. */
  public String reply() {
    String message = getMessage();
    assert message != null;
    return message;
  }
}
