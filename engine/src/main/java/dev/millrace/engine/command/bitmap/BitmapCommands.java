package dev.millrace.engine.command.bitmap;

import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.memory.Scratch;
import java.util.function.LongSupplier;

/**
 * All commands on bits of strings.
 *
 * <p>Owned by: executor thread.
 */
public final class BitmapCommands implements CommandGroup {
  private final LongSupplier valueBytesMax;
  private final Scratch scratch;

  /**
   * The commands under a limit asked for at each use.
   *
   * @param valueBytesMax the setting {@code proto-max-bulk-len}: how long a string may grow
   * @param scratch where BITOP works out its result; the caller closes it
   */
  public BitmapCommands(LongSupplier valueBytesMax, Scratch scratch) {
    this.valueBytesMax = valueBytesMax;
    this.scratch = scratch;
  }

  @Override
  public void declare(CommandTable table) {
    BitArguments arguments = new BitArguments(valueBytesMax);
    table.addAll(
        new BitCommands(arguments),
        new BitRangeCommands(scratch),
        new BitOperationCommand(scratch),
        new BitFieldCommands(arguments, scratch));
  }
}
