package dev.millrace.bench.sidebyside;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What {@code /proc} tells of one process (proc_pid_stat(5), proc_pid_status(5)): processor time of
 * all its threads, those that have ended included, and resident memory.
 */
final class ProcessFacts {
  // Counted from the field after the process's name, which is field 2 and may hold blanks.
  private static final int USER_TICKS = 14 - 3;
  private static final int SYSTEM_TICKS = 15 - 3;
  private static final int CHILDREN_USER_TICKS = 16 - 3;
  private static final int CHILDREN_SYSTEM_TICKS = 17 - 3;
  private static final long MICROS_PER_SECOND = 1_000_000;

  private final Path directory;
  private final long ticksPerSecond;

  ProcessFacts(long pid) throws IOException {
    this.directory = Path.of("/proc", Long.toString(pid));
    this.ticksPerSecond = clockTicks();
  }

  private static long clockTicks() throws IOException {
    Process getconf = new ProcessBuilder("getconf", "CLK_TCK").start();
    try (var output = getconf.getInputStream()) {
      String text = new String(output.readAllBytes(), StandardCharsets.US_ASCII);
      return Long.parseLong(text.strip());
    }
  }

  /** User and system time used so far, in microseconds; exact to a clock tick, mostly 10 ms. */
  long cpuMicros() throws IOException {
    return micros(USER_TICKS, SYSTEM_TICKS);
  }

  /** The same of its child processes that have ended. */
  long endedChildrenMicros() throws IOException {
    return micros(CHILDREN_USER_TICKS, CHILDREN_SYSTEM_TICKS);
  }

  private long micros(int userField, int systemField) throws IOException {
    String stat = Files.readString(directory.resolve("stat"));
    List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1));
    long ticks = Long.parseLong(fields.get(userField)) + Long.parseLong(fields.get(systemField));
    return ticks * MICROS_PER_SECOND / ticksPerSecond;
  }

  /** Resident memory in bytes. */
  long residentBytes() throws IOException {
    for (String line : Files.readAllLines(directory.resolve("status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.substring(6, line.indexOf("kB")).strip()) << 10;
      }
    }
    throw new IOException("no VmRSS of " + directory);
  }
}
