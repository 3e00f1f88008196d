package dev.millrace.engine.command.string;

import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import java.util.function.LongSupplier;

/**
 * All commands on strings.
 *
 * <p>Owned by: executor thread.
 */
public final class StringCommands implements CommandGroup {
  private final LongSupplier valueBytesMax;

  /**
   * The commands under a limit asked for at each use.
   *
   * @param valueBytesMax the setting {@code proto-max-bulk-len}: how long a string may grow, and
   *     how large a table LCS may need
   */
  public StringCommands(LongSupplier valueBytesMax) {
    this.valueBytesMax = valueBytesMax;
  }

  @Override
  public void declare(CommandTable table) {
    table.addAll(
        new GetCommands(),
        new SetCommands(),
        new CounterCommands(),
        new RangeCommands(valueBytesMax),
        new LcsCommand(valueBytesMax));
  }
}
