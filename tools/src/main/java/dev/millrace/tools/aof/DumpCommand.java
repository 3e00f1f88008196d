package dev.millrace.tools.aof;

import dev.millrace.aof.LogInspector;
import dev.millrace.aof.SegmentName;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code millrace aof dump}: the stream's commands, each with the replication offset of its first
 * byte. Changes nothing. Exit code 1 when it comes to bytes that are no command before the end.
 */
@Command(
    name = "dump",
    description = "Prints the commands of the stream, each with its replication offset.",
    mixinStandardHelpOptions = true)
final class DumpCommand implements Callable<Integer> {
  private static final int DAMAGED = 1;
  private static final int LOOK_PERIOD = 1000;

  private final PrintWriter out;

  @Parameters(
      paramLabel = "DIR",
      description = "The server's data directory, or the log's own (appendonlydir).")
  private Path directory = Path.of("");

  @Option(
      names = "--from",
      paramLabel = "OFFSET",
      description = "Begin with the first command at or after this offset.")
  private long from;

  @Option(
      names = "--to",
      paramLabel = "OFFSET",
      description = "End before the first command at or after this offset.")
  private long to = Long.MAX_VALUE;

  @Option(names = "--full", description = "Print values whole, however long.")
  private boolean full;

  private long lastSegment;
  private long previousEnd = -1;
  private boolean damaged;
  private long printed;

  DumpCommand(PrintWriter out) {
    this.out = out;
  }

  @Override
  public Integer call() throws IOException {
    LogDirectory log = LogDirectory.find(directory);
    LogInspector inspector = log.inspector(log.notes());
    List<LogInspector.SegmentReport> segments = inspector.segments();
    lastSegment = segments.isEmpty() ? 0 : segments.getLast().segment().range().start();
    CommandText text = new CommandText(full);
    inspector.dump((start, bytes) -> dump(start, bytes, text));
    out.flush();
    return damaged ? DAMAGED : CommandLine.ExitCode.OK;
  }

  private void dump(long segmentStart, MemorySegment bytes, CommandText text) {
    if (segmentStart >= to || segmentStart + bytes.byteSize() <= from || damaged) {
      return;
    }
    if (previousEnd >= 0 && previousEnd != segmentStart) {
      out.println("# " + previousEnd + ": the stream has a gap up to " + segmentStart);
      damaged = true;
    }
    previousEnd = segmentStart + bytes.byteSize();
    out.println("# " + new SegmentName(segmentStart));
    StreamCursor command = new StreamCursor(bytes);
    while (command.next()) {
      long offset = segmentStart + command.start();
      if (offset >= to) {
        return;
      }
      if (offset >= from) {
        out.println(offset + " " + text.of(command));
        // Nobody reads on, as with `| head`.
        if (++printed % LOOK_PERIOD == 0 && out.checkError()) {
          to = offset;
          return;
        }
      }
    }
    if (command.end() == bytes.byteSize()) {
      return;
    }
    String place = "# " + (segmentStart + command.end());
    if (segmentStart == lastSegment) {
      // The end of the log: being written just now, or torn by a crash.
      out.println(place + ": the last command is not whole");
    } else {
      out.println(place + ": no whole command here; see millrace aof verify");
      damaged = true;
    }
  }
}
