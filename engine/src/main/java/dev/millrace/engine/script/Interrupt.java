package dev.millrace.engine.script;

/**
 * Looks now and then whether a script that runs must end.
 *
 * <p>Runs on: the thread that runs the state, in the midst of the script.
 */
@FunctionalInterface
public interface Interrupt {
  /** True when the script must end now. */
  boolean look();
}
