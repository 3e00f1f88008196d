package dev.millrace.engine.command.list;

import static dev.millrace.engine.command.CommandFlag.DENYOOM;
import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.value.ListType;

/**
 * Commands that add at an end: LPUSH, RPUSH, LPUSHX, RPUSHX.
 *
 * <p>Owned by: executor thread.
 */
final class PushCommands implements CommandGroup {
  private final ListType lists;

  PushCommands(ListType lists) {
    this.lists = lists;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        push(
                "lpush",
                "1.0.0",
                "Adds elements before the first one of a list, making it if need be.")
            .handledBy(call -> push(call, true, false)));
    table.add(
        push("rpush", "1.0.0", "Adds elements behind the last one of a list, making it if need be.")
            .handledBy(call -> push(call, false, false)));
    table.add(
        push("lpushx", "2.2.0", "Adds elements before the first one of a list that exists.")
            .handledBy(call -> push(call, true, true)));
    table.add(
        push("rpushx", "2.2.0", "Adds elements behind the last one of a list that exists.")
            .handledBy(call -> push(call, false, true)));
  }

  private static Command.Builder push(String name, String since, String summary) {
    return Command.named(name)
        .group("list")
        .since(since)
        .arity(-3)
        .flags(WRITE, DENYOOM, FAST)
        .categories("list")
        .keys(1, 1, 1, "RW", "insert")
        .summary(summary)
        .complexity("O(1) for every element.")
        .arguments(Argument.key("key"), Argument.of("element", "string").multiple());
  }

  private void push(Call call, boolean first, boolean onlyIfPresent) {
    long entry = Ends.find(call, 1);
    if (entry == 0 && onlyIfPresent) {
      call.reply().integer(0);
      return;
    }
    Database database = call.database();
    long hash = call.keyHash(1);
    for (int i = 2; i < call.argc(); i++) {
      entry =
          lists.push(
              database,
              call.address(1),
              call.length(1),
              hash,
              entry,
              first,
              call.address(i),
              call.length(i));
    }
    call.reply().integer(lists.length(entry));
    call.changed(call.argc() - 2L);
    call.keyChanged(1);
    call.notify(KeyspaceEvents.LIST, first ? "lpush" : "rpush", 1);
  }
}
