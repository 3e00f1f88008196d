package dev.millrace.aof;

import dev.millrace.backlog.ReplicationHistory;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was found on disk at the start, and what became of it. To rebuild the dataset, load {@link
 * #base}, then apply the stream from {@link #replayFrom} to {@link #end} ({@link
 * SegmentedLog#replay}). The database selected at the end is not kept: the next bytes appended must
 * begin with a SELECT.
 *
 * @param base the newest good base; null when there is none and the dataset begins empty
 * @param segments the segments from there on, in order and without a gap
 * @param replayFrom offset from which the stream is to be applied
 * @param end offset where the log ends, which is where appending goes on
 * @param history the IDs the stream goes under from now on
 * @param fresh true when there was no log
 * @param cleanStop true when the server had stopped in order, so the history was kept; otherwise it
 *     was forked at {@link #end}, for bytes already sent may be lost (L5)
 * @param cutBytes length of the torn tail that was cut off, usually 0
 * @param report what a person should know, one line each
 */
public record Recovery(
    @Nullable BaseInfo base,
    List<SegmentInfo> segments,
    long replayFrom,
    long end,
    ReplicationHistory history,
    boolean fresh,
    boolean cleanStop,
    long cutBytes,
    List<String> report) {
  public Recovery {
    segments = List.copyOf(segments);
    report = List.copyOf(report);
  }
}
