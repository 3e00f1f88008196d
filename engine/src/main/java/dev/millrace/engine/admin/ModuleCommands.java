package dev.millrace.engine.admin;

import static dev.millrace.engine.command.CommandFlag.ADMIN;
import static dev.millrace.engine.command.CommandFlag.LOADING;
import static dev.millrace.engine.command.CommandFlag.NOSCRIPT;
import static dev.millrace.engine.command.CommandFlag.NO_ASYNC_LOADING;
import static dev.millrace.engine.command.CommandFlag.STALE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.HelpText;
import dev.millrace.engine.config.Config;

/**
 * MODULE of a server that loads none: the list is empty, and loading is refused in the words of a
 * Redis that does not allow it, or that finds nothing to load.
 *
 * <p>Owned by: executor thread.
 */
public final class ModuleCommands implements CommandGroup {
  private static final CommandError NOT_ALLOWED =
      new CommandError(
          "ERR MODULE command not allowed. If the enable-module-command option is set to \"local\","
              + " you can run it from a local connection, otherwise you need to set this option in"
              + " the configuration file, and then restart the server.");

  private static final CommandError NOT_LOADED =
      new CommandError("ERR Error loading the extension. Please check the server logs.");
  private static final CommandError NOT_FOUND =
      new CommandError("ERR Error unloading module: no such module with that name");

  private final Config config;

  /** The commands, guarded by {@code enable-module-command}. */
  public ModuleCommands(Config config) {
    this.config = config;
  }

  @Override
  public void declare(CommandTable table) {
    Argument argument = Argument.of("arg", "string");
    table.add(
        Command.named("module")
            .group("server")
            .since("4.0.0")
            .arity(-2)
            .summary("Groups the commands about modules.")
            .complexity("It depends on the subcommand.")
            .subcommand(
                change("loadex", "7.0.0", -3)
                    .summary("Loads a module with settings.")
                    .arguments(
                        Argument.of("path", "string"),
                        Argument.block(
                                "configs",
                                Argument.of("name", "string"),
                                Argument.of("value", "string"))
                            .after("CONFIG")
                            .optional()
                            .multiple()
                            .multipleToken(),
                        Argument.block("args", argument).after("ARGS").optional().multiple()))
            .subcommand(
                child("list", "4.0.0", 2)
                    .flags(ADMIN, NOSCRIPT)
                    .tips("nondeterministic_output_order")
                    .summary("Lists the modules that are loaded.")
                    .handledBy(call -> call.reply().array(0)))
            .subcommand(
                child("help", "5.0.0", 2)
                    .flags(LOADING, STALE)
                    .summary("Explains the subcommands.")
                    .handledBy(
                        HelpText.of(
                            "MODULE",
                            "LIST",
                            "    Lists the modules that are loaded: none, for none can be.",
                            "LOAD <path> [<arg> ...]",
                            "    Refused.",
                            "LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]",
                            "    Refused.",
                            "UNLOAD <name>",
                            "    Refused.")))
            .subcommand(
                change("load", "4.0.0", -3)
                    .summary("Loads a module.")
                    .arguments(Argument.of("path", "string"), argument.optional().multiple()))
            .subcommand(
                change("unload", "4.0.0", 3)
                    .summary("Unloads a module.")
                    .arguments(Argument.of("name", "string"))));
  }

  private Command.Builder change(String name, String since, int arity) {
    return child(name, since, arity)
        .flags(ADMIN, NOSCRIPT, NO_ASYNC_LOADING)
        .handledBy(this::refuse);
  }

  private static Command.Builder child(String name, String since, int arity) {
    return Command.named(name).since(since).arity(arity).complexity("O(1)");
  }

  private void refuse(Call call) {
    if (!Permissions.allows(config.server.enableModuleCommand, call.client())) {
      throw NOT_ALLOWED;
    }
    throw call.command().name().equals("unload") ? NOT_FOUND : NOT_LOADED;
  }
}
