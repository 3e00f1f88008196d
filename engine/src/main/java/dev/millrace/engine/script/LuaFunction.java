package dev.millrace.engine.script;

/**
 * A function that Lua calls. Its arguments are the whole stack, from index 1 on; its results are
 * what it leaves on top.
 *
 * <p>Runs on: the thread that runs the state. It must leave the stack's arguments in place when it
 * throws.
 */
@FunctionalInterface
public interface LuaFunction {
  /**
   * Does the work.
   *
   * @param lua the coroutine that calls
   * @return number of results on top of the stack
   * @throws LuaError to raise an error in Lua
   */
  int run(long lua);
}
