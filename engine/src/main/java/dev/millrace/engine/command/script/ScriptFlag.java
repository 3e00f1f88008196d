package dev.millrace.engine.command.script;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a script says of itself, in its first line or when it registers a function. */
enum ScriptFlag {
  NO_WRITES,
  ALLOW_OOM,
  ALLOW_STALE,
  NO_CLUSTER,
  ALLOW_CROSS_SLOT_KEYS;

  private final String word = name().toLowerCase(Locale.ROOT).replace('_', '-');

  String word() {
    return word;
  }

  static @Nullable ScriptFlag of(String word) {
    for (ScriptFlag flag : values()) {
      if (flag.word.equals(word)) {
        return flag;
      }
    }
    return null;
  }
}
