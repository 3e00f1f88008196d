package dev.millrace.engine.command;

import org.jspecify.annotations.Nullable;

/**
 * One client's wait for keys, from {@link KeyWaiters#await} until it is served, its time is over,
 * another client unblocks it, or it is gone.
 *
 * <p>Owned by: executor thread.
 */
public final class KeyWait implements Client.Blocker {
  /** The reply of a wait whose time is over. */
  @FunctionalInterface
  public interface TimeoutReply {
    /** Writes the reply. */
    void write(Client client);
  }

  /** What BLPOP, BLMOVE, BZPOPMIN and XREAD answer when their time is over. */
  public static final TimeoutReply NULL_ARRAY = client -> client.reply().nullArray();

  final Client client;
  final Command command;
  final int wanted;
  final KeyAttempt attempt;
  private final TimeoutReply timeoutReply;
  private final KeyWaiters waiters;
  private long spentNanos;

  /** Its places in the keys' queues. */
  @Nullable Place first;

  KeyWait(
      KeyWaiters waiters,
      Client client,
      Command command,
      int wanted,
      KeyAttempt attempt,
      TimeoutReply timeoutReply) {
    this.waiters = waiters;
    this.client = client;
    this.command = command;
    this.wanted = wanted;
    this.attempt = attempt;
    this.timeoutReply = timeoutReply;
  }

  /** The command that waits. */
  public Command command() {
    return command;
  }

  /** Notes the time its attempts took. */
  public void spent(long nanos) {
    spentNanos += nanos;
  }

  /** Time its attempts took so far. */
  public long spentNanos() {
    return spentNanos;
  }

  @Override
  public void timedOut(Client who) {
    timeoutReply.write(who);
  }

  @Override
  public void refused(Client who, String error) {
    who.reply().error(error);
    command.statistics().ended(0, true);
  }

  @Override
  public void abandoned(Client who) {
    waiters.forget(this);
  }

  /** One client's place in the queue of one key: a link in the key's chain and in the client's. */
  static final class Place {
    final KeyWait wait;
    final WaitedKey key;

    /** Index of the key among the waiting command's arguments. */
    final int argument;

    final @Nullable Place nextOfWait;
    @Nullable Place nextOfKey;
    @Nullable Place previousOfKey;

    Place(KeyWait wait, WaitedKey key, int argument) {
      this.wait = wait;
      this.key = key;
      this.argument = argument;
      this.nextOfWait = wait.first;
    }
  }

  /** A key that clients wait for, and the queue of them. Its bytes are an allocation of its own. */
  static final class WaitedKey {
    final int database;
    final long hash;
    final long address;
    final int length;

    /** What makes it ready for somebody in the queue, see {@link KeyWaiters#holding}. */
    int wanted;

    /** Waits among the ready keys to be looked at. */
    boolean ready;

    @Nullable Place first;
    @Nullable Place last;
    @Nullable WaitedKey next;

    WaitedKey(int database, long hash, long address, int length) {
      this.database = database;
      this.hash = hash;
      this.address = address;
      this.length = length;
    }
  }
}
