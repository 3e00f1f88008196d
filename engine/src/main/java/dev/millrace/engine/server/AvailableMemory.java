package dev.millrace.engine.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How much memory the machine, or the control group this process is in, has left.
 *
 * <p>Reads procfs and cgroupfs; for threads that may wait for files. Threads: any.
 */
final class AvailableMemory {
  private static final Path MACHINE = Path.of("/proc/meminfo");
  private static final Path GROUP_LIMIT = Path.of("/sys/fs/cgroup/memory.max");
  private static final Path GROUP_USED = Path.of("/sys/fs/cgroup/memory.current");
  private static final String MACHINE_FIELD = "MemAvailable:";

  private AvailableMemory() {}

  /** Bytes that can still be taken; {@link Long#MAX_VALUE} where the system does not say. */
  static long bytes() {
    return Math.min(ofMachine(), ofGroup());
  }

  private static long ofMachine() {
    try {
      for (String line : Files.readAllLines(MACHINE)) {
        if (line.startsWith(MACHINE_FIELD)) {
          String kibibytes = line.substring(MACHINE_FIELD.length()).replace("kB", "").strip();
          return Long.parseLong(kibibytes) * 1024;
        }
      }
    } catch (IOException | NumberFormatException e) {
      // Not told, then.
    }
    return Long.MAX_VALUE;
  }

  private static long ofGroup() {
    try {
      String limit = Files.readString(GROUP_LIMIT).strip();
      if (limit.equals("max")) {
        return Long.MAX_VALUE;
      }
      return Long.parseLong(limit) - Long.parseLong(Files.readString(GROUP_USED).strip());
    } catch (IOException | NumberFormatException e) {
      return Long.MAX_VALUE;
    }
  }
}
