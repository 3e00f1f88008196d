package dev.millrace.engine.command.list;

import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.value.ListType;

/**
 * All commands of lists.
 *
 * <p>Owned by: executor thread.
 */
public final class ListCommands implements CommandGroup {
  private final ListType lists;

  /** The commands over lists of this type. */
  public ListCommands(ListType lists) {
    this.lists = lists;
  }

  @Override
  public void declare(CommandTable table) {
    Ends ends = new Ends(lists);
    table.addAll(
        new PushCommands(lists),
        new PopCommands(ends),
        new SeveralPopCommands(ends),
        new MoveCommands(lists, ends),
        new ReadCommands(lists),
        new EditCommands(lists));
  }
}
