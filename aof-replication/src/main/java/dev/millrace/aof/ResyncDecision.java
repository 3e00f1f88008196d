package dev.millrace.aof;

import dev.millrace.backlog.OffsetRange;
import org.jspecify.annotations.Nullable;

/**
 * How a replica's request was answered, and why.
 *
 * @param replica how the replica is called in reports
 * @param outcome what was done
 * @param rule which rule decided
 * @param askedId the ID it asked with, {@code ?} for none
 * @param askedStart the offset it stands at, -1 for none
 * @param explanation one line: what was asked, what was held, which rule decided, and which setting
 *     would have changed it
 * @param setting that setting, empty when none would
 * @param memory what memory held; null for nothing, or when it is not known
 * @param log what the disk held; null likewise
 */
public record ResyncDecision(
    String replica,
    Outcome outcome,
    Rule rule,
    String askedId,
    long askedStart,
    String explanation,
    String setting,
    @Nullable OffsetRange memory,
    @Nullable OffsetRange log) {
  /** The three answers. */
  public enum Outcome {
    /** {@code +CONTINUE}, the missing bytes from memory. */
    FROM_BACKLOG,
    /** {@code +CONTINUE}, the missing bytes from segment files, then from memory. */
    FROM_LOG,
    /** {@code +FULLRESYNC}. */
    FULL
  }

  /** What led to the answer. Stored by name in the ledger: never rename one. */
  public enum Rule {
    /** The offset is in memory. */
    IN_BACKLOG,
    /** The offset is on disk, and sending from there costs less than a snapshot. */
    IN_LOG,
    /** The replica has no history. */
    FIRST_SYNC,
    /** Its history is neither ours nor the one ours continues. */
    UNKNOWN_HISTORY,
    /** It went further along the previous history than ours did. */
    DIVERGED,
    /** It is ahead of this server's stream. */
    AHEAD,
    /** The offset is no longer in memory, and no log is kept. */
    BEFORE_BACKLOG,
    /** The offset is neither in memory nor on disk any more. */
    BEFORE_LOG,
    /** The gap costs more than a snapshot. */
    GAP_TOO_COSTLY
  }

  @Override
  public String toString() {
    return explanation;
  }
}
