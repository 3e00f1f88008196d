package dev.millrace.engine.command;

import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.keyspace.Watches;
import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.protocol.Request;
import org.jspecify.annotations.Nullable;

/**
 * One running command: its arguments, its client, its reply, and what it does to the dataset. One
 * instance serves every command in turn.
 *
 * <p>Owned by: executor thread.
 */
public final class Call {
  private final Keyspace keyspace;
  private final Watches watches;
  private final KeyWaiters waiters;
  private final Effects effects;

  private @Nullable KeyEventListener keyEvents;
  private TrackedKeys tracked = TrackedKeys.NONE;
  private @Nullable Client current;
  private Client client;
  private Request request;
  private Command command;
  private long nowMillis;
  private long changes;
  private boolean replaced;
  private long changesTotal;

  /**
   * Binds the parts that do not change from command to command.
   *
   * @param internal the client that stands in until the first real one runs
   */
  public Call(
      Keyspace keyspace,
      Watches watches,
      KeyWaiters waiters,
      Effects effects,
      Client internal,
      Command none) {
    this.keyspace = keyspace;
    this.watches = watches;
    this.waiters = waiters;
    this.effects = effects;
    this.client = internal;
    this.request = new Request();
    this.command = none;
  }

  /** Turns to the next command. Only the dispatcher calls it. */
  public void begin(Client who, Request what, Command which, long millis) {
    this.client = who;
    this.request = what;
    this.command = which;
    this.nowMillis = millis;
    this.changes = 0;
    this.replaced = false;
  }

  /** What {@link #begin} and the command since then have set, to be put back later. */
  public record Moment(
      Client client,
      Request request,
      Command command,
      long nowMillis,
      long changes,
      boolean replaced) {}

  /** The present command's state, for when another is to run in its midst. */
  public Moment moment() {
    return new Moment(client, request, command, nowMillis, changes, replaced);
  }

  /** Goes on with a command where {@link #moment} was called. */
  public void resume(Moment moment) {
    this.client = moment.client;
    this.request = moment.request;
    this.command = moment.command;
    this.nowMillis = moment.nowMillis;
    this.changes = moment.changes;
    this.replaced = moment.replaced;
  }

  /** Ends the command: what it changed goes to the unit's effects. Only the dispatcher calls it. */
  public void end() {
    if (changes > 0) {
      changesTotal += changes;
      if (!replaced) {
        effects.verbatim(client.database(), request);
      }
    }
  }

  public Client client() {
    return client;
  }

  public Request request() {
    return request;
  }

  /** The command that runs; for a subcommand that one, not its container. */
  public Command command() {
    return command;
  }

  public ReplyWriter reply() {
    return client.reply();
  }

  public Keyspace keyspace() {
    return keyspace;
  }

  /** The database the client has selected. */
  public Database database() {
    return keyspace.database(client.database());
  }

  /** The time this command sees throughout, in milliseconds since the epoch. */
  public long nowMillis() {
    return nowMillis;
  }

  public int argc() {
    return request.argc();
  }

  public long address(int argument) {
    return request.address(argument);
  }

  public int length(int argument) {
    return request.length(argument);
  }

  /** Case-insensitive comparison of an argument with a word given in lower case. */
  public boolean is(int argument, byte[] lowerCaseWord) {
    return request.is(argument, lowerCaseWord);
  }

  public String text(int argument) {
    return request.text(argument);
  }

  /** The hash of a key argument; the first key's was computed on the I/O thread already. */
  public long keyHash(int argument) {
    if (argument == command.firstKey() && request.command() == command) {
      return request.keyHash();
    }
    return Memory.hash(request.address(argument), request.length(argument));
  }

  /**
   * An argument as a signed 64-bit integer.
   *
   * @throws CommandError "ERR value is not an integer or out of range"
   */
  public long longArgument(int argument) {
    return longArgument(argument, CommandError.NOT_AN_INTEGER);
  }

  /** An argument as a signed 64-bit integer, or the given error. */
  public long longArgument(int argument, CommandError otherwise) {
    long at = request.address(argument);
    int bytes = request.length(argument);
    if (!Decimal.isLong(at, bytes)) {
      throw otherwise;
    }
    return Decimal.parse(at, bytes);
  }

  /**
   * Says that the command changed the dataset {@code count} times. Unless the handler gives other
   * effects through {@link #effect}, the command goes to the replication stream as it arrived.
   */
  public void changed(long count) {
    changes += count;
  }

  /** Says that the command changed the dataset once. */
  public void changed() {
    changes++;
  }

  /**
   * Begins an effect to be propagated in place of the command itself, on the client's database,
   * with {@code argc} arguments, its name included. May be called several times.
   */
  public Effects effect(int argc) {
    replaced = true;
    return effects.command(client.database(), argc);
  }

  /** As {@link #effect(int)}, on another database. */
  public Effects effectOn(int database, int argc) {
    replaced = true;
    return effects.command(database, argc);
  }

  /**
   * Nothing is propagated although the dataset changed (the change speaks for itself elsewhere).
   */
  public void withoutPropagation() {
    replaced = true;
  }

  /**
   * Says that what expired under the command is propagated key by key, not as one transaction. A
   * transaction or a script around the command stays one.
   */
  public void expiredApart() {
    if (effects.count() > 1 && !client.mayNotBlock()) {
      effects.apart();
    }
  }

  /** Propagates the command as it arrived even though it changed no key. */
  public void propagateAnyway() {
    if (changes == 0 && !replaced) {
      replaced = true;
      effects.verbatim(client.database(), request);
    }
  }

  /**
   * Says that the value of a key argument changed, after it has: whoever watches it will fail its
   * EXEC, and whoever waits for it is looked at when the unit is over.
   */
  public void keyChanged(int argument) {
    if ((watches.watchedKeys() | waiters.waitedKeys() | tracked.interest()) != 0) {
      keyChanged(
          database(), request.address(argument), request.length(argument), keyHash(argument));
    }
  }

  /** Says that the value of a key in some database changed, after it has. */
  public void keyChanged(Database database, long keyAddress, int keyLength, long hash) {
    if ((watches.watchedKeys() | waiters.waitedKeys() | tracked.interest()) != 0) {
      watches.touched(database, keyAddress, keyLength, hash);
      waiters.touched(database, keyAddress, keyLength, hash);
      tracked.changed(database, keyAddress, keyLength, hash);
    }
  }

  /**
   * As {@link #keyChanged(int)}, for a change that cannot be what anybody waits for: entries were
   * taken out of a stream.
   */
  public void keyReduced(int argument) {
    if ((watches.watchedKeys() | tracked.interest()) != 0) {
      long hash = keyHash(argument);
      watches.touched(database(), request.address(argument), request.length(argument), hash);
      tracked.changed(database(), request.address(argument), request.length(argument), hash);
    }
  }

  /** Says that a whole database, or all of them, went (FLUSHDB, FLUSHALL). */
  public void databaseFlushed() {
    tracked.flushed();
  }

  /** Sets who is told of changed keys for those that keep copies of them. */
  public void onKeyChange(TrackedKeys listener) {
    this.tracked = listener;
  }

  /** The client whose command runs now, or whose transaction or script; null between units. */
  public @Nullable Client current() {
    return current;
  }

  /** Says whose unit begins, or with null that it has ended. Only the dispatcher calls it. */
  public void current(@Nullable Client client) {
    this.current = client;
  }

  /** Sets who is told of {@link #notify}; there is one, or none. */
  public void onKeyEvent(@Nullable KeyEventListener listener) {
    this.keyEvents = listener;
  }

  /**
   * Tells of an event for keyspace notifications.
   *
   * @param eventClass one bit of {@link dev.millrace.engine.config.KeyspaceEvents}
   * @param event its name, such as {@code lpush}
   * @param argument index of the key it happened to, in the client's database
   */
  public void notify(int eventClass, String event, int argument) {
    notify(eventClass, event, database(), request.address(argument), request.length(argument));
  }

  /** As {@link #notify(int, String, int)}, for a key anywhere. */
  public void notify(
      int eventClass, String event, Database database, long keyAddress, int keyLength) {
    KeyEventListener listener = keyEvents;
    if (listener != null) {
      listener.happened(eventClass, event, database, keyAddress, keyLength);
    }
  }

  public Watches watches() {
    return watches;
  }

  /** Who waits for keys; a command that must wait says so there. */
  public KeyWaiters waiters() {
    return waiters;
  }

  /** Changes since the start, for INFO's rdb_changes_since_last_save. */
  public long changesTotal() {
    return changesTotal;
  }
}
