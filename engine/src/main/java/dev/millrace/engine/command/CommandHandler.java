package dev.millrace.engine.command;

/** The work of one command. Runs on the executor thread and never waits. */
@FunctionalInterface
public interface CommandHandler {
  /**
   * Runs the command: reads {@code call}'s arguments, changes the keyspace, writes exactly one
   * reply.
   *
   * @throws CommandError to answer an error instead; nothing may have been changed or replied
   *     before
   */
  void run(Call call);
}
