package dev.millrace.tools.aof;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code millrace aof}: the group of commands that look at a log, and mend it. */
@Command(
    name = "aof",
    description = "A look into a log on disk, and the mending of a damaged one.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
public final class AofCommands {
  private AofCommands() {}

  /** The group with its commands, which print to {@code out}. */
  public static CommandLine commandLine(PrintWriter out) {
    return new CommandLine(new AofCommands())
        .addSubcommand(new InspectCommand(out))
        .addSubcommand(new VerifyCommand(out))
        .addSubcommand(new DumpCommand(out))
        .addSubcommand(new TruncateCommand(out));
  }
}
