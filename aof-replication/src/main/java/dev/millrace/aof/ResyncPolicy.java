package dev.millrace.aof;

import dev.millrace.aof.ResyncDecision.Outcome;
import dev.millrace.aof.ResyncDecision.Rule;
import dev.millrace.backlog.OffsetRange;
import dev.millrace.backlog.ReplicationId;
import org.jspecify.annotations.Nullable;

/**
 * Decides how a replica is brought up to date: from memory, from the log, or by a full sync. A pure
 * function; may be called on any thread, the executor included.
 *
 * <p>In this order: no history or a foreign one is a full sync (L5); an offset in memory continues
 * from memory; an offset on disk continues from files unless that costs more than a snapshot;
 * anything older is a full sync.
 */
public final class ResyncPolicy {
  /** The setting that sizes the backlog in memory. */
  public static final String BACKLOG_SETTING = "repl-backlog-size";

  /** The setting that keeps older segments on disk. */
  public static final String RETENTION_SETTING = "aof-retention-size";

  /** The setting that bounds the gap served from disk. */
  public static final String GAP_SETTING = "repl-log-max-gap-percent";

  /** The setting that turns the log on. */
  public static final String LOG_SETTING = "appendonly";

  private ResyncPolicy() {}

  /** Decides. */
  public static ResyncDecision decide(ResyncRequest asked) {
    ReplicationId id = asked.askedId();
    long start = asked.askedStart();
    if (id == null) {
      return full(asked, Rule.FIRST_SYNC, "it has no history yet", "");
    }
    if (!id.equals(asked.history().id()) && !id.equals(asked.history().previousId())) {
      return full(asked, Rule.UNKNOWN_HISTORY, "that history is not known here", "");
    }
    if (!asked.history().covers(id, start)) {
      String parted = "the histories parted at " + asked.history().previousValidUpTo();
      return full(asked, Rule.DIVERGED, parted, "");
    }
    if (start < 0 || start > asked.end()) {
      return full(asked, Rule.AHEAD, "the stream ends at " + asked.end(), "");
    }
    return decideByOffset(asked, start);
  }

  private static ResyncDecision decideByOffset(ResyncRequest asked, long start) {
    OffsetRange backlog = asked.backlog();
    OffsetRange log = asked.log();
    long gapBytes = asked.end() - start;
    if (backlog != null && backlog.serves(start)) {
      return new Answer(asked).as(Outcome.FROM_BACKLOG, Rule.IN_BACKLOG, "it is in memory", "");
    }
    if (log == null) {
      // A larger backlog would have done as well, but only a log lasts.
      return full(asked, Rule.BEFORE_BACKLOG, "it is gone from memory", LOG_SETTING);
    }
    if (!log.serves(start)) {
      return full(asked, Rule.BEFORE_LOG, "it is gone from the log", RETENTION_SETTING);
    }
    long allowedBytes = allowedGap(asked);
    if (gapBytes > allowedBytes) {
      String cost = gapBytes + " bytes of log cost more than the allowed " + allowedBytes;
      return full(asked, Rule.GAP_TOO_COSTLY, cost, GAP_SETTING);
    }
    return new Answer(asked).as(Outcome.FROM_LOG, Rule.IN_LOG, "it is in the log", BACKLOG_SETTING);
  }

  private static long allowedGap(ResyncRequest asked) {
    if (asked.maxGapPercent() <= 0 || asked.snapshotBytes() <= 0) {
      return Long.MAX_VALUE;
    }
    // Divided first: a dataset of petabytes must not overflow into a small number.
    long whole = asked.snapshotBytes() / 100;
    long rest = asked.snapshotBytes() % 100;
    return Math.multiplyHigh(whole, asked.maxGapPercent()) != 0
        ? Long.MAX_VALUE
        : whole * asked.maxGapPercent() + rest * asked.maxGapPercent() / 100;
  }

  private static ResyncDecision full(
      ResyncRequest asked, Rule rule, String because, String setting) {
    return new Answer(asked).as(Outcome.FULL, rule, because, setting);
  }

  /** Words the decision. */
  private record Answer(ResyncRequest asked) {
    ResyncDecision as(Outcome outcome, Rule rule, String because, String setting) {
      ReplicationId id = asked.askedId();
      String askedId = id == null ? "?" : id.toString();
      long start = id == null ? -1 : asked.askedStart();
      StringBuilder line = new StringBuilder(200);
      line.append(asked.replica()).append(" asked for ").append(askedId).append(" at ");
      line.append(start).append("; held: memory ").append(describe(asked.backlog()));
      line.append(", log ").append(describe(asked.log())).append("; ");
      line.append(
          switch (outcome) {
            case FROM_BACKLOG -> "continued from memory";
            case FROM_LOG -> "continued from the log";
            case FULL -> "full sync";
          });
      line.append(", for ").append(because).append(" (").append(rule).append(')');
      if (!setting.isEmpty()) {
        line.append("; ").append(setting).append(" would change that");
      }
      return new ResyncDecision(
          asked.replica(),
          outcome,
          rule,
          askedId,
          start,
          line.toString(),
          setting,
          asked.backlog(),
          asked.log());
    }

    private static String describe(@Nullable OffsetRange range) {
      return range == null ? "none" : "[" + range.start() + ", " + range.end() + ")";
    }
  }
}
