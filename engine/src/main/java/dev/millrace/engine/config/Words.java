package dev.millrace.engine.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Splits a line into words and quotes a word again. Between double quotes a backslash begins {@code
 * \n \r \t \b \a \xHH} or stands for the char after it; between single quotes only {@code \'} is
 * special. A closing quote must be followed by white space or the end. Chars are bytes.
 */
public final class Words {
  private Words() {}

  /** The words of {@code line}, or null when its quotes are unbalanced. */
  public static @Nullable List<String> split(String line) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    int at = 0;
    while (true) {
      while (at < line.length() && isSpace(line.charAt(at))) {
        at++;
      }
      if (at == line.length()) {
        return words;
      }
      word.setLength(0);
      at = word(line, at, word);
      if (at < 0) {
        return null;
      }
      words.add(word.toString());
    }
  }

  private static int word(String line, int start, StringBuilder into) {
    int at = start;
    while (at < line.length()) {
      char c = line.charAt(at);
      if (isSpace(c) || c == 0) {
        return at;
      }
      if (c == '"' || c == '\'') {
        at = c == '"' ? doubleQuoted(line, at + 1, into) : singleQuoted(line, at + 1, into);
        boolean ended = at >= 0 && (at == line.length() || isSpace(line.charAt(at)));
        return ended ? at : -1;
      }
      into.append(c);
      at++;
    }
    return at;
  }

  /** Reads up to the closing quote; the position after it, or -1 when there is none. */
  private static int doubleQuoted(String line, int start, StringBuilder into) {
    int at = start;
    while (at < line.length()) {
      char c = line.charAt(at);
      if (c == '"') {
        return at + 1;
      }
      if (c != '\\' || at + 1 == line.length()) {
        into.append(c);
        at++;
        continue;
      }
      char escaped = line.charAt(at + 1);
      if (escaped == 'x' && at + 3 < line.length()) {
        int high = Character.digit(line.charAt(at + 2), 16);
        int low = Character.digit(line.charAt(at + 3), 16);
        if (high >= 0 && low >= 0) {
          into.append((char) (high * 16 + low));
          at += 4;
          continue;
        }
      }
      into.append(
          switch (escaped) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'b' -> '\b';
            case 'a' -> (char) 7;
            default -> escaped;
          });
      at += 2;
    }
    return -1;
  }

  private static int singleQuoted(String line, int start, StringBuilder into) {
    int at = start;
    while (at < line.length()) {
      char c = line.charAt(at);
      if (c == '\'') {
        return at + 1;
      }
      if (c == '\\' && at + 1 < line.length() && line.charAt(at + 1) == '\'') {
        into.append('\'');
        at += 2;
        continue;
      }
      into.append(c);
      at++;
    }
    return -1;
  }

  private static boolean isSpace(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }

  /** {@code text} between double quotes, so that {@link #split} gives it back. */
  static String quote(String text) {
    StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\\', '"' -> quoted.append('\\').append(c);
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        case '\t' -> quoted.append("\\t");
        case '\b' -> quoted.append("\\b");
        case 7 -> quoted.append("\\a");
        default -> {
          if (c >= ' ' && c < 127) {
            quoted.append(c);
          } else {
            quoted.append("\\x");
            quoted.append(Character.forDigit(c >> 4 & 15, 16));
            quoted.append(Character.forDigit(c & 15, 16));
          }
        }
      }
    }
    return quoted.append('"').toString();
  }
}
