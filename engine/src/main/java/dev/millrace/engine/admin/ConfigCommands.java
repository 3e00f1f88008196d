package dev.millrace.engine.admin;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Clients;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.HelpText;
import dev.millrace.engine.config.Config;
import dev.millrace.engine.config.ConfigException;
import dev.millrace.engine.config.ConfigRewriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * CONFIG. REWRITE writes its file on another thread while the caller waits; inside a transaction,
 * where nobody can wait, it is refused.
 *
 * <p>Owned by: executor thread.
 */
public final class ConfigCommands implements CommandGroup {
  private static final CommandError NO_FILE =
      new CommandError("ERR The server is running without a config file");
  private static final CommandError NOT_HERE =
      new CommandError("ERR CONFIG REWRITE is not possible inside a transaction");

  private final Config config;
  private final Clients clients;
  private final OffExecutor files;
  private final Supplier<List<String>> userLines;
  private final List<Runnable> resets;

  /**
   * The commands.
   *
   * @param userLines the lines of all users for the configuration file
   * @param resets what CONFIG RESETSTAT sets back
   */
  public ConfigCommands(
      Config config,
      Clients clients,
      OffExecutor files,
      Supplier<List<String>> userLines,
      List<Runnable> resets) {
    this.userLines = userLines;
    this.config = config;
    this.clients = clients;
    this.files = files;
    this.resets = List.copyOf(resets);
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        ConfigDeclarations.config()
            .subcommand(ConfigDeclarations.configRewrite().handledBy(this::rewrite))
            .subcommand(
                ConfigDeclarations.configHelp()
                    .handledBy(
                        HelpText.of(
                            "CONFIG",
                            "GET <pattern> [<pattern> ...]",
                            "    Directives whose names fit, with their values.",
                            "SET <directive> <value> [<directive> <value> ...]",
                            "    Sets directives, all or none.",
                            "RESETSTAT",
                            "    Sets the counters of INFO back.",
                            "REWRITE",
                            "    Writes the present values to the configuration file.")))
            .subcommand(ConfigDeclarations.configGet().handledBy(this::get))
            .subcommand(
                ConfigDeclarations.configResetstat()
                    .handledBy(call -> resetStatistics(call, table)))
            .subcommand(ConfigDeclarations.configSet().handledBy(this::set)));
  }

  private static List<String> arguments(Call call) {
    List<String> texts = new ArrayList<>();
    for (int i = 2; i < call.argc(); i++) {
      texts.add(call.text(i));
    }
    return texts;
  }

  private void get(Call call) {
    Map<String, String> found = config.get(arguments(call));
    call.reply().map(found.size());
    found.forEach((name, value) -> {
      call.reply().bulk(name);
      call.reply().bulk(value);
    });
  }

  private void set(Call call) {
    if (call.argc() % 2 != 0) {
      throw CommandError.SYNTAX;
    }
    try {
      config.set(
          arguments(call), Permissions.allows(config.server.enableProtectedConfigs, call.client()));
    } catch (ConfigException refused) {
      throw new CommandError("ERR " + refused.text());
    }
    call.reply().ok();
  }

  private void rewrite(Call call) {
    rewrite(call, false);
  }

  /** CONFIG REWRITE with a line for every directive, whatever its value. */
  public void rewriteAll(Call call) {
    rewrite(call, true);
  }

  private void rewrite(Call call, boolean all) {
    String file = config.file();
    if (file == null) {
      throw NO_FILE;
    }
    if (call.client().mayNotBlock()) {
      throw NOT_HERE;
    }
    ConfigRewriter rewriter = new ConfigRewriter(config, userLines.get(), all);
    Path path = Path.of(file);
    Waiting waiting = Waiting.begin(clients, call);
    files.run(
        () -> {
          rewriter.write(path);
          return path;
        },
        (written, failure) ->
            waiting.end(client -> {
              if (failure == null) {
                client.reply().ok();
              } else {
                client.reply().error("ERR Rewriting config file: " + failure.getMessage());
              }
            }));
  }

  private void resetStatistics(Call call, CommandTable table) {
    table
        .all()
        .forEach(command -> {
          command.statistics().reset();
          command.subcommands().values().forEach(child -> child.statistics().reset());
        });
    resets.forEach(Runnable::run);
    call.reply().ok();
  }
}
