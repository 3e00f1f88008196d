package dev.millrace.aof;

import dev.millrace.backlog.ReplicationHistory;

/**
 * One entry of the ledger, which keeps beside the segments what must not stand inside them (L1):
 * times, checksums, and what was done to the log and why. Times are wall-clock milliseconds.
 * Immutable.
 */
public sealed interface LedgerRecord {
  /** Whether it only tells of a replica's resync: then nothing of the log rests on it. */
  default boolean isOfResync() {
    return this instanceof Resync || this instanceof ResyncEnded;
  }

  /** When it happened, in wall-clock milliseconds. */
  long millis();

  /**
   * The server began to use the log.
   *
   * @param offset where the log ended then
   */
  record Started(long offset, long millis) implements LedgerRecord {}

  /**
   * Everything in {@code [from, offset)} of a segment was written.
   *
   * @param segment start offset of the segment
   * @param from where the checkpoint before it ended, or the segment's start
   * @param offset a command boundary
   * @param durable offset up to which bytes had been forced to the disk; what lies below it cannot
   *     be torn by a crash
   * @param selectedDb database selected in the stream at {@code offset}, -1 when unknown
   * @param crc32c checksum of the bytes in {@code [from, offset)}
   */
  record Checkpoint(
      long segment, long from, long offset, long durable, long millis, int selectedDb, int crc32c)
      implements LedgerRecord {
    /** Where in the segment's file {@link #offset} is. */
    public long filePosition() {
      return offset - segment;
    }
  }

  /**
   * A new segment was begun.
   *
   * @param segment its start offset
   */
  record Rolled(long segment, long millis) implements LedgerRecord {}

  /**
   * A segment is complete and forced to the disk.
   *
   * @param segment its start offset
   * @param end offset just past its last byte
   * @param crc32c checksum of the whole segment
   */
  record Sealed(long segment, long end, long millis, int crc32c) implements LedgerRecord {}

  /**
   * A segment was deleted.
   *
   * @param segment its start offset
   * @param end offset just past its last byte
   * @param reason which limit let it go
   */
  record Retired(long segment, long end, long millis, String reason) implements LedgerRecord {}

  /**
   * A base was adopted.
   *
   * @param offset where its dataset stands
   * @param bytes length of its file
   * @param crc32c checksum of its file
   */
  record BaseAdopted(long offset, long bytes, long millis, int crc32c) implements LedgerRecord {}

  /**
   * A base was deleted.
   *
   * @param offset where its dataset stood
   */
  record BaseRetired(long offset, long millis) implements LedgerRecord {}

  /**
   * The stream goes under these IDs from here on.
   *
   * @param offset where that began
   */
  record HistoryChanged(long offset, long millis, ReplicationHistory history)
      implements LedgerRecord {}

  /** A replica asked, and this was the answer. */
  record Resync(long millis, ResyncDecision decision) implements LedgerRecord {}

  /** What a replica had asked for is done, or it is lost. */
  record ResyncEnded(long millis, ResyncEnd end) implements LedgerRecord {}

  /**
   * A torn tail was cut; checkpoints of that segment past the cut are void.
   *
   * @param segment start offset of the segment
   * @param offset the new end of the log
   * @param lostBytes how many bytes were cut off
   */
  record Cut(long segment, long offset, long lostBytes, long millis) implements LedgerRecord {}

  /**
   * The log was begun anew at this offset (a replica took over its master's dataset); what the
   * ledger says before is void.
   */
  record Restarted(long offset, long millis) implements LedgerRecord {}

  /**
   * The server stopped with everything written and forced.
   *
   * @param offset the end of the log
   */
  record StoppedCleanly(long offset, long millis) implements LedgerRecord {}
}
