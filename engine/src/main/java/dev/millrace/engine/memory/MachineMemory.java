package dev.millrace.engine.memory;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How much memory the machine has, and how much it, or the control group this process is in, has
 * left.
 *
 * <p>Threads: any; what is left is read from procfs and cgroupfs, by threads that may wait for
 * files.
 */
public final class MachineMemory {
  private static final Path MACHINE = Path.of("/proc/meminfo");
  private static final Path GROUP_LIMIT = Path.of("/sys/fs/cgroup/memory.max");
  private static final Path GROUP_USED = Path.of("/sys/fs/cgroup/memory.current");
  private static final String MACHINE_FIELD = "MemAvailable:";

  private MachineMemory() {}

  /** All of it, in bytes; 0 where the system does not say. */
  public static long totalBytes() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : 0;
  }

  /** Bytes that can still be taken; {@link Long#MAX_VALUE} where the system does not say. */
  public static long availableBytes() {
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
