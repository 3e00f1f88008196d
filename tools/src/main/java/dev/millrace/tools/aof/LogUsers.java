package dev.millrace.tools.aof;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * Tells whether a process has files of a log open, as Linux's {@code /proc} shows it. Another
 * user's processes may be hidden, so this is a guard against a slip, not a lock.
 */
final class LogUsers {
  private static final Path PROCESSES = Path.of("/proc");

  private LogUsers() {}

  /** One such process other than this one; empty when none is seen. */
  static OptionalLong of(Path directory) throws IOException {
    Path real = directory.toRealPath();
    long self = ProcessHandle.current().pid();
    return ProcessHandle.allProcesses()
        .mapToLong(ProcessHandle::pid)
        .filter(pid -> pid != self && hasOpen(pid, real))
        .findFirst();
  }

  private static boolean hasOpen(long pid, Path directory) {
    Path descriptors = PROCESSES.resolve(Long.toString(pid)).resolve("fd");
    try (DirectoryStream<Path> links = Files.newDirectoryStream(descriptors)) {
      for (Path link : links) {
        if (leadsInto(link, directory)) {
          return true;
        }
      }
      return false;
    } catch (IOException | java.nio.file.DirectoryIteratorException e) {
      // It ended meanwhile, or belongs to another user.
      return false;
    }
  }

  private static boolean leadsInto(Path link, Path directory) {
    try {
      return Files.readSymbolicLink(link).startsWith(directory);
    } catch (IOException e) {
      // Closed meanwhile.
      return false;
    }
  }
}
