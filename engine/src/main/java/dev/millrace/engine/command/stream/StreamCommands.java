package dev.millrace.engine.command.stream;

import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.config.EncodingSettings;
import dev.millrace.engine.value.StreamType;

/**
 * All commands on streams.
 *
 * <p>Owned by: executor thread.
 */
public final class StreamCommands implements CommandGroup {
  private final StreamType type;
  private final EncodingSettings settings;

  /**
   * Commands on values of that type.
   *
   * @param settings of which the limits of a node decide how much an approximate trim looks at
   */
  public StreamCommands(StreamType type, EncodingSettings settings) {
    this.type = type;
    this.settings = settings;
  }

  @Override
  public void declare(CommandTable table) {
    table.addAll(
        new AppendCommands(type, settings),
        new EntryCommands(type),
        new ReadCommands(type),
        new GroupCommands(type),
        new PendingCommands(type),
        new ClaimCommands(type),
        new XinfoCommands(type));
  }
}
