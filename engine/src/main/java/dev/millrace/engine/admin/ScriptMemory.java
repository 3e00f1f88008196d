package dev.millrace.engine.admin;

/**
 * What scripts and functions take, as INFO and MEMORY STATS tell it.
 *
 * @param scripts number of scripts that are kept
 * @param scriptBytes bytes of their sources and of what finds them
 * @param scriptLuaBytes bytes of the Lua state they are compiled in
 * @param libraries number of libraries
 * @param functions number of functions in them
 * @param functionBytes bytes of the libraries' sources and of what finds the functions
 * @param functionLuaBytes bytes of the Lua state the libraries are compiled in
 */
public record ScriptMemory(
    int scripts,
    long scriptBytes,
    long scriptLuaBytes,
    int libraries,
    int functions,
    long functionBytes,
    long functionLuaBytes) {
  /** Nothing. */
  public static final ScriptMemory NONE = new ScriptMemory(0, 0, 0, 0, 0, 0, 0);
}
