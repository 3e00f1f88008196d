package dev.millrace.engine.snapshot;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How the writing of a snapshot file ended.
 *
 * @param result whether the file is there
 * @param path where it is, or would have been
 * @param bytes size of the file; what had been written when it did not come to its end
 * @param keys number of keys in it
 * @param durationNanos from the start of the snapshot to the last fsync
 * @param failure why it failed; null otherwise
 */
public record SnapshotOutcome(
    Result result,
    Path path,
    long bytes,
    long keys,
    long durationNanos,
    @Nullable Throwable failure) {

  /** The three ends of a snapshot. */
  public enum Result {
    /** The file is whole and durable. (Its directory entry becomes so when it is renamed.) */
    DONE,
    /** Writing failed, or the disk was too slow for the bound; the file is deleted. */
    FAILED,
    /** The executor gave it up; the file is deleted. */
    ABORTED
  }
}
