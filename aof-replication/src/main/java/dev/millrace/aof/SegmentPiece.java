package dev.millrace.aof;

/**
 * Stream bytes that stand in one file.
 *
 * @param file where; open until the source that gave it moves to the next segment or is closed
 * @param filePosition from where in the file
 * @param bytes how many, at least 1
 * @param offset replication offset of the first one
 */
public record SegmentPiece(SegmentFile file, long filePosition, long bytes, long offset) {}
