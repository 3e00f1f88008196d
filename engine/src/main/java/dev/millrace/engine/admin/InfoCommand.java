package dev.millrace.engine.admin;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * INFO: the sections asked for, in the order they were given to it. {@code default} stands for
 * those shown when none is named, {@code all} and {@code everything} for all.
 *
 * <p>Owned by: executor thread.
 */
public final class InfoCommand implements CommandGroup {
  private final List<InfoSection> sections;

  /** The command over these sections. */
  public InfoCommand(List<InfoSection> sections) {
    this.sections = List.copyOf(sections);
  }

  @Override
  public void declare(CommandTable table) {
    table.add(ServerDeclarations.info().handledBy(this::info));
  }

  private void info(Call call) {
    Set<String> asked = new HashSet<>();
    for (int i = 1; i < call.argc(); i++) {
      asked.add(call.text(i).toLowerCase(Locale.ROOT));
    }
    boolean all = asked.contains("all") || asked.contains("everything");
    boolean defaults = asked.isEmpty() || asked.contains("default");
    InfoWriter out = new InfoWriter();
    for (InfoSection section : sections) {
      if (all || (defaults && section.isDefault()) || asked.contains(section.name())) {
        out.section(section);
      }
    }
    call.reply().verbatim("txt", out.bytes());
  }
}
