package dev.millrace.tools;

import dev.millrace.engine.server.MillraceServer;
import dev.millrace.tools.aof.AofCommands;
import dev.millrace.tools.compare.CompareCommand;
import dev.millrace.tools.demo.DemoCommand;
import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/**
 * The {@code millrace} command line. Exit codes: 0 when what was asked for was done and found in
 * order, 1 when it was not (damage, a check that failed, a file that cannot be read), 2 when the
 * arguments are not understood.
 */
@Command(
    name = "millrace",
    description = "A Redis-protocol storage engine whose replication stream lives on disk.",
    version = "Millrace 0.1.0",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Try first:  ./millrace demo",
      "Then:       ./millrace server --port 6379 --dir DIR --appendonly yes"
    })
public final class Millrace {
  private Millrace() {}

  /** Does what the arguments say, and exits with its code unless that is 0. */
  public static void main(String[] arguments) {
    boolean terminal = Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
    // A dump is long: what is printed gathers, and who prints little by little flushes.
    PrintWriter out =
        new PrintWriter(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    int status = commandLine(out, err, terminal).execute(arguments);
    out.flush();
    if (status != 0) {
      System.exit(status);
    }
  }

  /**
   * The whole command line, ready to be executed.
   *
   * @param out where results go
   * @param err where complaints go
   * @param terminal whether {@code out} is looked at while it is written, so that a line may be
   *     drawn again in its place
   */
  public static CommandLine commandLine(PrintWriter out, PrintWriter err, boolean terminal) {
    CommandLine line = new CommandLine(new Millrace());
    line.addSubcommand(new ServerCommand());
    line.addSubcommand(AofCommands.commandLine(out));
    line.addSubcommand(new CompareCommand(out));
    line.addSubcommand(new DemoCommand(out, terminal));
    line.setOut(out).setErr(err);
    line.setExecutionExceptionHandler((failure, command, parsed) -> {
      err.println(command.getCommandName() + ": " + Complaint.of(failure));
      return CommandLine.ExitCode.SOFTWARE;
    });
    return line;
  }

  /** The server; the launcher script starts it directly, with a heap of its own. */
  @Command(name = "server", description = "The server; takes redis.conf and its directives.")
  private static final class ServerCommand implements Callable<Integer> {
    @Unmatched private List<String> arguments = new ArrayList<>();

    @Override
    public Integer call() throws InterruptedException {
      MillraceServer.main(arguments.toArray(String[]::new));
      return CommandLine.ExitCode.OK;
    }
  }
}
