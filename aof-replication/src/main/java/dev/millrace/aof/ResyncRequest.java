package dev.millrace.aof;

import dev.millrace.backlog.OffsetRange;
import dev.millrace.backlog.ReplicationHistory;
import dev.millrace.backlog.ReplicationId;
import org.jspecify.annotations.Nullable;

/**
 * Everything the resync decision depends on.
 *
 * @param replica how the replica is called in reports, such as its address
 * @param askedId the history it has a prefix of; null when it has none ({@code PSYNC ?})
 * @param askedStart how many bytes of it; meaningless without an ID
 * @param history this server's histories
 * @param end offset where the stream ends now
 * @param backlog what memory holds; null when there is no backlog
 * @param log what the disk holds and may serve; null when no log is kept
 * @param snapshotBytes about how many bytes a full sync would send; 0 when unknown
 * @param maxGapPercent a gap served from the log may cost this much of a snapshot; 0 for any
 */
public record ResyncRequest(
    String replica,
    @Nullable ReplicationId askedId,
    long askedStart,
    ReplicationHistory history,
    long end,
    @Nullable OffsetRange backlog,
    @Nullable OffsetRange log,
    long snapshotBytes,
    int maxGapPercent) {}
