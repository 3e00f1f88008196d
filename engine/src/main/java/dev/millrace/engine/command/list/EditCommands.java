package dev.millrace.engine.command.list;

import static dev.millrace.engine.command.CommandFlag.DENYOOM;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.value.ListType;

/**
 * Commands that change a list in its middle: LSET, LINSERT, LREM, LTRIM.
 *
 * <p>Owned by: executor thread.
 */
final class EditCommands implements CommandGroup {
  private static final byte[] BEFORE = Ends.ascii("before");
  private static final byte[] AFTER = Ends.ascii("after");

  private final ListType lists;

  EditCommands(ListType lists) {
    this.lists = lists;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        edit("lset", "1.0.0", "Puts an element in the place of the one at an index.")
            .arity(4)
            .flags(DENYOOM)
            .keys(1, 1, 1, "RW", "update")
            .complexity("O(N) in the number of nodes between it and the nearer end.")
            .arguments(Argument.of("index", "integer"), Argument.of("element", "string"))
            .handledBy(this::set));
    table.add(
        edit("linsert", "2.2.0", "Puts an element before or behind another.")
            .arity(5)
            .flags(DENYOOM)
            .keys(1, 1, 1, "RW", "insert")
            .complexity("O(N) in the number of elements before the other.")
            .arguments(
                Argument.oneOf(
                    "where", Argument.token("before", "BEFORE"), Argument.token("after", "AFTER")),
                Argument.of("pivot", "string"),
                Argument.of("element", "string"))
            .handledBy(this::insert));
    table.add(
        edit("lrem", "1.0.0", "Removes elements that are equal to one given.")
            .arity(4)
            .keys(1, 1, 1, "RW", "delete")
            .complexity("O(N) in the number of elements.")
            .arguments(Argument.of("count", "integer"), Argument.of("element", "string"))
            .handledBy(this::remove));
    table.add(
        edit("ltrim", "1.0.0", "Removes all elements but those from one index to another.")
            .arity(4)
            .keys(1, 1, 1, "RW", "delete")
            .complexity("O(N) in the number of nodes to seek through; what goes is freed later.")
            .arguments(Argument.of("start", "integer"), Argument.of("stop", "integer"))
            .handledBy(this::trim));
  }

  private static Command.Builder edit(String name, String since, String summary) {
    return Command.named(name)
        .group("list")
        .since(since)
        .flags(WRITE)
        .categories("list")
        .summary(summary)
        .arguments(Argument.key("key"));
  }

  private void set(Call call) {
    long entry = Ends.find(call, 1);
    if (entry == 0) {
      throw CommandError.NO_SUCH_KEY;
    }
    long index = call.longArgument(2);
    if (lists.set(call.database(), entry, call.keyHash(1), index, call.address(3), call.length(3))
        == 0) {
      throw CommandError.OUT_OF_RANGE;
    }
    call.reply().ok();
    call.changed();
    call.keyChanged(1);
    call.notify(KeyspaceEvents.LIST, "lset", 1);
  }

  private void insert(Call call) {
    boolean before = call.is(2, BEFORE);
    if (!before && !call.is(2, AFTER)) {
      throw CommandError.SYNTAX;
    }
    long entry = Ends.find(call, 1);
    if (entry == 0) {
      call.reply().integer(0);
      return;
    }
    long changed =
        lists.insert(
            call.database(),
            entry,
            call.keyHash(1),
            before,
            call.address(3),
            call.length(3),
            call.address(4),
            call.length(4));
    if (changed == 0) {
      call.reply().integer(-1);
      return;
    }
    call.reply().integer(lists.length(changed));
    call.changed();
    call.keyChanged(1);
    call.notify(KeyspaceEvents.LIST, "linsert", 1);
  }

  private void remove(Call call) {
    long count = call.longArgument(2);
    long entry = Ends.find(call, 1);
    if (entry == 0) {
      call.reply().integer(0);
      return;
    }
    long left =
        lists.removeEqual(
            call.database(), entry, call.keyHash(1), count, call.address(3), call.length(3));
    long removed = lists.removedCount();
    if (removed > 0) {
      call.changed(removed);
      call.keyChanged(1);
      call.notify(KeyspaceEvents.LIST, "lrem", 1);
    }
    if (left == 0) {
      call.notify(KeyspaceEvents.GENERIC, "del", 1);
    }
    call.reply().integer(removed);
  }

  private void trim(Call call) {
    long start = call.longArgument(2);
    long stop = call.longArgument(3);
    long entry = Ends.find(call, 1);
    if (entry == 0) {
      call.reply().ok();
      return;
    }
    long length = lists.length(entry);
    long from = Math.max(0, start < 0 ? start + length : start);
    long to = Math.min(length - 1, stop < 0 ? stop + length : stop);
    long before = from > to ? length : from;
    long behind = from > to ? 0 : length - 1 - to;
    Database database = call.database();
    long hash = call.keyHash(1);
    long left = lists.removeRange(database, entry, hash, length - behind, behind);
    left = lists.removeRange(database, left, hash, 0, before);
    call.changed(before + behind);
    call.keyChanged(1);
    call.notify(KeyspaceEvents.LIST, "ltrim", 1);
    if (left == 0) {
      call.notify(KeyspaceEvents.GENERIC, "del", 1);
    }
    call.reply().ok();
  }
}
