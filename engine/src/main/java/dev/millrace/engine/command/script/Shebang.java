package dev.millrace.engine.command.script;

import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.config.Words;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The first line of a script or a library, {@code #!lua name=x flags=a,b}, taken apart.
 *
 * <p>Immutable.
 */
final class Shebang {
  private final @Nullable Set<ScriptFlag> flags;
  private final String name;
  private final byte[] code;

  private Shebang(@Nullable Set<ScriptFlag> flags, String name, byte[] code) {
    this.flags = flags;
    this.name = name;
    this.code = code;
  }

  /** What it says of a script; null when there is no such line. */
  @Nullable Set<ScriptFlag> flags() {
    return flags;
  }

  /** The name of a library, empty for a script. */
  String name() {
    return name;
  }

  /**
   * The source without that line, which leaves its line break so that lines keep their numbers. Not
   * to be changed.
   */
  byte[] code() {
    return code;
  }

  private static boolean isThere(byte[] source) {
    return source.length >= 2 && source[0] == '#' && source[1] == '!';
  }

  /** Where the first line ends, or -1. */
  private static int lineEnd(byte[] source) {
    for (int i = 0; i < source.length; i++) {
      if (source[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  private static List<String> words(byte[] source, int end, String otherwise) {
    List<String> words = Words.split(new String(source, 0, end, StandardCharsets.ISO_8859_1));
    if (words == null || words.isEmpty()) {
      throw new CommandError(otherwise);
    }
    return words;
  }

  /** Of a script for EVAL. */
  static Shebang ofScript(byte[] source) {
    if (!isThere(source)) {
      return new Shebang(null, "", source);
    }
    int end = lineEnd(source);
    if (end < 0) {
      throw new CommandError("ERR Invalid script shebang");
    }
    List<String> words = words(source, end, "ERR Invalid engine in script shebang");
    if (!words.get(0).equals("#!lua")) {
      throw new CommandError("ERR Unexpected engine in script shebang: " + words.get(0));
    }
    Set<ScriptFlag> flags = EnumSet.noneOf(ScriptFlag.class);
    for (String word : words.subList(1, words.size())) {
      if (!word.startsWith("flags=")) {
        throw new CommandError("ERR Unknown lua shebang option: " + word);
      }
      String list = word.substring("flags=".length());
      for (String each : list.isEmpty() ? new String[0] : list.split(",", -1)) {
        ScriptFlag flag = ScriptFlag.of(each);
        if (flag == null) {
          throw new CommandError("ERR Unexpected flag in script shebang: " + each);
        }
        flags.add(flag);
      }
    }
    return new Shebang(flags, "", Arrays.copyOfRange(source, end, source.length));
  }

  /** Of a library for FUNCTION LOAD. */
  static Shebang ofLibrary(byte[] source) {
    if (!isThere(source)) {
      throw new CommandError("ERR Missing library metadata");
    }
    int end = lineEnd(source);
    if (end < 0) {
      throw new CommandError("ERR Invalid library metadata");
    }
    List<String> words = words(source, end, "ERR Invalid library metadata");
    String name = null;
    for (String word : words.subList(1, words.size())) {
      if (!word.toLowerCase(Locale.ROOT).startsWith("name=")) {
        throw new CommandError("ERR Invalid metadata value given: " + word);
      }
      if (name != null) {
        throw new CommandError(
            "ERR Invalid metadata value, name argument was given multiple times");
      }
      name = word.substring("name=".length());
    }
    if (name == null) {
      throw new CommandError("ERR Library name was not given");
    }
    requireName(name);
    String engine = words.get(0).substring(2);
    if (!engine.equalsIgnoreCase("lua")) {
      throw new CommandError("ERR Engine '" + engine + "' not found");
    }
    return new Shebang(null, name, Arrays.copyOfRange(source, end, source.length));
  }

  /** The rule for names of libraries and functions; its text names only the former, as Redis's. */
  static boolean isName(String name) {
    return !name.isEmpty()
        && name.chars()
            .allMatch(c ->
                c == '_'
                    || (c >= '0' && c <= '9')
                    || (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z'));
  }

  static final String NAME_RULE =
      "ERR Library names can only contain letters, numbers, or underscores(_) and must be at least"
          + " one character long";

  private static void requireName(String name) {
    if (!isName(name)) {
      throw new CommandError(NAME_RULE);
    }
  }
}
