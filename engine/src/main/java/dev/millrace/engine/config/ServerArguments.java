package dev.millrace.engine.config;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The server's command line: a file, {@code -} for the standard input, and options {@code
 * --directive value…} that stand for lines after the file.
 *
 * @param action what is asked for
 * @param file path of the configuration file, or null
 * @param readsStandardInput whether configuration is read from the standard input too
 * @param options the options as lines of a configuration file (ISO-8859-1)
 */
public record ServerArguments(
    Action action, @Nullable String file, boolean readsStandardInput, String options) {
  /** What the command line asks for. */
  public enum Action {
    RUN,
    VERSION,
    HELP
  }

  /**
   * Parses a command line. The word after an option's name is its value whatever it begins with;
   * further words belong to it up to the next that begins with two hyphens. {@code --save} alone
   * means {@code save ""}.
   *
   * @throws ConfigFileException when it asks for a mode that does not exist here
   */
  public static ServerArguments parse(List<String> arguments) throws ConfigFileException {
    String first = arguments.isEmpty() ? "" : arguments.get(0);
    if (arguments.size() == 1) {
      switch (first) {
        case "-v", "--version" -> {
          return new ServerArguments(Action.VERSION, null, false, "");
        }
        case "-h", "--help" -> {
          return new ServerArguments(Action.HELP, null, false, "");
        }
        default -> {
          // Not one of the words that stand alone.
        }
      }
    }
    int at = 0;
    String file = null;
    boolean standardInput = false;
    if (!first.isEmpty() && !first.startsWith("-")) {
      file = first;
      at = 1;
    }
    StringBuilder options = new StringBuilder();
    boolean nameMayFollow = true;
    for (; at < arguments.size(); at++) {
      String word = arguments.get(at);
      boolean last = at == arguments.size() - 1;
      if (word.equals("-") && (at == 0 || last)) {
        standardInput = true;
      } else if (nameMayFollow && word.startsWith("--")) {
        if (word.equalsIgnoreCase("--sentinel")) {
          throw new ConfigFileException("Sentinel mode is not supported.\n");
        }
        // The very first option begins a line too, for the file before it ended with one.
        if (!options.isEmpty()) {
          options.append('\n');
        }
        options.append(latin(word.substring(2))).append(' ');
        boolean alone = word.indexOf(' ') < 0;
        boolean valueFollows = !last && !arguments.get(at + 1).startsWith("--");
        if (word.equalsIgnoreCase("--save") && !valueFollows) {
          options.append("\"\"");
        } else {
          nameMayFollow = !alone;
        }
      } else {
        options.append(Words.quote(latin(word))).append(' ');
        nameMayFollow = true;
      }
    }
    return new ServerArguments(Action.RUN, file, standardInput, options.toString());
  }

  private static String latin(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }
}
