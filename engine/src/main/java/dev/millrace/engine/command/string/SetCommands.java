package dev.millrace.engine.command.string;

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
import dev.millrace.engine.command.KeySpec;
import dev.millrace.engine.command.string.StringOptions.Expiry;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.memory.Memory;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Commands that give keys whole new values: SET, SETNX, SETEX, PSETEX, GETSET, MSET, MSETNX.
 *
 * <p>A time to live goes to the replication stream as a moment, for a replica or a recovery applies
 * it at another time: whatever set it, the effect is {@code SET key value PXAT milliseconds}.
 *
 * <p>Owned by: executor thread.
 */
final class SetCommands implements CommandGroup {
  private static final byte[] SET = "SET".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] PXAT = "PXAT".getBytes(StandardCharsets.US_ASCII);

  /** Arguments of {@code SET key value PXAT milliseconds}. */
  private static final int SET_PXAT_ARGC = 5;

  private final StringOptions options = new StringOptions();

  @Override
  public void declare(CommandTable table) {
    table.add(
        Command.named("set")
            .group("string")
            .since("1.0.0")
            .arity(-3)
            .flags(WRITE, DENYOOM)
            .categories("string")
            .keys(
                new KeySpec(
                    1,
                    "",
                    0,
                    KeySpec.Find.RANGE,
                    0,
                    1,
                    0,
                    List.of("RW", "access", "update", "variable_flags"),
                    "RW and ACCESS due to the optional `GET` argument"))
            .summary("Gives a key a string value, whatever it held before.")
            .complexity("O(1)")
            .arguments(
                Argument.key("key"),
                Argument.of("value", "string"),
                Argument.oneOf("condition", Argument.token("nx", "NX"), Argument.token("xx", "XX"))
                    .since("2.6.12")
                    .optional(),
                Argument.token("get", "GET").since("6.2.0").optional(),
                Argument.oneOf(
                        "expiration",
                        Argument.of("seconds", "integer").after("EX").since("2.6.12"),
                        Argument.of("milliseconds", "integer").after("PX").since("2.6.12"),
                        Argument.of("unix-time-seconds", "unix-time").after("EXAT").since("6.2.0"),
                        Argument.of("unix-time-milliseconds", "unix-time")
                            .after("PXAT")
                            .since("6.2.0"),
                        Argument.token("keepttl", "KEEPTTL").since("6.0.0"))
                    .optional())
            .handledBy(this::set));
    table.add(
        one("setnx", "Gives a key a string value unless it exists.", "insert")
            .flags(FAST)
            .since("1.0.0")
            .arity(3)
            .arguments(Argument.key("key"), Argument.of("value", "string"))
            .handledBy(this::setNx));
    table.add(
        one("setex", "Gives a key a string value and a time to live in seconds.", "update")
            .since("2.0.0")
            .arity(4)
            .arguments(
                Argument.key("key"),
                Argument.of("seconds", "integer"),
                Argument.of("value", "string"))
            .handledBy(call -> setWithExpiry(call, Expiry.EX)));
    table.add(
        one("psetex", "Gives a key a string value and a time to live in milliseconds.", "update")
            .since("2.6.0")
            .arity(4)
            .arguments(
                Argument.key("key"),
                Argument.of("milliseconds", "integer"),
                Argument.of("value", "string"))
            .handledBy(call -> setWithExpiry(call, Expiry.PX)));
    table.add(
        Command.named("getset")
            .group("string")
            .since("1.0.0")
            .arity(3)
            .flags(WRITE, DENYOOM, FAST)
            .categories("string")
            .keys(1, 1, 1, "RW", "access", "update")
            .summary("Gives a key a string value and returns the one it had.")
            .complexity("O(1)")
            .arguments(Argument.key("key"), Argument.of("value", "string"))
            .handledBy(this::getSet));
    declareMany(table);
  }

  private void declareMany(CommandTable table) {
    Argument pairs =
        Argument.block("key_value", Argument.key("key"), Argument.of("value", "string")).multiple();
    table.add(
        Command.named("mset")
            .group("string")
            .since("1.0.1")
            .arity(-3)
            .flags(WRITE, DENYOOM)
            .categories("string")
            .keys(1, -1, 2, "OW", "update")
            .tips("request_policy:multi_shard", "response_policy:all_succeeded")
            .summary("Gives several keys string values at once.")
            .complexity("O(N) in the number of keys.")
            .arguments(pairs)
            .handledBy(this::mSet));
    table.add(
        Command.named("msetnx")
            .group("string")
            .since("1.0.1")
            .arity(-3)
            .flags(WRITE, DENYOOM)
            .categories("string")
            .keys(1, -1, 2, "OW", "insert")
            .tips("request_policy:multi_shard", "response_policy:agg_min")
            .summary("Gives several keys string values at once, unless any of them exists.")
            .complexity("O(N) in the number of keys.")
            .arguments(pairs)
            .handledBy(this::mSetNx));
  }

  private static Command.Builder one(String name, String summary, String keyFlag) {
    return Command.named(name)
        .group("string")
        .flags(WRITE, DENYOOM)
        .categories("string")
        .keys(1, 1, 1, "OW", keyFlag)
        .summary(summary)
        .complexity("O(1)");
  }

  private void set(Call call) {
    if (call.argc() == 3) {
      store(call, 1, 2, Database.NO_EXPIRY);
      call.changed();
      call.reply().ok();
      return;
    }
    options.readSet(call);
    boolean expires = options.expiry != Expiry.NONE;
    long expireAt = Database.NO_EXPIRY;
    if (expires) {
      expireAt = options.expireAtMillis(call);
    } else if (options.keepsExpiry) {
      expireAt = Database.KEEP_EXPIRY;
    }
    if (!mayStore(call)) {
      return;
    }
    store(call, 1, 2, expireAt);
    call.changed();
    if (expires) {
      call.notify(KeyspaceEvents.GENERIC, "expire", 1);
    }
    if (!options.wantsOld) {
      call.reply().ok();
    }
    if (expires) {
      if (!isOwnEffect(call)) {
        propagateWithExpiry(call, 2, expireAt);
      }
    } else if (options.wantsOld) {
      propagateWithoutGet(call);
    }
  }

  /** True for a command that is just what {@link #propagateWithExpiry} would make of it. */
  private boolean isOwnEffect(Call call) {
    return options.expiry == Expiry.PXAT
        && call.argc() == SET_PXAT_ARGC
        && Memory.equalAscii(call.address(3), call.length(3), PXAT);
  }

  /** Judges NX and XX, and replies unless it is the OK of a value that will be stored. */
  private boolean mayStore(Call call) {
    boolean found = false;
    if (options.wantsOld) {
      long entry = call.database().find(call.address(1), call.length(1), call.keyHash(1));
      StringValue.require(entry);
      StringValue.reply(call.reply(), entry);
      found = entry != 0;
    } else if (options.onlyIfAbsent || options.onlyIfPresent) {
      found = exists(call, 1);
    } else {
      return true;
    }
    if (found ? !options.onlyIfAbsent : !options.onlyIfPresent) {
      return true;
    }
    if (!options.wantsOld) {
      call.reply().nullBulk();
    }
    return false;
  }

  private void setNx(Call call) {
    if (exists(call, 1)) {
      call.reply().integer(0);
      return;
    }
    store(call, 1, 2, Database.NO_EXPIRY);
    call.changed();
    call.reply().integer(1);
  }

  private void setWithExpiry(Call call, Expiry expiry) {
    long expireAt = StringOptions.expireAtMillis(call, 2, expiry);
    store(call, 1, 3, expireAt);
    call.changed();
    call.notify(KeyspaceEvents.GENERIC, "expire", 1);
    call.reply().ok();
    propagateWithExpiry(call, 3, expireAt);
  }

  private void getSet(Call call) {
    long entry = call.database().find(call.address(1), call.length(1), call.keyHash(1));
    StringValue.require(entry);
    StringValue.reply(call.reply(), entry);
    store(call, 1, 2, Database.NO_EXPIRY);
    call.changed();
    call.effect(3)
        .argument(SET)
        .argument(call.address(1), call.length(1))
        .argument(call.address(2), call.length(2));
  }

  private void mSet(Call call) {
    requirePairs(call);
    storePairs(call);
    call.reply().ok();
  }

  private void mSetNx(Call call) {
    requirePairs(call);
    for (int i = 1; i < call.argc(); i += 2) {
      if (exists(call, i)) {
        call.reply().integer(0);
        return;
      }
    }
    storePairs(call);
    call.reply().integer(1);
  }

  private static void requirePairs(Call call) {
    if ((call.argc() & 1) == 0) {
      throw new CommandError(
          "ERR wrong number of arguments for '" + call.command().fullName() + "' command");
    }
  }

  private static void storePairs(Call call) {
    for (int i = 1; i < call.argc(); i += 2) {
      store(call, i, i + 1, Database.NO_EXPIRY);
    }
    call.changed(call.argc() / 2);
  }

  private static boolean exists(Call call, int key) {
    return call.database().findForWrite(call.address(key), call.length(key), call.keyHash(key))
        != 0;
  }

  private static void store(Call call, int key, int value, long expireAt) {
    call.database()
        .setString(
            call.address(key),
            call.length(key),
            call.keyHash(key),
            call.address(value),
            call.length(value),
            expireAt);
    call.keyChanged(key);
    call.notify(KeyspaceEvents.STRING, "set", key);
  }

  private static void propagateWithExpiry(Call call, int value, long expireAt) {
    call.effect(SET_PXAT_ARGC)
        .argument(SET)
        .argument(call.address(1), call.length(1))
        .argument(call.address(value), call.length(value))
        .argument(PXAT)
        .argument(expireAt);
  }

  /** The old value is for the client alone, so the stream carries SET without GET. */
  private static void propagateWithoutGet(Call call) {
    int argc = 0;
    for (int i = 0; i < call.argc(); i++) {
      argc += isGetOption(call, i) ? 0 : 1;
    }
    Effects effect = call.effect(argc);
    for (int i = 0; i < call.argc(); i++) {
      if (!isGetOption(call, i)) {
        effect.argument(call.address(i), call.length(i));
      }
    }
  }

  private static boolean isGetOption(Call call, int argument) {
    return argument >= 3 && StringOptions.isGet(call, argument);
  }
}
