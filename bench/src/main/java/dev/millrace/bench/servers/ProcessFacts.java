package dev.millrace.bench.servers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What {@code /proc} tells of one process (proc_pid_stat(5), proc_pid_status(5)): processor time of
 * all its threads, those that have ended included, and memory.
 *
 * <p>Immutable; any thread may ask.
 */
public final class ProcessFacts {
  // Counted from the field after the process's name, which is field 2 and may hold blanks.
  private static final int USER_TICKS = 14 - 3;
  private static final int SYSTEM_TICKS = 15 - 3;
  private static final int CHILDREN_USER_TICKS = 16 - 3;
  private static final int CHILDREN_SYSTEM_TICKS = 17 - 3;
  private static final long MICROS_PER_SECOND = 1_000_000;

  private final long pid;
  private final Path directory;
  private final long ticksPerSecond;

  /** Facts of the process of this number. */
  public ProcessFacts(long pid) throws IOException {
    this.pid = pid;
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

  /** The number of the process. */
  public long pid() {
    return pid;
  }

  /** User and system time used so far, in microseconds; exact to a clock tick, mostly 10 ms. */
  public long cpuMicros() throws IOException {
    return micros(USER_TICKS, SYSTEM_TICKS);
  }

  /** The same of its child processes that have ended. */
  public long endedChildrenMicros() throws IOException {
    return micros(CHILDREN_USER_TICKS, CHILDREN_SYSTEM_TICKS);
  }

  private long micros(int userField, int systemField) throws IOException {
    String stat = Files.readString(directory.resolve("stat"));
    List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1));
    long ticks = Long.parseLong(fields.get(userField)) + Long.parseLong(fields.get(systemField));
    return ticks * MICROS_PER_SECOND / ticksPerSecond;
  }

  /** Resident memory in bytes. */
  public long residentBytes() throws IOException {
    return kilobytes(directory.resolve("status"), "VmRSS:") << 10;
  }

  /**
   * Memory that it and its children take together in bytes, a page they share counted once: the sum
   * of their proportional shares ({@code Pss}). The kernel looks at every page for it, so it is
   * asked for seldom.
   */
  public long bytesWithChildren() throws IOException {
    long sum = kilobytes(directory.resolve("smaps_rollup"), "Pss:");
    for (ProcessHandle child :
        ProcessHandle.of(pid).stream().flatMap(ProcessHandle::children).toList()) {
      try {
        sum += kilobytes(Path.of("/proc", Long.toString(child.pid()), "smaps_rollup"), "Pss:");
      } catch (IOException e) {
        // It has ended since it was listed, and takes nothing any more.
      }
    }
    return sum << 10;
  }

  private static long kilobytes(Path file, String field) throws IOException {
    for (String line : Files.readAllLines(file)) {
      if (line.startsWith(field)) {
        return Long.parseLong(line.substring(field.length(), line.indexOf("kB")).strip());
      }
    }
    throw new IOException("no " + field + " in " + file);
  }
}
