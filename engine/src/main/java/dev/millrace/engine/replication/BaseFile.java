package dev.millrace.engine.replication;

import dev.millrace.aof.BaseInfo;
import dev.millrace.aof.Pin;

/**
 * A base that a full sync sends.
 *
 * @param info which one; its file stays readable while the log keeps it or a transfer has it open
 * @param bytes its length
 * @param pin keeps the log from the base's offset on until the replica has it (L4); whoever sends
 *     the base closes it
 */
record BaseFile(BaseInfo info, long bytes, Pin pin) {
  /** Replication offset of the dataset in it; the stream follows from there. */
  long offset() {
    return info.offset();
  }
}
