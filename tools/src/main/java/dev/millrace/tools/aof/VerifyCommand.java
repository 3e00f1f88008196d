package dev.millrace.tools.aof;

import dev.millrace.aof.BaseInfo;
import dev.millrace.aof.LogInspector;
import dev.millrace.aof.LogInspector.Finding;
import dev.millrace.aof.LogInspector.SegmentReport;
import dev.millrace.aof.SegmentName;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * {@code millrace aof verify}: reads every byte of a log and compares it with the ledger's
 * checksums. Changes nothing. Exit code 1 when there is damage; a torn tail is none, for the next
 * start cuts it.
 */
@Command(
    name = "verify",
    description = "Reads every byte of a log, and names the first damaged one.",
    mixinStandardHelpOptions = true,
    footer = {"", "Exit code: 0 when the log is whole, 1 when it is damaged."})
final class VerifyCommand implements Callable<Integer> {
  private static final int DAMAGED = 1;

  private final PrintWriter out;

  @Parameters(
      paramLabel = "DIR",
      description = "The server's data directory, or the log's own (appendonlydir).")
  private Path directory = Path.of("");

  VerifyCommand(PrintWriter out) {
    this.out = out;
  }

  @Override
  public Integer call() throws IOException {
    LogDirectory log = LogDirectory.find(directory);
    LogDirectory.Notes notes = log.notes();
    LogInspector inspector = log.inspector(notes);
    List<SegmentReport> segments = inspector.segments();
    List<BaseInfo> bases = inspector.bases();
    out.println("Log  " + log.path());
    if (!notes.complaint().isEmpty()) {
      out.println("     " + notes.complaint() + ": only whole commands are checked, no checksums");
    }
    List<Finding> findings = new ArrayList<>(inspector.verify());
    for (BaseInfo base : bases) {
      BaseCheck.of(base, notes.records()).ifPresent(findings::add);
    }
    findings.sort(Comparator.comparingLong(Finding::offset));
    for (Finding finding : findings) {
      out.println((finding.torn() ? "NOTE     " : "DAMAGED  ") + place(finding));
    }
    List<Finding> damage = findings.stream().filter(f -> !f.torn()).toList();
    if (!damage.isEmpty()) {
      printWhatToDo(log, segments, bases, damage);
      return DAMAGED;
    }
    long bytes = segments.stream().mapToLong(s -> s.segment().range().lengthBytes()).sum();
    out.println(
        "Whole: "
            + bases.size()
            + (bases.size() == 1 ? " base, " : " bases, ")
            + segments.size()
            + (segments.size() == 1 ? " segment, " : " segments, ")
            + bytes
            + " bytes of stream"
            + (findings.isEmpty() ? "." : "; the next start cuts the torn tail."));
    return CommandLine.ExitCode.OK;
  }

  private static String place(Finding finding) {
    String inFile =
        SegmentName.parse(finding.file())
            .filter(name -> finding.offset() >= name.startOffset())
            .map(name -> " (byte " + (finding.offset() - name.startOffset()) + " of the file)")
            .orElse("");
    String at = finding.offset() < 0 ? "" : " at replication offset " + finding.offset();
    return finding.file() + at + inFile + ": " + finding.problem();
  }

  private void printWhatToDo(
      LogDirectory log, List<SegmentReport> segments, List<BaseInfo> bases, List<Finding> damage) {
    long base = bases.isEmpty() ? 0 : bases.getLast().offset();
    Finding first = null;
    Finding firstNeeded = null;
    for (Finding finding : damage) {
      if (SegmentName.parse(finding.file()).isPresent()) {
        first = first == null ? finding : first;
        firstNeeded = firstNeeded == null && finding.offset() >= base ? finding : firstNeeded;
      }
    }
    if (first != null) {
      out.println("First damaged byte: replication offset " + first.offset());
    }
    if (firstNeeded != null) {
      long end = segments.isEmpty() ? 0 : segments.getLast().segment().range().end();
      out.println(
          "To give up the stream from there on ("
              + Math.max(0, end - firstNeeded.offset())
              + " bytes) with the server stopped:");
      out.println("  millrace aof truncate " + log.path() + " " + firstNeeded.offset());
    } else if (first != null) {
      out.println(
          "It lies before the base at "
              + base
              + ": the server starts without it and never serves it; a replica that needs it gets a"
              + " full sync.");
    }
    if (damage.stream().anyMatch(f -> SegmentName.parse(f.file()).isEmpty())) {
      out.println("A base or a manifest can only be restored from a copy.");
    }
  }
}
