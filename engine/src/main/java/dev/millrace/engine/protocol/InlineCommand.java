package dev.millrace.engine.protocol;

import dev.millrace.engine.memory.Memory;

/**
 * Splits an inline command, a line as a person types it, into arguments by the rules of Redis:
 * blanks separate; "..." takes \n \r \t \b \a \xHH and \ before any other byte; '...' takes \'
 * only; a closing quote must be followed by a blank or the end; a quote may open inside a word.
 *
 * <p>An argument never grows by being unquoted, so it is written over the line it came from.
 *
 * <p>Owned by: the thread that decodes; holds its place in one line.
 */
final class InlineCommand {
  private long base;
  private int at;
  private int end;
  private int write;

  /**
   * Adds the line's arguments to the buffer.
   *
   * @return false when the quotes do not balance
   */
  boolean split(RequestBuffer in, int from, int lineEnd) {
    base = in.base();
    at = from;
    end = lineEnd;
    while (true) {
      while (at < end && isSpace(Memory.getByte(base + at))) {
        at++;
      }
      if (at == end) {
        return true;
      }
      int start = at;
      write = at;
      if (!word()) {
        return false;
      }
      in.addArgument(start, write - start);
    }
  }

  private boolean word() {
    while (at < end) {
      byte c = Memory.getByte(base + at);
      switch (c) {
        case ' ', '\n', '\r', '\t' -> {
          return true;
        }
        case '"' -> {
          at++;
          return doubleQuoted();
        }
        case '\'' -> {
          at++;
          return singleQuoted();
        }
        default -> {
          put(c);
          at++;
        }
      }
    }
    return true;
  }

  private boolean doubleQuoted() {
    while (at < end) {
      byte c = Memory.getByte(base + at);
      if (c == '"') {
        return closingQuote();
      }
      if (c == '\\' && at + 1 < end) {
        byte escaped = Memory.getByte(base + at + 1);
        if (escaped == 'x' && hex(at + 2) >= 0 && hex(at + 3) >= 0) {
          put((byte) (hex(at + 2) << 4 | hex(at + 3)));
          at += 4;
        } else {
          put(unescape(escaped));
          at += 2;
        }
      } else {
        put(c);
        at++;
      }
    }
    return false;
  }

  private boolean singleQuoted() {
    while (at < end) {
      byte c = Memory.getByte(base + at);
      if (c == '\'') {
        return closingQuote();
      }
      if (c == '\\' && at + 1 < end && Memory.getByte(base + at + 1) == '\'') {
        at++;
      }
      put(Memory.getByte(base + at));
      at++;
    }
    return false;
  }

  private boolean closingQuote() {
    at++;
    return at == end || isSpace(Memory.getByte(base + at));
  }

  private void put(byte b) {
    Memory.putByte(base + write, b);
    write++;
  }

  private int hex(int position) {
    return position < end ? Character.digit(Memory.getByte(base + position) & 0xff, 16) : -1;
  }

  private static byte unescape(byte c) {
    return switch (c) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'b' -> '\b';
      case 'a' -> 7;
      default -> c;
    };
  }

  private static boolean isSpace(byte c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }
}
