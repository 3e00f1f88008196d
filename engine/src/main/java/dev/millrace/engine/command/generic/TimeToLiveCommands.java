package dev.millrace.engine.command.generic;

import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.READONLY;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.keyspace.Entry;

/**
 * Commands that tell when a key expires: TTL, PTTL, EXPIRETIME, PEXPIRETIME. They answer -2 for no
 * key and -1 for no expiry; seconds are rounded to the nearest.
 *
 * <p>Owned by: executor thread.
 */
final class TimeToLiveCommands implements CommandGroup {
  private static final long NO_KEY = -2;
  private static final long NO_EXPIRY = -1;

  @Override
  public void declare(CommandTable table) {
    table.add(
        telling("ttl", "1.0.0", "Tells how many seconds a key has to live.")
            .tips("nondeterministic_output")
            .handledBy(call -> tell(call, true, true)));
    table.add(
        telling("pttl", "2.6.0", "Tells how many milliseconds a key has to live.")
            .tips("nondeterministic_output")
            .handledBy(call -> tell(call, false, true)));
    table.add(
        telling("expiretime", "7.0.0", "Tells the Unix time in seconds at which a key expires.")
            .handledBy(call -> tell(call, true, false)));
    table.add(
        telling(
                "pexpiretime",
                "7.0.0",
                "Tells the Unix time in milliseconds at which a key expires.")
            .handledBy(call -> tell(call, false, false)));
  }

  private static Command.Builder telling(String name, String since, String summary) {
    return Command.named(name)
        .group("generic")
        .since(since)
        .arity(2)
        .flags(READONLY, FAST)
        .categories("keyspace")
        .keys(1, 1, 1, "RO", "access")
        .summary(summary)
        .complexity("O(1)")
        .arguments(Argument.key("key"));
  }

  private static void tell(Call call, boolean inSeconds, boolean relative) {
    long entry = call.database().peek(call.address(1), call.length(1), call.keyHash(1));
    if (entry == 0) {
      call.reply().integer(NO_KEY);
      return;
    }
    if (!Entry.hasExpiry(entry)) {
      call.reply().integer(NO_EXPIRY);
      return;
    }
    long at = Entry.expireAt(entry);
    long millis = relative ? Math.max(0, at - call.nowMillis()) : at;
    call.reply().integer(inSeconds ? (millis + 500) / 1000 : millis);
  }
}
