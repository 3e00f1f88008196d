package dev.millrace.engine.command.hash;

import static dev.millrace.engine.command.CommandFlag.DENYOOM;
import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.Effects;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.value.HashType;
import java.nio.charset.StandardCharsets;

/**
 * Commands of Redis 7.4 that set or clear when fields expire: HEXPIRE, HPEXPIRE, HEXPIREAT,
 * HPEXPIREAT, HPERSIST.
 *
 * <p>The stream carries moments, and only for the fields that were set: HPEXPIREAT, or HDEL for
 * those whose moment is past.
 *
 * <p>Owned by: executor thread.
 */
final class FieldExpiryCommands implements CommandGroup {
  private static final byte[] NX = "nx".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] XX = "xx".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] GT = "gt".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] LT = "lt".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] HDEL = "HDEL".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] HPEXPIREAT = "HPEXPIREAT".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] FIELDS = "FIELDS".getBytes(StandardCharsets.US_ASCII);

  /** The latest moment a field may expire at, as in Redis: 46 bits of milliseconds. */
  private static final long LATEST_MILLIS = (1L << 46) - 1;

  private static final int NO_FIELD = -2;
  private static final int NOT_SET = 0;
  private static final int SET = 1;
  private static final int DELETED = 2;

  private static final CommandError NEGATIVE =
      new CommandError("ERR invalid expire time, must be >= 0");
  private static final CommandError NO_COUNT =
      new CommandError("ERR Parameter `numFields` should be greater than 0");

  private final HashType hashes;

  /** What became of each field of the command that runs. */
  private byte[] outcomes = new byte[16];

  FieldExpiryCommands(HashType hashes) {
    this.hashes = hashes;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        expiring("hexpire", "Lets fields live so many seconds more.", "seconds", "integer")
            .handledBy(call -> expire(call, 1000, true)));
    table.add(
        expiring(
                "hpexpire",
                "Lets fields live so many milliseconds more.",
                "milliseconds",
                "integer")
            .handledBy(call -> expire(call, 1, true)));
    table.add(
        expiring(
                "hexpireat",
                "Lets fields live until a moment in seconds.",
                "unix-time-seconds",
                "unix-time")
            .handledBy(call -> expire(call, 1000, false)));
    table.add(
        expiring(
                "hpexpireat",
                "Lets fields live until a moment in milliseconds.",
                "unix-time-milliseconds",
                "unix-time")
            .handledBy(call -> expire(call, 1, false)));
    table.add(
        HashCommands.onHash("hpersist", "Lets fields live on without an expiry.")
            .since("7.4.0")
            .arity(-5)
            .flags(WRITE, FAST)
            .keys(1, 1, 1, "RW", "update")
            .complexity("O(N) in the number of fields named.")
            .arguments(Argument.key("key"), NamedFields.argument())
            .handledBy(this::persist));
  }

  private static Command.Builder expiring(
      String name, String summary, String time, String timeType) {
    return HashCommands.onHash(name, summary)
        .since("7.4.0")
        .arity(-6)
        .flags(WRITE, DENYOOM, FAST)
        .keys(1, 1, 1, "RW", "update")
        .complexity("O(N) in the number of fields named.")
        .arguments(
            Argument.key("key"),
            Argument.of(time, timeType),
            Argument.oneOf(
                    "condition",
                    Argument.token("nx", "NX"),
                    Argument.token("xx", "XX"),
                    Argument.token("gt", "GT"),
                    Argument.token("lt", "LT"))
                .optional(),
            NamedFields.argument());
  }

  private void expire(Call call, int unit, boolean relative) {
    long entry = HashCommands.findForWrite(call);
    long at = moment(call, 2, unit, relative);
    boolean conditional = call.is(3, NX) || call.is(3, XX) || call.is(3, GT) || call.is(3, LT);
    int first = NamedFields.first(call, conditional ? 4 : 3, NO_COUNT);
    if (entry == 0) {
      NamedFields.replyEach(call, first, NO_FIELD);
      return;
    }
    Database database = call.database();
    long hash = call.keyHash(1);
    boolean past = call.keyspace().isPastMoment(at);
    int count = call.argc() - first;
    outcomes = outcomes.length < count ? new byte[count] : outcomes;
    int done = 0;
    for (int i = 0; i < count; i++) {
      long field = call.address(first + i);
      int length = call.length(first + i);
      long before = hashes.expireAt(entry, field, length);
      int outcome = NOT_SET;
      if (before == HashType.NO_FIELD) {
        outcome = NO_FIELD;
      } else if (!conditional || allows(call, before, at)) {
        outcome = past ? DELETED : SET;
        entry =
            past
                ? hashes.remove(database, entry, hash, field, length)
                : hashes.expire(database, entry, hash, field, length, at);
        done++;
      }
      outcomes[i] = (byte) outcome;
    }
    boolean emptied = hashes.length(entry) == 0;
    if (emptied) {
      database.delete(entry, hash);
    }
    if (done > 0) {
      call.changed(done);
      propagate(call, first, count, done, past, at);
      call.keyChanged(1);
      call.notify(KeyspaceEvents.HASH, past ? "hdel" : "hexpire", 1);
      if (emptied) {
        call.notify(KeyspaceEvents.GENERIC, "del", 1);
      }
    }
    call.reply().array(count);
    for (int i = 0; i < count; i++) {
      call.reply().integer(outcomes[i]);
    }
  }

  /** The moment in milliseconds that an argument names. */
  static long moment(Call call, int argument, int unit, boolean relative) {
    long given = call.longArgument(argument);
    if (given < 0) {
      throw NEGATIVE;
    }
    long base = relative ? call.nowMillis() : 0;
    if (given > LATEST_MILLIS / unit || given * unit > LATEST_MILLIS - base) {
      throw new CommandError("ERR invalid expire time in '" + call.command().name() + "' command");
    }
    return base + given * unit;
  }

  private static boolean allows(Call call, long before, long at) {
    boolean has = before != HashType.NO_EXPIRY;
    if (call.is(3, NX)) {
      return !has;
    }
    if (call.is(3, XX)) {
      return has;
    }
    // Without an expiry a field lives for ever: nothing is later, everything earlier.
    return call.is(3, GT) ? has && at > before : !has || at < before;
  }

  private void propagate(Call call, int first, int count, int done, boolean past, long at) {
    Effects effect = call.effect(past ? 2 + done : 5 + done);
    effect.argument(past ? HDEL : HPEXPIREAT).argument(call.address(1), call.length(1));
    if (!past) {
      effect.argument(at).argument(FIELDS).argument(done);
    }
    for (int i = 0; i < count; i++) {
      if (outcomes[i] == SET || outcomes[i] == DELETED) {
        effect.argument(call.address(first + i), call.length(first + i));
      }
    }
  }

  private void persist(Call call) {
    long entry = HashCommands.findForWrite(call);
    int first = NamedFields.first(call, 2, NamedFields.COUNT_NOT_POSITIVE);
    if (entry == 0) {
      NamedFields.replyEach(call, first, NO_FIELD);
      return;
    }
    Database database = call.database();
    long hash = call.keyHash(1);
    long done = 0;
    call.reply().array(call.argc() - first);
    for (int i = first; i < call.argc(); i++) {
      long before = hashes.expireAt(entry, call.address(i), call.length(i));
      if (before >= 0) {
        entry =
            hashes.expire(
                database, entry, hash, call.address(i), call.length(i), HashType.NO_EXPIRY);
        done++;
      }
      call.reply().integer(before >= 0 ? 1 : before);
    }
    if (done > 0) {
      call.changed(done);
      call.keyChanged(1);
      call.notify(KeyspaceEvents.HASH, "hpersist", 1);
    }
  }
}
