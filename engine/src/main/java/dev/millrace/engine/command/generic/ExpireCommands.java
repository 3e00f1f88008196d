package dev.millrace.engine.command.generic;

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
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.keyspace.ExpiryMode;
import java.nio.charset.StandardCharsets;

/**
 * Commands that set or clear when a key expires: EXPIRE, PEXPIRE, EXPIREAT, PEXPIREAT, PERSIST.
 *
 * <p>The stream carries the moment, never a time to live: PEXPIREAT, or DEL when the moment is
 * past.
 *
 * <p>Owned by: executor thread.
 */
final class ExpireCommands implements CommandGroup {
  private static final byte[] NX = "nx".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] XX = "xx".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] GT = "gt".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] LT = "lt".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DEL = "DEL".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] PEXPIREAT = "PEXPIREAT".getBytes(StandardCharsets.US_ASCII);

  private static final int ONLY_WITHOUT = 1;
  private static final int ONLY_WITH = 2;
  private static final int ONLY_LATER = 4;
  private static final int ONLY_EARLIER = 8;

  private static final CommandError NX_WITH_OTHERS =
      new CommandError("ERR NX and XX, GT or LT options at the same time are not compatible");
  private static final CommandError GT_WITH_LT =
      new CommandError("ERR GT and LT options at the same time are not compatible");

  @Override
  public void declare(CommandTable table) {
    table.add(
        expiring("expire", "1.0.0", "seconds", "integer", "Lets a key live so many seconds more.")
            .handledBy(call -> expire(call, true, true)));
    table.add(
        expiring(
                "pexpire",
                "2.6.0",
                "milliseconds",
                "integer",
                "Lets a key live so many milliseconds more.")
            .handledBy(call -> expire(call, false, true)));
    table.add(
        expiring(
                "expireat",
                "1.2.0",
                "unix-time-seconds",
                "unix-time",
                "Lets a key live until a Unix time in seconds.")
            .handledBy(call -> expire(call, true, false)));
    table.add(
        expiring(
                "pexpireat",
                "2.6.0",
                "unix-time-milliseconds",
                "unix-time",
                "Lets a key live until a Unix time in milliseconds.")
            .handledBy(call -> expire(call, false, false)));
    table.add(
        Command.named("persist")
            .group("generic")
            .since("2.2.0")
            .arity(2)
            .flags(WRITE, FAST)
            .categories("keyspace")
            .keys(1, 1, 1, "RW", "update")
            .summary("Lets a key live for ever.")
            .complexity("O(1)")
            .arguments(Argument.key("key"))
            .handledBy(this::persist));
  }

  private static Command.Builder expiring(
      String name, String since, String argument, String argumentType, String summary) {
    return Command.named(name)
        .group("generic")
        .since(since)
        .arity(-3)
        .flags(WRITE, FAST)
        .categories("keyspace")
        .keys(1, 1, 1, "RW", "update")
        .summary(summary)
        .complexity("O(1)")
        .arguments(
            Argument.key("key"),
            Argument.of(argument, argumentType),
            Argument.oneOf(
                    "condition",
                    Argument.token("nx", "NX"),
                    Argument.token("xx", "XX"),
                    Argument.token("gt", "GT"),
                    Argument.token("lt", "LT"))
                .since("7.0.0")
                .optional());
  }

  private static void expire(Call call, boolean inSeconds, boolean relative) {
    int conditions = conditions(call);
    long at = moment(call, inSeconds, relative);
    Database database = call.database();
    long hash = call.keyHash(1);
    long entry = database.findForWrite(call.address(1), call.length(1), hash);
    if (entry == 0 || (conditions != 0 && !holds(conditions, Entry.expireAt(entry), at))) {
      call.reply().integer(0);
      return;
    }
    call.changed();
    String event = "expire";
    // Only a master may conclude that time is over; a replica waits for its master to say so.
    if (at <= call.nowMillis() && call.keyspace().expiryMode() == ExpiryMode.DELETE) {
      database.delete(entry, hash);
      event = "del";
      call.effect(2).argument(DEL).argument(call.address(1), call.length(1));
    } else {
      database.setExpire(entry, hash, Math.max(0, at));
      if (inSeconds || relative) {
        propagate(call, at);
      }
    }
    call.keyChanged(1);
    call.notify(KeyspaceEvents.GENERIC, event, 1);
    call.reply().integer(1);
  }

  private static int conditions(Call call) {
    int conditions = 0;
    for (int i = 3; i < call.argc(); i++) {
      if (call.is(i, NX)) {
        conditions |= ONLY_WITHOUT;
      } else if (call.is(i, XX)) {
        conditions |= ONLY_WITH;
      } else if (call.is(i, GT)) {
        conditions |= ONLY_LATER;
      } else if (call.is(i, LT)) {
        conditions |= ONLY_EARLIER;
      } else {
        throw new CommandError("ERR Unsupported option " + call.text(i));
      }
    }
    if ((conditions & ONLY_WITHOUT) != 0 && conditions != ONLY_WITHOUT) {
      throw NX_WITH_OTHERS;
    }
    if ((conditions & ONLY_LATER) != 0 && (conditions & ONLY_EARLIER) != 0) {
      throw GT_WITH_LT;
    }
    return conditions;
  }

  /** When the key is to expire, in Unix milliseconds; a moment in the past may be negative. */
  private static long moment(Call call, boolean inSeconds, boolean relative) {
    long value = call.longArgument(2);
    if (inSeconds && (value > Long.MAX_VALUE / 1000 || value < Long.MIN_VALUE / 1000)) {
      throw invalidExpiry(call);
    }
    long millis = inSeconds ? value * 1000 : value;
    long base = relative ? call.nowMillis() : 0;
    if (millis > Long.MAX_VALUE - base) {
      throw invalidExpiry(call);
    }
    return millis + base;
  }

  private static CommandError invalidExpiry(Call call) {
    return new CommandError(
        "ERR invalid expire time in '" + call.command().fullName() + "' command");
  }

  /** Whether every condition lets the expiry change; a key without one expires last of all. */
  private static boolean holds(int conditions, long now, long wanted) {
    boolean expires = now != Entry.NO_EXPIRY;
    if ((conditions & ONLY_WITHOUT) != 0 && expires) {
      return false;
    }
    if ((conditions & ONLY_WITH) != 0 && !expires) {
      return false;
    }
    if ((conditions & ONLY_LATER) != 0 && (!expires || wanted <= now)) {
      return false;
    }
    return (conditions & ONLY_EARLIER) == 0 || !expires || wanted < now;
  }

  /** The command as PEXPIREAT, its conditions kept as Redis keeps them: they hold again there. */
  private static void propagate(Call call, long at) {
    Effects effect = call.effect(call.argc());
    effect.argument(PEXPIREAT).argument(call.address(1), call.length(1)).argument(at);
    for (int i = 3; i < call.argc(); i++) {
      effect.argument(call.address(i), call.length(i));
    }
  }

  private void persist(Call call) {
    Database database = call.database();
    long hash = call.keyHash(1);
    long entry = database.findForWrite(call.address(1), call.length(1), hash);
    if (entry == 0 || !database.persist(entry, hash)) {
      call.reply().integer(0);
      return;
    }
    call.changed();
    call.keyChanged(1);
    call.notify(KeyspaceEvents.GENERIC, "persist", 1);
    call.reply().integer(1);
  }
}
