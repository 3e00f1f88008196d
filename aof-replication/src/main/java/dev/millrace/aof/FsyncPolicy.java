package dev.millrace.aof;

/** When written stream bytes are forced to the disk: Redis's {@code appendfsync}. */
public enum FsyncPolicy {
  /** Once per ring batch, before the replies of that batch leave. */
  ALWAYS,
  /** About once a second. */
  EVERYSEC,
  /** Only when a segment is sealed; otherwise the system decides. */
  NO
}
