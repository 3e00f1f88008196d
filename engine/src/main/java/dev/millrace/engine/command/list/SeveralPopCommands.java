package dev.millrace.engine.command.list;

import static dev.millrace.engine.command.CommandFlag.BLOCKING;
import static dev.millrace.engine.command.CommandFlag.MOVABLEKEYS;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.KeyAttempt;
import dev.millrace.engine.command.KeySpec;
import dev.millrace.engine.command.KeyWait;
import dev.millrace.engine.command.KeyWaiters;
import dev.millrace.engine.command.blocking.BlockTimeout;
import dev.millrace.engine.keyspace.Entry;
import java.util.List;

/**
 * LMPOP and BLMPOP: several elements from an end of the first of several lists that has any. In the
 * replication stream they are LPOP or RPOP with the count that was taken.
 *
 * <p>Owned by: executor thread.
 */
final class SeveralPopCommands implements CommandGroup {
  private static final CommandError BAD_KEY_COUNT =
      new CommandError("ERR numkeys should be greater than 0");
  private static final CommandError BAD_COUNT =
      new CommandError("ERR count should be greater than 0");

  private final Ends ends;
  private final KeyAttempt waited = this::attemptWaited;

  SeveralPopCommands(Ends ends) {
    this.ends = ends;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        several("lmpop", 1, "Takes elements from an end of the first list that is not empty.")
            .arity(-4)
            .arguments(arguments())
            .handledBy(this::pop));
    table.add(
        several(
                "blmpop",
                2,
                "Takes elements from an end of the first list that is not empty, and waits for one.")
            .arity(-5)
            .flags(BLOCKING)
            .arguments(Argument.of("timeout", "double"))
            .arguments(arguments())
            .handledBy(this::popOrWait));
  }

  private static Command.Builder several(String name, int countAt, String summary) {
    return Command.named(name)
        .group("list")
        .since("7.0.0")
        .flags(WRITE, MOVABLEKEYS)
        .categories("list")
        .keys(
            new KeySpec(
                countAt,
                "",
                0,
                KeySpec.Find.KEYNUM,
                0,
                1,
                0,
                List.of("RW", "access", "delete"),
                ""))
        .summary(summary)
        .complexity("O(N+M) in the number of keys and of elements taken.");
  }

  private static Argument[] arguments() {
    return new Argument[] {
      Argument.of("numkeys", "integer"),
      Argument.key("key").multiple(),
      Argument.oneOf("where", Argument.token("left", "LEFT"), Argument.token("right", "RIGHT")),
      Argument.of("count", "integer").after("COUNT").optional()
    };
  }

  private void pop(Call call) {
    int where = whereArgument(call, 1);
    boolean first = Ends.isLeft(call, where);
    long count = count(call, where);
    if (!popFirst(call, 2, where, first, count)) {
      call.reply().nullArray();
    }
  }

  private void popOrWait(Call call) {
    int where = whereArgument(call, 2);
    boolean first = Ends.isLeft(call, where);
    long count = count(call, where);
    long until = BlockTimeout.seconds(call, 1);
    if (popFirst(call, 3, where, first, count)) {
      return;
    }
    if (call.client().mayNotBlock()) {
      call.reply().nullArray();
      return;
    }
    call.waiters()
        .await(
            call, 3, where - 3, KeyWaiters.holding(Entry.LIST), until, waited, KeyWait.NULL_ARRAY);
  }

  /** What was sound when the wait began still is: the words are read again. */
  private boolean attemptWaited(Call call, int argument) {
    int where = whereArgument(call, 2);
    return attempt(call, argument, Ends.isLeft(call, where), count(call, where));
  }

  private boolean popFirst(Call call, int from, int to, boolean first, long count) {
    for (int i = from; i < to; i++) {
      if (attempt(call, i, first, count)) {
        return true;
      }
    }
    return false;
  }

  private boolean attempt(Call call, int argument, boolean first, long count) {
    long entry = Ends.find(call, argument);
    if (entry == 0) {
      return false;
    }
    ends.popSeveral(call, argument, entry, first, count);
    return true;
  }

  /** Index of LEFT or RIGHT, which follow the keys. */
  private static int whereArgument(Call call, int countAt) {
    long keys = call.longArgument(countAt, BAD_KEY_COUNT);
    if (keys < 1) {
      throw BAD_KEY_COUNT;
    }
    if (keys >= call.argc() - countAt - 1) {
      throw CommandError.SYNTAX;
    }
    return countAt + 1 + (int) keys;
  }

  private static long count(Call call, int where) {
    if (call.argc() == where + 1) {
      return 1;
    }
    if (!call.is(where + 1, Ends.COUNT) || call.argc() == where + 2) {
      throw CommandError.SYNTAX;
    }
    long count = call.longArgument(where + 2, BAD_COUNT);
    if (count < 1) {
      throw BAD_COUNT;
    }
    if (call.argc() > where + 3) {
      throw CommandError.SYNTAX;
    }
    return count;
  }
}
