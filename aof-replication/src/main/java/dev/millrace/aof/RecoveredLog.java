package dev.millrace.aof;

import java.util.List;
import java.util.zip.CRC32C;

/**
 * A log's directory once it is in order.
 *
 * @param listed whether a manifest is kept
 * @param segments oldest first, the last one open
 * @param bases newest first
 * @param openCrc checksum over what the open segment holds
 */
record RecoveredLog(
    Manifest manifest,
    boolean listed,
    List<Segment> segments,
    List<BaseInfo> bases,
    CRC32C openCrc,
    Recovery recovery) {}
