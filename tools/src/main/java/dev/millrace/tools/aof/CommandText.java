package dev.millrace.tools.aof;

/**
 * Writes a command of the stream as one line a person can read, and type into redis-cli: words with
 * other than plain characters stand in quotes, with {@code \xHH} for bytes that are no character.
 */
final class CommandText {
  /** Longer words are cut to {@link #SHOWN_BYTES}, unless everything is asked for. */
  private static final int WHOLE_BYTES_MAX = 64;

  private static final int SHOWN_BYTES = 40;
  private static final String HEX = "0123456789abcdef";

  private final boolean full;

  /** With {@code full}, nothing is shortened. */
  CommandText(boolean full) {
    this.full = full;
  }

  String of(StreamCursor command) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < command.count(); i++) {
      if (i > 0) {
        text.append(' ');
      }
      append(text, command, i);
    }
    return text.toString();
  }

  private void append(StringBuilder text, StreamCursor command, int word) {
    int length = command.length(word);
    int shown = full || length <= WHOLE_BYTES_MAX ? length : SHOWN_BYTES;
    boolean plain = shown > 0;
    for (int i = 0; i < shown && plain; i++) {
      plain = isPlain(command.at(word, i));
    }
    if (!plain) {
      text.append('"');
    }
    for (int i = 0; i < shown; i++) {
      appendByte(text, command.at(word, i));
    }
    if (!plain) {
      text.append('"');
    }
    if (shown < length) {
      text.append("...(").append(length).append(" bytes)");
    }
  }

  private static boolean isPlain(byte b) {
    return b > ' ' && b < 0x7f && b != '"' && b != '\\' && b != '\'';
  }

  private static void appendByte(StringBuilder text, byte b) {
    switch (b) {
      case '\n' -> text.append("\\n");
      case '\r' -> text.append("\\r");
      case '\t' -> text.append("\\t");
      case '"' -> text.append("\\\"");
      case '\\' -> text.append("\\\\");
      default -> {
        if (b >= ' ' && b < 0x7f) {
          text.append((char) b);
        } else {
          text.append("\\x").append(HEX.charAt(b >> 4 & 15)).append(HEX.charAt(b & 15));
        }
      }
    }
  }
}
