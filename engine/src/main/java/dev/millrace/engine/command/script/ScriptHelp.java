package dev.millrace.engine.command.script;

import dev.millrace.engine.command.CommandHandler;
import java.util.List;

/** Answers HELP: an array of lines, the first and the last the same for every container. */
final class ScriptHelp {
  private ScriptHelp() {}

  /** A handler that answers {@code lines} for a container. */
  static CommandHandler of(String container, String... lines) {
    List<String> body = List.of(lines);
    return call -> {
      call.reply().array(body.size() + 3L);
      call.reply().simple(container + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
      body.forEach(call.reply()::simple);
      call.reply().simple("HELP");
      call.reply().simple("    Prints this help.");
    };
  }
}
