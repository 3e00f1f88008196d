package dev.millrace.engine.command.list;

import static dev.millrace.engine.command.CommandFlag.BLOCKING;
import static dev.millrace.engine.command.CommandFlag.DENYOOM;
import static dev.millrace.engine.command.CommandFlag.NOSCRIPT;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.Effects;
import dev.millrace.engine.command.Elements;
import dev.millrace.engine.command.KeyAttempt;
import dev.millrace.engine.command.KeyWait;
import dev.millrace.engine.command.KeyWaiters;
import dev.millrace.engine.command.blocking.BlockTimeout;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.value.ListType;

/**
 * Commands that move an element from an end of one list to an end of another: LMOVE, RPOPLPUSH, and
 * BLMOVE and BRPOPLPUSH, which wait for one. In the replication stream the latter two are the
 * former.
 *
 * <p>Owned by: executor thread.
 */
final class MoveCommands implements CommandGroup {
  private static final byte[] LMOVE = Ends.ascii("LMOVE");
  private static final byte[] RPOPLPUSH = Ends.ascii("RPOPLPUSH");

  private final ListType lists;
  private final Ends ends;
  private final KeyAttempt waitedMove = (call, argument) -> waitedMove(call);
  private final KeyAttempt waitedPopPush = (call, argument) -> waitedPopPush(call);

  MoveCommands(ListType lists, Ends ends) {
    this.lists = lists;
    this.ends = ends;
  }

  @Override
  public void declare(CommandTable table) {
    Argument from =
        Argument.oneOf(
            "wherefrom", Argument.token("left", "LEFT"), Argument.token("right", "RIGHT"));
    Argument to =
        Argument.oneOf("whereto", Argument.token("left", "LEFT"), Argument.token("right", "RIGHT"));
    Argument timeout = Argument.of("timeout", "double");
    table.add(
        move("lmove", "6.2.0", "Moves an element from an end of a list to an end of another.")
            .arity(5)
            .arguments(from, to)
            .handledBy(this::move));
    table.add(
        move("rpoplpush", "1.2.0", "Moves the last element of a list before the first of another.")
            .arity(3)
            .handledBy(this::popPush));
    table.add(
        move("blmove", "6.2.0", "Moves an element from list to list, and waits for one to move.")
            .flags(NOSCRIPT, BLOCKING)
            .arity(6)
            .arguments(from, to, timeout)
            .handledBy(this::moveOrWait));
    table.add(
        move(
                "brpoplpush",
                "2.2.0",
                "Moves the last element of a list before the first of another, and waits for one.")
            .flags(NOSCRIPT, BLOCKING)
            .arity(4)
            .arguments(timeout)
            .handledBy(this::popPushOrWait));
  }

  private static Command.Builder move(String name, String since, String summary) {
    return Command.named(name)
        .group("list")
        .since(since)
        .flags(WRITE, DENYOOM)
        .categories("list")
        .keys(1, 1, 1, "RW", "access", "delete")
        .keys(2, 2, 1, "RW", "insert")
        .summary(summary)
        .complexity("O(1)")
        .arguments(Argument.key("source"), Argument.key("destination", 1));
  }

  private void move(Call call) {
    boolean fromFirst = Ends.isLeft(call, 3);
    boolean toFirst = Ends.isLeft(call, 4);
    if (!move(call, fromFirst, toFirst)) {
      call.reply().nullBulk();
    }
  }

  private void popPush(Call call) {
    if (!move(call, false, true)) {
      call.reply().nullBulk();
    }
  }

  private void moveOrWait(Call call) {
    boolean fromFirst = Ends.isLeft(call, 3);
    boolean toFirst = Ends.isLeft(call, 4);
    long until = BlockTimeout.seconds(call, 5);
    if (move(call, fromFirst, toFirst)) {
      propagateWithoutTimeout(call, LMOVE);
    } else {
      await(call, until, waitedMove);
    }
  }

  private void popPushOrWait(Call call) {
    long until = BlockTimeout.seconds(call, 3);
    if (!waitedPopPush(call)) {
      await(call, until, waitedPopPush);
    }
  }

  private static void await(Call call, long until, KeyAttempt attempt) {
    if (call.client().mayNotBlock()) {
      call.reply().nullBulk();
      return;
    }
    call.waiters()
        .await(call, 1, 1, KeyWaiters.holding(Entry.LIST), until, attempt, KeyWait.NULL_ARRAY);
  }

  private boolean waitedMove(Call call) {
    boolean fromFirst = Ends.isLeft(call, 3);
    boolean toFirst = Ends.isLeft(call, 4);
    if (!move(call, fromFirst, toFirst)) {
      return false;
    }
    call.effect(5)
        .argument(LMOVE)
        .argument(call.address(1), call.length(1))
        .argument(call.address(2), call.length(2))
        .argument(fromFirst ? Ends.LEFT : Ends.RIGHT)
        .argument(toFirst ? Ends.LEFT : Ends.RIGHT);
    return true;
  }

  private boolean waitedPopPush(Call call) {
    if (!move(call, false, true)) {
      return false;
    }
    propagateWithoutTimeout(call, RPOPLPUSH);
    return true;
  }

  private static void propagateWithoutTimeout(Call call, byte[] name) {
    Effects effect = call.effect(call.argc() - 1).argument(name);
    for (int i = 1; i < call.argc() - 1; i++) {
      effect.argument(call.address(i), call.length(i));
    }
  }

  /** Moves an element, tells of it and answers with it; false when there is none. */
  private boolean move(Call call, boolean fromFirst, boolean toFirst) {
    long source = Ends.find(call, 1);
    if (source == 0) {
      return false;
    }
    long target = Ends.find(call, 2);
    Element element = ends.at(source, fromFirst);
    Elements.reply(call.reply(), element);
    Database database = call.database();
    if (source == target) {
      lists.rotate(database, source, call.keyHash(1), fromFirst, toFirst);
      call.changed();
      call.keyChanged(2);
      call.notify(KeyspaceEvents.LIST, toFirst ? "lpush" : "rpush", 2);
      call.notify(KeyspaceEvents.LIST, fromFirst ? "lpop" : "rpop", 1);
    } else {
      lists.push(
          database, call.address(2), call.length(2), call.keyHash(2), target, toFirst, element);
      call.keyChanged(2);
      call.notify(KeyspaceEvents.LIST, toFirst ? "lpush" : "rpush", 2);
      ends.take(call, 1, source, fromFirst, 1);
    }
    return true;
  }
}
