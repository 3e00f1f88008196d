package dev.millrace.engine.command;

/** A set of commands that belong together, each declared as one unit. */
public interface CommandGroup {
  /** Adds every command of the group to {@code table}. */
  void declare(CommandTable table);
}
