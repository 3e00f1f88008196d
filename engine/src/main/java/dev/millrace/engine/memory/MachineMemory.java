package dev.millrace.engine.memory;

import java.lang.management.ManagementFactory;

/** How much memory the machine has. Stateless; any thread. */
public final class MachineMemory {
  private MachineMemory() {}

  /** All of it, in bytes; 0 where the system does not say. */
  public static long totalBytes() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : 0;
  }
}
