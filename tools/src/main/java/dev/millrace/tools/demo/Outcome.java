package dev.millrace.tools.demo;

import static java.lang.String.format;
import static java.util.Locale.ROOT;

import org.HdrHistogram.Histogram;

/**
 * The figures, and whether they are what was promised.
 *
 * @param leftAt replication offset at which the replica went away
 * @param before the master's counters then
 * @param after the same when both were level and nothing was written any more
 * @param calm the writer's latencies in nanoseconds before the replica came back
 * @param busy the same while it caught up
 */
record Outcome(
    long leftAt,
    Timing timing,
    Counters before,
    Counters after,
    Histogram calm,
    Histogram busy,
    String masterDigest,
    String replicaDigest) {
  /** Prints everything; true when the promise was kept. */
  boolean print(Screen screen) {
    long logBytes = after.logBytes() - before.logBytes();
    long backlogBytes = after.backlogBytes() - before.backlogBytes();
    long fullSyncs = after.fullSyncs() - before.fullSyncs();
    long partialSyncs = after.partialSyncs() - before.partialSyncs();
    boolean equal = masterDigest.equals(replicaDigest);
    screen.say("");
    screen.say("Result");
    screen.say(format(ROOT, "   bytes from the log      %,15d   (repl_bytes_from_log)", logBytes));
    screen.say(
        format(ROOT, "   bytes from the backlog  %,15d   (repl_bytes_from_backlog)", backlogBytes));
    screen.say(
        format(
            ROOT,
            "   time to be level        %13.2f s   after %.2f s to reconnect; %.0f MB/s",
            timing.secondsToCatchUp(),
            timing.secondsToLink(),
            timing.megabytesPerSecond()));
    screen.say(
        format(
            ROOT,
            "   full syncs              %15d   more (sync_full %d -> %d)",
            fullSyncs,
            before.fullSyncs(),
            after.fullSyncs()));
    screen.say(
        format(
            ROOT,
            "   partial syncs           %15d   more (sync_partial_ok %d -> %d)",
            partialSyncs,
            before.partialSyncs(),
            after.partialSyncs()));
    screen.say(format(ROOT, "   writer's p99 before     %s", latency(calm)));
    screen.say(format(ROOT, "   writer's p99 during     %s", latency(busy)));
    screen.say(format(ROOT, "   DEBUG DIGEST, master    %s", masterDigest));
    screen.say(
        format(
            ROOT,
            "   DEBUG DIGEST, replica   %s   %s",
            replicaDigest,
            equal ? "equal" : "DIFFERENT"));
    screen.say("");
    screen.say("The master's own account (INFO replication, last_resync):");
    screen.say(format(ROOT, "   %s", after.lastResync()));
    screen.say("");
    boolean kept = fullSyncs == 0 && partialSyncs == 1 && logBytes > 0 && equal;
    screen.say(
        kept
            ? "Kept: the replica continued where it stood, from the log, without a full copy."
            : "NOT KEPT: the replica did not catch up from the log as it should have.");
    return kept;
  }

  private static String latency(Histogram nanos) {
    if (nanos.getTotalCount() == 0) {
      return format(ROOT, "%15s   (no write fell into that time)", "-");
    }
    return format(
        ROOT,
        "%12.2f ms   (%d writes, the slowest %.2f ms)",
        nanos.getValueAtPercentile(99) / 1e6,
        nanos.getTotalCount(),
        nanos.getMaxValue() / 1e6);
  }
}
