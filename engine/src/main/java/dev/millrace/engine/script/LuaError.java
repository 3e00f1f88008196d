package dev.millrace.engine.script;

/**
 * An error to be raised in Lua once the Java frames have returned; see {@link LuaState}. An
 * ordinary outcome, so it carries no stack trace.
 */
public final class LuaError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What Lua code that catches it gets. */
  enum Kind {
    /** A text behind the place of the call, as {@code luaL_error} makes it. */
    POSITIONED,
    /** The text alone. */
    PLAIN,
    /** A table whose field {@code err} holds the text. */
    TABLE,
    /** As a table, of an error that a command replied and that was counted then. */
    REPLIED,
    /** A text that says which argument is wrong, as {@code luaL_argerror} makes it. */
    ARGUMENT,
    /** Whatever a C function raises that is given the same arguments. */
    NATIVE
  }

  private final Kind kind;
  private final long detail;

  private LuaError(Kind kind, String text, long detail) {
    super(text, null, false, false);
    this.kind = kind;
    this.detail = detail;
  }

  /** A text behind the place of the call, {@code user_script:1: text}. */
  public static LuaError positioned(String text) {
    return new LuaError(Kind.POSITIONED, text, 0);
  }

  /** The text alone. */
  public static LuaError plain(String text) {
    return new LuaError(Kind.PLAIN, text, 0);
  }

  /** A table whose field {@code err} holds the text. */
  public static LuaError table(String text) {
    return new LuaError(Kind.TABLE, text, 0);
  }

  /** As {@link #table}, for an error that a command replied and that was counted then. */
  public static LuaError replied(String text) {
    return new LuaError(Kind.REPLIED, text, 0);
  }

  /** Says that argument {@code index} is wrong, and why. */
  public static LuaError argument(int index, String why) {
    return new LuaError(Kind.ARGUMENT, why, index);
  }

  /**
   * Leaves the error to a C function, which is called with the same arguments and must raise one.
   */
  static LuaError raisedBy(long function) {
    return new LuaError(Kind.NATIVE, "", function);
  }

  Kind kind() {
    return kind;
  }

  /** The index of an argument, or the address of a C function. */
  long detail() {
    return detail;
  }

  /** Whether a command replied it. */
  public boolean isReplied() {
    return kind == Kind.REPLIED;
  }

  /** The text, one char per byte. */
  public String text() {
    String text = getMessage();
    return text == null ? "" : text;
  }
}
