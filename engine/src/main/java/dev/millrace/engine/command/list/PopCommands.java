package dev.millrace.engine.command.list;

import static dev.millrace.engine.command.CommandFlag.BLOCKING;
import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.NOSCRIPT;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.Elements;
import dev.millrace.engine.command.KeyAttempt;
import dev.millrace.engine.command.KeyWait;
import dev.millrace.engine.command.KeyWaiters;
import dev.millrace.engine.command.blocking.BlockTimeout;
import dev.millrace.engine.keyspace.Entry;

/**
 * Commands that take from an end of one list: LPOP and RPOP, and BLPOP and BRPOP, which wait for
 * the first of several lists that has something. In the replication stream the latter two are the
 * former.
 *
 * <p>Owned by: executor thread.
 */
final class PopCommands implements CommandGroup {
  private static final CommandError NOT_POSITIVE =
      new CommandError("ERR value is out of range, must be positive");

  private final Ends ends;
  private final KeyAttempt first = (call, argument) -> attempt(call, argument, true);
  private final KeyAttempt last = (call, argument) -> attempt(call, argument, false);

  PopCommands(Ends ends) {
    this.ends = ends;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        pop("lpop", "Takes the first elements of a list.").handledBy(call -> pop(call, true)));
    table.add(
        pop("rpop", "Takes the last elements of a list.").handledBy(call -> pop(call, false)));
    table.add(
        waiting("blpop", "Takes the first element of a list, and waits for one when there is none.")
            .handledBy(call -> popOrWait(call, first)));
    table.add(
        waiting("brpop", "Takes the last element of a list, and waits for one when there is none.")
            .handledBy(call -> popOrWait(call, last)));
  }

  private static Command.Builder pop(String name, String summary) {
    return Command.named(name)
        .group("list")
        .since("1.0.0")
        .arity(-2)
        .flags(WRITE, FAST)
        .categories("list")
        .keys(1, 1, 1, "RW", "access", "delete")
        .summary(summary)
        .complexity("O(N) in the number of elements taken.")
        .arguments(Argument.key("key"), Argument.of("count", "integer").since("6.2.0").optional());
  }

  private static Command.Builder waiting(String name, String summary) {
    return Command.named(name)
        .group("list")
        .since("2.0.0")
        .arity(-3)
        .flags(WRITE, NOSCRIPT, BLOCKING)
        .categories("list")
        .keys(1, -2, 1, "RW", "access", "delete")
        .summary(summary)
        .complexity("O(N) in the number of keys.")
        .arguments(Argument.key("key").multiple(), Argument.of("timeout", "double"));
  }

  private void pop(Call call, boolean fromFirst) {
    if (call.argc() > 3) {
      throw new CommandError(
          "ERR wrong number of arguments for '" + call.command().fullName() + "' command");
    }
    boolean counted = call.argc() == 3;
    long count = counted ? call.longArgument(2, NOT_POSITIVE) : 1;
    if (count < 0) {
      throw NOT_POSITIVE;
    }
    long entry = Ends.find(call, 1);
    if (entry == 0) {
      if (counted) {
        call.reply().nullArray();
      } else {
        call.reply().nullBulk();
      }
      return;
    }
    if (!counted) {
      Elements.reply(call.reply(), ends.at(entry, fromFirst));
      ends.take(call, 1, entry, fromFirst, 1);
      return;
    }
    long taken = Math.min(count, ends.lists().length(entry));
    call.reply().array(taken);
    if (taken > 0) {
      ends.replyFrom(call, entry, fromFirst, taken);
      ends.take(call, 1, entry, fromFirst, taken);
    }
  }

  private static void popOrWait(Call call, KeyAttempt attempt) {
    int timeout = call.argc() - 1;
    long until = BlockTimeout.seconds(call, timeout);
    for (int i = 1; i < timeout; i++) {
      if (attempt.attempt(call, i)) {
        return;
      }
    }
    if (call.client().mayNotBlock()) {
      call.reply().nullArray();
      return;
    }
    call.waiters()
        .await(
            call,
            1,
            timeout - 1,
            KeyWaiters.holding(Entry.LIST),
            until,
            attempt,
            KeyWait.NULL_ARRAY);
  }

  private boolean attempt(Call call, int argument, boolean fromFirst) {
    long entry = Ends.find(call, argument);
    if (entry == 0) {
      return false;
    }
    ends.popOne(call, argument, entry, fromFirst);
    return true;
  }
}
