package dev.millrace.engine.acl;

import dev.millrace.engine.command.generic.GlobPattern;
import dev.millrace.engine.memory.Memory;

/**
 * A glob over keys or channels, and what is allowed with what fits it. Its bytes lie off-heap, in
 * {@link PatternStore}.
 *
 * <p>Immutable.
 *
 * @param text the pattern, one char a byte
 * @param permissions {@link #READ}, {@link #WRITE} or both
 */
record Pattern(String text, long address, int permissions) {
  static final int READ = 1;
  static final int WRITE = 2;
  static final int ALL = READ | WRITE;

  boolean matches(long string, int length) {
    return GlobPattern.isEverything(address, text.length())
        || GlobPattern.matches(address, text.length(), string, length);
  }

  /** Whether any key fits it, and what is wanted with it is allowed. */
  boolean isEverythingFor(int wanted) {
    return (permissions & wanted) == wanted && text.equals("*");
  }

  /** Whether it is exactly these bytes: how a pattern of channels is compared. */
  boolean is(long string, int length) {
    return text.length() == length && Memory.equal(address, string, length);
  }

  /** The rule that makes it one of a user's patterns of keys. */
  String keyRule() {
    return switch (permissions) {
      case READ -> "%R~" + text;
      case WRITE -> "%W~" + text;
      default -> "~" + text;
    };
  }
}
