package dev.millrace.tools.aof;

import dev.millrace.aof.LogInspector;
import dev.millrace.aof.LogTruncation;
import dev.millrace.engine.recovery.UnitScanner;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * {@code millrace aof truncate}: gives up the end of a log, for the server will not start from a
 * damaged one and never decides that by itself. Refused while a process has the log open.
 */
@Command(
    name = "truncate",
    description = {
      "Gives up the stream from OFFSET on, for good.",
      "A server can then start from what is before. It must be stopped meanwhile. Copy the"
          + " directory first if in doubt."
    },
    mixinStandardHelpOptions = true)
final class TruncateCommand implements Callable<Integer> {
  private final PrintWriter out;

  @Parameters(
      index = "0",
      paramLabel = "DIR",
      description = "The server's data directory, or the log's own (appendonlydir).")
  private Path directory = Path.of("");

  @Parameters(
      index = "1",
      paramLabel = "OFFSET",
      description = "Replication offset, as the server or aof verify named it.")
  private long offset;

  TruncateCommand(PrintWriter out) {
    this.out = out;
  }

  @Override
  public Integer call() throws IOException {
    LogDirectory log = LogDirectory.find(directory);
    OptionalLong user = LogUsers.of(log.path());
    if (user.isPresent()) {
      throw new IOException(
          "process " + user.getAsLong() + " has " + log.path() + " open: stop the server first");
    }
    long before = end(log);
    if (offset > before) {
      throw new IOException("the log ends at " + before + ", before " + offset);
    }
    long end =
        LogTruncation.truncate(
            log.options(),
            log.store(),
            LogTruncation.ledgerOf(log.store()),
            new UnitScanner(),
            System::currentTimeMillis,
            offset);
    out.println(
        "The log ends at replication offset "
            + end
            + " now; "
            + (before - end)
            + " bytes were given up.");
    if (end < offset) {
      out.println("(" + end + " is the end of the last whole command before " + offset + ")");
    }
    return CommandLine.ExitCode.OK;
  }

  private static long end(LogDirectory log) throws IOException {
    List<LogInspector.SegmentReport> segments = log.inspector(log.notes()).segments();
    return segments.isEmpty() ? 0 : segments.getLast().segment().range().end();
  }
}
