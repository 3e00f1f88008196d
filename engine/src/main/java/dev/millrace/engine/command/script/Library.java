package dev.millrace.engine.command.script;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One library of functions.
 *
 * <p>Owned by: executor thread.
 */
final class Library {
  /**
   * One function.
   *
   * @param reference its number in the registry of the Lua state
   */
  record Function(
      String name,
      @Nullable String description,
      Set<ScriptFlag> flags,
      int reference,
      Library library) {}

  final String name;
  final byte[] source;
  final Map<String, Function> functions = new LinkedHashMap<>();

  Library(String name, byte[] source) {
    this.name = name;
    this.source = source;
  }
}
