package dev.millrace.tools.aof;

import dev.millrace.aof.BaseInfo;
import dev.millrace.aof.LedgerRecord;
import dev.millrace.aof.LogInspector;
import dev.millrace.aof.Manifest;
import dev.millrace.aof.ResyncEnd;
import dev.millrace.aof.ResyncEntry;
import dev.millrace.aof.SegmentInfo;
import dev.millrace.backlog.ReplicationHistory;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace aof inspect}: what a log holds, and what happened to it. Changes nothing. */
@Command(
    name = "inspect",
    description = "Shows the files of a log, its history, and how replicas were answered.",
    mixinStandardHelpOptions = true)
final class InspectCommand implements Callable<Integer> {
  private final PrintWriter out;

  @Parameters(
      paramLabel = "DIR",
      description = "The server's data directory, or the log's own (appendonlydir).")
  private Path directory = Path.of("");

  @Option(
      names = "--resyncs",
      paramLabel = "COUNT",
      description = "How many of the last resync decisions to show (default: ${DEFAULT-VALUE}).")
  private int resyncs = 10;

  InspectCommand(PrintWriter out) {
    this.out = out;
  }

  @Override
  public Integer call() throws IOException {
    LogDirectory log = LogDirectory.find(directory);
    LogDirectory.Notes notes = log.notes();
    LogInspector inspector = log.inspector(notes);
    List<LogInspector.SegmentReport> segments = inspector.segments();
    out.println("Log       " + log.path());
    printStream(segments);
    out.println("Manifest  " + manifest(log, inspector));
    printNotes(notes);
    printBases(inspector.bases());
    printSegments(segments);
    printResyncs(notes.records());
    return CommandLine.ExitCode.OK;
  }

  private void printStream(List<LogInspector.SegmentReport> segments) {
    if (segments.isEmpty()) {
      out.println("Stream    no segments");
      return;
    }
    long from = segments.getFirst().segment().range().start();
    long to = segments.getLast().segment().range().end();
    out.println(
        "Stream    replication offsets ["
            + from
            + ", "
            + to
            + "): "
            + (to - from)
            + " bytes, segments: "
            + segments.size());
  }

  private static String manifest(LogDirectory log, LogInspector inspector) throws IOException {
    String name = Manifest.fileName(log.options().name());
    Manifest manifest;
    try {
      manifest = inspector.manifest();
    } catch (IllegalArgumentException e) {
      return name + ": cannot be read (" + e.getMessage() + ")";
    }
    if (manifest == null) {
      return name + ": is missing";
    }
    String base = manifest.base() == null ? "no base" : String.valueOf(manifest.base());
    return name + ": " + base + ", segments listed: " + manifest.segments().size();
  }

  private void printNotes(LogDirectory.Notes notes) {
    if (!notes.complaint().isEmpty()) {
      out.println("Ledger    " + notes.complaint() + ": no times, checksums, history");
      return;
    }
    ReplicationHistory history = null;
    long durable = 0;
    // A stop counts as in order until anything but a replica's question follows it.
    LedgerRecord.@Nullable StoppedCleanly stopped = null;
    for (LedgerRecord record : notes.records()) {
      if (!(record instanceof LedgerRecord.Resync)
          && !(record instanceof LedgerRecord.ResyncEnded)) {
        stopped = null;
      }
      switch (record) {
        case LedgerRecord.HistoryChanged h -> history = h.history();
        case LedgerRecord.Checkpoint c -> durable = Math.max(durable, c.durable());
        case LedgerRecord.Sealed s -> durable = Math.max(durable, s.end());
        case LedgerRecord.StoppedCleanly s -> {
          durable = Math.max(durable, s.offset());
          stopped = s;
        }
        case LedgerRecord.Cut c -> durable = Math.min(durable, c.offset());
        case LedgerRecord.Restarted r -> durable = 0;
        default -> {}
      }
    }
    LedgerRecord last = notes.records().getLast();
    String span =
        Moment.of(notes.records().getFirst().millis()) + " to " + Moment.of(last.millis());
    out.println("Ledger    records: " + notes.records().size() + ", " + span);
    if (history != null) {
      out.println("History   " + history.id());
      if (history.previousId() != null) {
        out.println("          " + history.previousId() + " up to " + history.previousValidUpTo());
      }
    }
    out.println("Durable   " + durable + " (at least)");
    out.println(
        "Stopped   "
            + (stopped == null
                ? "no: a server is running, or did not stop in order"
                : "in order at " + stopped.offset() + ", " + Moment.of(stopped.millis())));
  }

  private void printBases(List<BaseInfo> bases) {
    out.println();
    if (bases.isEmpty()) {
      out.println("No base: the dataset is rebuilt from the stream's beginning.");
      return;
    }
    Columns table = new Columns("BASE", ">OFFSET", ">BYTES");
    for (BaseInfo base : bases) {
      table.add(String.valueOf(base.path().getFileName()), base.offset(), base.bytes());
    }
    table.print(out);
  }

  private void printSegments(List<LogInspector.SegmentReport> segments) {
    out.println();
    Columns table =
        new Columns(
            "SEGMENT", ">FROM", ">TO", ">BYTES", "CRC32C", ">CHECKPOINTS", "FIRST", "LAST/SEALED");
    for (LogInspector.SegmentReport report : segments) {
      SegmentInfo segment = report.segment();
      Integer crc = segment.crc32c();
      String checksum = crc == null ? "-" : HexFormat.of().toHexDigits(crc);
      table.add(
          segment.name(),
          segment.range().start(),
          segment.range().end(),
          segment.range().lengthBytes(),
          segment.sealed() ? checksum : "open",
          report.checkpoints(),
          Moment.of(report.firstMillis()),
          Moment.of(Math.max(report.lastMillis(), segment.sealedMillis())));
    }
    table.print(out);
  }

  private void printResyncs(List<LedgerRecord> records) {
    List<ResyncEntry> all = ResyncEntry.of(records);
    if (all.isEmpty() || resyncs <= 0) {
      return;
    }
    List<ResyncEntry> shown = all.subList(Math.max(0, all.size() - resyncs), all.size());
    out.println();
    out.println("Replicas that asked (the last " + shown.size() + " of " + all.size() + ")");
    for (ResyncEntry resync : shown) {
      ResyncEnd end = resync.end();
      String became =
          end == null
              ? ""
              : "; %s after %d bytes and %d ms"
                  .formatted(
                      end.complete() ? "done" : "broken off", end.bytes(), end.micros() / 1000);
      out.println("  " + Moment.of(resync.millis()) + "  " + resync.decision() + became);
    }
  }
}
