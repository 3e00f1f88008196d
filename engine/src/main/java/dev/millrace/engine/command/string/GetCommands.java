package dev.millrace.engine.command.string;

import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.READONLY;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.KeySpec;
import dev.millrace.engine.command.string.StringOptions.Expiry;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.keyspace.ExpiryMode;
import dev.millrace.engine.protocol.ReplyWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Commands that read whole values: GET, MGET, and GETDEL and GETEX, which also change the key. What
 * those two do goes to the replication stream as the plain change: DEL, PEXPIREAT or PERSIST.
 *
 * <p>Owned by: executor thread.
 */
final class GetCommands implements CommandGroup {
  private static final byte[] DEL = "DEL".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] PEXPIREAT = "PEXPIREAT".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] PERSIST = "PERSIST".getBytes(StandardCharsets.US_ASCII);

  private final StringOptions options = new StringOptions();

  @Override
  public void declare(CommandTable table) {
    table.add(
        Command.named("get")
            .group("string")
            .since("1.0.0")
            .arity(2)
            .flags(READONLY, FAST)
            .categories("string")
            .keys(1, 1, 1, "RO", "access")
            .summary("Returns the string value of a key.")
            .complexity("O(1)")
            .arguments(Argument.key("key"))
            .handledBy(this::get));
    table.add(
        Command.named("mget")
            .group("string")
            .since("1.0.0")
            .arity(-2)
            .flags(READONLY, FAST)
            .categories("string")
            .keys(1, -1, 1, "RO", "access")
            .tips("request_policy:multi_shard")
            .summary("Returns the string values of several keys.")
            .complexity("O(N) in the number of keys.")
            .arguments(Argument.key("key").multiple())
            .handledBy(this::mGet));
    table.add(
        Command.named("getdel")
            .group("string")
            .since("6.2.0")
            .arity(2)
            .flags(WRITE, FAST)
            .categories("string")
            .keys(1, 1, 1, "RW", "access", "delete")
            .summary("Returns the string value of a key and deletes the key.")
            .complexity("O(1)")
            .arguments(Argument.key("key"))
            .handledBy(this::getDel));
    table.add(
        Command.named("getex")
            .group("string")
            .since("6.2.0")
            .arity(-2)
            .flags(WRITE, FAST)
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
                    List.of("RW", "access", "update"),
                    "RW and UPDATE because it changes the TTL"))
            .summary("Returns the string value of a key and sets or clears its expiry.")
            .complexity("O(1)")
            .arguments(
                Argument.key("key"),
                Argument.oneOf(
                        "expiration",
                        Argument.of("seconds", "integer").after("EX"),
                        Argument.of("milliseconds", "integer").after("PX"),
                        Argument.of("unix-time-seconds", "unix-time").after("EXAT"),
                        Argument.of("unix-time-milliseconds", "unix-time").after("PXAT"),
                        Argument.token("persist", "PERSIST"))
                    .optional())
            .handledBy(this::getEx));
  }

  private void get(Call call) {
    long entry = find(call, 1);
    StringValue.require(entry);
    StringValue.reply(call.reply(), entry);
  }

  private void mGet(Call call) {
    ReplyWriter reply = call.reply();
    reply.array(call.argc() - 1L);
    for (int i = 1; i < call.argc(); i++) {
      long entry = find(call, i);
      boolean isString = entry != 0 && Entry.type(entry) == Entry.STRING;
      StringValue.reply(reply, isString ? entry : 0);
    }
  }

  private void getDel(Call call) {
    long entry = find(call, 1);
    StringValue.require(entry);
    StringValue.reply(call.reply(), entry);
    if (entry != 0) {
      delete(call, entry);
    }
  }

  private void getEx(Call call) {
    options.readGetEx(call);
    long entry = find(call, 1);
    StringValue.require(entry);
    if (entry == 0) {
      call.reply().nullBulk();
      return;
    }
    boolean expires = options.expiry != Expiry.NONE;
    long expireAt = expires ? options.expireAtMillis(call) : Database.NO_EXPIRY;
    StringValue.reply(call.reply(), entry);
    Database database = call.database();
    if (expires && !options.expiry.relative && isPast(call, expireAt)) {
      delete(call, entry);
    } else if (expires) {
      database.setExpire(entry, call.keyHash(1), expireAt);
      call.changed();
      call.keyChanged(1);
      call.notify(KeyspaceEvents.GENERIC, "expire", 1);
      call.effect(3)
          .argument(PEXPIREAT)
          .argument(call.address(1), call.length(1))
          .argument(expireAt);
    } else if (options.persists && database.persist(entry, call.keyHash(1))) {
      call.changed();
      call.keyChanged(1);
      call.notify(KeyspaceEvents.GENERIC, "persist", 1);
      call.effect(2).argument(PERSIST).argument(call.address(1), call.length(1));
    }
  }

  /** Only a master may conclude that time is over; a replica waits for its master to say so. */
  private static boolean isPast(Call call, long expireAt) {
    return expireAt <= call.nowMillis() && call.keyspace().expiryMode() == ExpiryMode.DELETE;
  }

  private static void delete(Call call, long entry) {
    call.database().delete(entry, call.keyHash(1));
    call.changed();
    call.keyChanged(1);
    call.notify(KeyspaceEvents.GENERIC, "del", 1);
    call.effect(2).argument(DEL).argument(call.address(1), call.length(1));
  }

  private static long find(Call call, int key) {
    return call.database().find(call.address(key), call.length(key), call.keyHash(key));
  }
}
