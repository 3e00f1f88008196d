package dev.millrace.aof;

/**
 * How a log is kept.
 *
 * @param name the manifest's stem, Redis's {@code appendfilename}; the manifest is {@code
 *     <name>.manifest}
 * @param segmentBytes size at which the executor should roll to a new segment
 * @param retentionBytes segments no longer needed to recover are deleted oldest first while the log
 *     holds more than this many bytes; 0 keeps none of them, {@link Long#MAX_VALUE} has no limit
 * @param retentionMillis such segments are also deleted once they were sealed this long ago; {@link
 *     Long#MAX_VALUE} has no limit
 * @param fsync when bytes are forced to the disk
 * @param basesKept how many bases are kept, the newest included; at least 1
 */
public record LogOptions(
    String name,
    long segmentBytes,
    long retentionBytes,
    long retentionMillis,
    FsyncPolicy fsync,
    int basesKept) {
  /** What a server starts with when its configuration says nothing. */
  public static final LogOptions DEFAULTS =
      new LogOptions(
          "appendonly.aof", 64L << 20, 1L << 30, Long.MAX_VALUE, FsyncPolicy.EVERYSEC, 1);

  public LogOptions {
    if (name.isEmpty() || name.indexOf('/') >= 0) {
      throw new IllegalArgumentException("not a file name: '" + name + "'");
    }
    if (segmentBytes < 1 || retentionBytes < 0 || retentionMillis < 0 || basesKept < 1) {
      throw new IllegalArgumentException("out of range: " + segmentBytes + ", " + retentionBytes);
    }
  }

  /** The same with another fsync policy. */
  public LogOptions withFsync(FsyncPolicy policy) {
    return new LogOptions(name, segmentBytes, retentionBytes, retentionMillis, policy, basesKept);
  }

  /** The same with other retention limits. */
  public LogOptions withRetention(long bytes, long millis) {
    return new LogOptions(name, segmentBytes, bytes, millis, fsync, basesKept);
  }

  /** The same with another segment size. */
  public LogOptions withSegmentBytes(long bytes) {
    return new LogOptions(name, bytes, retentionBytes, retentionMillis, fsync, basesKept);
  }
}
