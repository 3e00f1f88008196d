package dev.millrace.engine.command.sortedset;

import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.value.ValueTypes;
import java.util.random.RandomGenerator;

/**
 * All commands on sorted sets.
 *
 * <p>Owned by: executor thread.
 */
public final class SortedSetCommands implements CommandGroup {
  private final ValueTypes types;
  private final RandomGenerator random;

  /**
   * The commands on these types.
   *
   * @param random draws members for ZRANDMEMBER
   */
  public SortedSetCommands(ValueTypes types, RandomGenerator random) {
    this.types = types;
    this.random = random;
  }

  @Override
  public void declare(CommandTable table) {
    SortedSetKeys keys = new SortedSetKeys(types.sortedSets());
    table.addAll(
        new MemberCommands(keys),
        new SampleCommands(keys, random),
        new PopCommands(keys),
        new RangeCommands(keys),
        new CombinationCommands(keys, types));
  }
}
