package dev.millrace.tools.aof;

import dev.millrace.aof.FileSegmentStore;
import dev.millrace.aof.LedgerRecord;
import dev.millrace.aof.LogInspector;
import dev.millrace.aof.LogOptions;
import dev.millrace.aof.SegmentName;
import dev.millrace.aof.SegmentStore;
import dev.millrace.engine.recovery.UnitScanner;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A log's directory, found from the path a person gave: that directory itself, or the server's data
 * directory around it.
 *
 * @param path the directory that holds the segments
 * @param store the same, for the log's own classes
 * @param options with the log's name, as its manifest has it
 */
record LogDirectory(Path path, SegmentStore store, LogOptions options) {
  private static final String MANIFEST_SUFFIX = ".manifest";
  private static final String TEMPORARY_PREFIX = "temp";

  /**
   * Finds the log.
   *
   * @throws IOException when there is none, or more than one
   */
  static LogDirectory find(Path given) throws IOException {
    if (!Files.isDirectory(given)) {
      throw Files.exists(given)
          ? new NotDirectoryException(given + ": is not a directory")
          : new java.nio.file.NoSuchFileException(given.toString());
    }
    if (holdsLog(given)) {
      return open(given);
    }
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> below = Files.newDirectoryStream(given, Files::isDirectory)) {
      for (Path directory : below) {
        if (holdsLog(directory)) {
          found.add(directory);
        }
      }
    }
    found.sort(null);
    if (found.isEmpty()) {
      throw new IOException(
          given + " holds no log: no " + new SegmentName(0) + " or the like, here or one below");
    }
    if (found.size() > 1) {
      throw new IOException(given + " holds several logs, name one of them: " + found);
    }
    return open(found.getFirst());
  }

  private static boolean holdsLog(Path directory) throws IOException {
    for (String name : names(directory)) {
      if (isManifest(name) || SegmentName.parse(name).isPresent()) {
        return true;
      }
    }
    return false;
  }

  private static boolean isManifest(String name) {
    return name.endsWith(MANIFEST_SUFFIX) && !name.startsWith(TEMPORARY_PREFIX);
  }

  private static List<String> names(Path directory) throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, Files::isRegularFile)) {
      for (Path file : files) {
        names.add(String.valueOf(file.getFileName()));
      }
    }
    return names;
  }

  private static LogDirectory open(Path directory) throws IOException {
    List<String> manifests = names(directory).stream().filter(LogDirectory::isManifest).toList();
    if (manifests.size() > 1) {
      throw new IOException(directory + " holds several manifests: " + manifests);
    }
    LogOptions defaults = LogOptions.DEFAULTS;
    String name = defaults.name();
    if (!manifests.isEmpty()) {
      String manifest = manifests.getFirst();
      name = manifest.substring(0, manifest.length() - MANIFEST_SUFFIX.length());
    }
    LogOptions options =
        new LogOptions(
            name,
            defaults.segmentBytes(),
            defaults.retentionBytes(),
            defaults.retentionMillis(),
            defaults.fsync(),
            defaults.basesKept());
    Path whole = directory.toAbsolutePath().normalize();
    return new LogDirectory(whole, FileSegmentStore.existing(whole), options);
  }

  /** What the ledger says; empty when it is lost. */
  Notes notes() {
    try {
      List<LedgerRecord> records = LogInspector.ledgerOf(store);
      String complaint = records.isEmpty() ? "there is no ledger" : "";
      return new Notes(records, complaint);
    } catch (IOException | RuntimeException e) {
      // A ruined ledger must not hide what the segments themselves can tell.
      return new Notes(List.of(), "the ledger cannot be read (" + e.getMessage() + ")");
    }
  }

  /** Looks at the log with what the ledger says. */
  LogInspector inspector(Notes notes) {
    return new LogInspector(store, options, new UnitScanner(), notes.records());
  }

  /**
   * The ledger's records.
   *
   * @param complaint why there are none; empty when there are some
   */
  record Notes(List<LedgerRecord> records, String complaint) {}
}
