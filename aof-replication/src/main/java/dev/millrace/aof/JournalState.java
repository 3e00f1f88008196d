package dev.millrace.aof;

/** How the journal fares. */
public enum JournalState {
  /** All is well. */
  RUNNING,
  /**
   * There is no room on the disk. Nothing is lost: what could not be written waits in the backlog
   * and is tried again. New writes must be refused meanwhile.
   */
  DISK_FULL,
  /**
   * A write or an fsync failed. What the disk holds past the durable offset is unknown, and trying
   * again could only hide that: the server must stop, or serve reads only. For good.
   */
  FAILED,
  /** It has written everything and let go of its files. For good. */
  STOPPED
}
