package dev.millrace.aof;

import dev.millrace.backlog.OffsetRange;
import org.jspecify.annotations.Nullable;

/**
 * One segment as it is now, for recovery, INFO and the tools.
 *
 * @param name its file
 * @param range the stream bytes it holds
 * @param sealed false for the one being written
 * @param crc32c checksum of the whole file; null while it is open, or when the ledger lost it
 * @param sealedMillis when it was sealed, in wall-clock milliseconds; 0 when unknown
 * @param rotten true when its checksum failed: never served
 */
public record SegmentInfo(
    SegmentName name,
    OffsetRange range,
    boolean sealed,
    @Nullable Integer crc32c,
    long sealedMillis,
    boolean rotten) {}
