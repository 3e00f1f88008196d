package dev.millrace.engine.command;

/**
 * What a command that may wait does with one of its keys: take from it, and reply. The command's
 * handler makes the attempt with each key in turn; when none succeeds and the client may wait, it
 * calls {@link KeyWaiters#await}, and the same attempt is made again with the key that became
 * ready.
 *
 * <p>A method reference that keeps nothing suits most commands; one that must remember something
 * from the time it began to wait (XREAD's {@code $}) makes an object of its own.
 *
 * <p>Runs on: executor thread.
 */
@FunctionalInterface
public interface KeyAttempt {
  /**
   * Tries to do the command's work with one key. The call's client, request and command are those
   * of the waiting client; what it changes is a unit of its own in the replication stream.
   *
   * @param argument index of the key among the request's arguments
   * @return false when there is nothing to be had from the key: then nothing was replied and
   *     nothing changed, and the client keeps its place
   * @throws CommandError answered to the client, whose wait is over
   */
  boolean attempt(Call call, int argument);
}
