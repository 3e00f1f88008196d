package dev.millrace.engine.command;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.protocol.CommandLookup;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The names under which clients and scripts find commands: those of the table, but for what {@code
 * rename-command} says. The log, replicas, users' rights and COMMAND keep to the table's own names.
 *
 * <p>Filled at start, read by any thread afterwards.
 */
public final class TypedNames implements CommandLookup {
  private record Renamed(byte[] name, Command command) {}

  private final CommandTable table;
  private final List<Renamed> renamed = new ArrayList<>();
  private final Set<Command> hidden = new HashSet<>();

  TypedNames(CommandTable table) {
    this.table = table;
  }

  /**
   * Renames a command, or takes its name away. Only while the server starts.
   *
   * @param from the name it is found under until now
   * @param to its new name; empty for none
   * @throws IllegalArgumentException when there is no such command, or the name is taken
   */
  public void rename(String from, String to) {
    Command command = find(from);
    if (command == null) {
      throw new IllegalArgumentException("No such command in rename-command");
    }
    if (!to.isEmpty() && find(to) != null) {
      throw new IllegalArgumentException("Target command name already exists");
    }
    hidden.add(command);
    renamed.removeIf(each -> each.command == command);
    if (!to.isEmpty()) {
      byte[] name = to.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.ISO_8859_1);
      renamed.add(new Renamed(name, command));
    }
  }

  /** True when some command is found under another name than its own. */
  public boolean any() {
    return !renamed.isEmpty();
  }

  private @Nullable Command find(String name) {
    for (Renamed each : renamed) {
      if (new String(each.name, StandardCharsets.ISO_8859_1).equalsIgnoreCase(name)) {
        return each.command;
      }
    }
    Command command = name.contains("|") ? null : table.find(name);
    return command == null || hidden.contains(command) ? null : command;
  }

  @Override
  public @Nullable Command find(long nameAddress, int nameLength) {
    for (int i = 0; i < renamed.size(); i++) {
      Renamed each = renamed.get(i);
      if (Memory.equalIgnoreCase(nameAddress, nameLength, each.name)) {
        return each.command;
      }
    }
    Command command = table.find(nameAddress, nameLength);
    return command == null || (!hidden.isEmpty() && hidden.contains(command)) ? null : command;
  }
}
