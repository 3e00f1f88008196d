package dev.millrace.engine.config;

import static dev.millrace.engine.config.Declarations.INT_MAX;
import static dev.millrace.engine.config.Declarations.INT_MIN;
import static dev.millrace.engine.config.Declarations.LONG_MAX;
import static dev.millrace.engine.config.Declarations.MEGA;
import static dev.millrace.engine.config.Declarations.Trait.HIDDEN;
import static dev.millrace.engine.config.Declarations.Trait.IMMUTABLE;
import static dev.millrace.engine.config.Declarations.Trait.MANY_ARGUMENTS;
import static dev.millrace.engine.config.Declarations.Trait.PROTECTED;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/** Directives about the log, its segments, and snapshots. */
public final class PersistenceSettings {
  /** When the log is forced to disk. */
  public enum AppendFsync {
    EVERYSEC,
    ALWAYS,
    NO
  }

  /** How far a snapshot's or RESTORE's payload is looked at before it is trusted. */
  public enum SanitizeDumpPayload {
    NO,
    YES,
    CLIENTS
  }

  /** Ours: on by default, for the log is what this server is about. */
  public final BooleanDirective appendonly;

  public final TextDirective appendfilename;
  public final TextDirective appenddirname;
  public final ChoiceDirective<AppendFsync> appendfsync;
  public final BooleanDirective noAppendfsyncOnRewrite;
  public final NumberDirective autoAofRewritePercentage;
  public final NumberDirective autoAofRewriteMinSize;
  public final BooleanDirective aofLoadTruncated;

  /** Accepted and kept; a base is always an RDB file here. */
  public final BooleanDirective aofUseRdbPreamble;

  /** Accepted and kept; times are in the ledger beside the log, never inside it (law L1). */
  public final BooleanDirective aofTimestampEnabled;

  public final BooleanDirective aofRewriteIncrementalFsync;
  public final BooleanDirective aofDisableAutoGc;

  /** Ours: a segment is closed and the next begun when it has this many bytes. */
  public final NumberDirective aofSegmentSize;

  /**
   * Ours: segments no longer needed for recovery are kept for replicas up to this many bytes in
   * all; 0 means without this limit.
   */
  public final NumberDirective aofRetentionSize;

  /**
   * Ours: segments no longer needed for recovery are deleted when they are older than so many
   * seconds; 0 means never by age.
   */
  public final NumberDirective aofRetentionTime;

  public final ValueDirective<List<SavePoint>> save;

  /** The working directory, absolute. */
  public final TextDirective dir;

  public final TextDirective dbfilename;
  public final BooleanDirective stopWritesOnBgsaveError;
  public final BooleanDirective rdbcompression;
  public final BooleanDirective rdbchecksum;
  public final BooleanDirective rdbDelSyncFiles;

  /**
   * Ours: how many bytes per second a snapshot may write, so that clients beside it keep processor
   * and disk; 0 for as fast as the disk takes it.
   */
  public final NumberDirective snapshotMaxRate;

  public final BooleanDirective rdbSaveIncrementalFsync;
  public final ChoiceDirective<SanitizeDumpPayload> sanitizeDumpPayload;
  public final NumberDirective rdbKeySaveDelay;
  public final NumberDirective keyLoadDelay;
  public final NumberDirective loadingProcessEventsIntervalBytes;

  PersistenceSettings(Declarations declare) {
    appendonly = declare.bool("appendonly", true);
    appendfilename =
        declare.text(
            "appendfilename",
            "appendonly.aof",
            text -> fileName("appendfilename", text),
            IMMUTABLE);
    appenddirname =
        declare.text(
            "appenddirname", "appendonlydir", text -> fileName("appenddirname", text), IMMUTABLE);
    appendfsync = declare.choice("appendfsync", AppendFsync.EVERYSEC);
    noAppendfsyncOnRewrite = declare.bool("no-appendfsync-on-rewrite", false);
    autoAofRewritePercentage = declare.integer("auto-aof-rewrite-percentage", 100, 0, INT_MAX);
    autoAofRewriteMinSize = declare.memory("auto-aof-rewrite-min-size", 64 * MEGA, 0, LONG_MAX);
    aofLoadTruncated = declare.bool("aof-load-truncated", true);
    aofUseRdbPreamble = declare.bool("aof-use-rdb-preamble", true);
    aofTimestampEnabled = declare.bool("aof-timestamp-enabled", false);
    aofRewriteIncrementalFsync = declare.bool("aof-rewrite-incremental-fsync", true);
    aofDisableAutoGc = declare.bool("aof-disable-auto-gc", false);
    aofSegmentSize = declare.memory("aof-segment-size", 64 * MEGA, 4096, 1L << 40);
    aofRetentionSize = declare.memory("aof-retention-size", 1024 * MEGA, 0, LONG_MAX);
    aofRetentionTime = declare.integer("aof-retention-time", 0, 0, INT_MAX);
    save = declare.value("save", new SavePoint.Format(), SavePoint.DEFAULT, MANY_ARGUMENTS);
    dir = declare.text("dir", currentDirectory(), this::directory, PROTECTED);
    dbfilename =
        declare.text("dbfilename", "dump.rdb", PersistenceSettings::snapshotName, PROTECTED);
    stopWritesOnBgsaveError = declare.bool("stop-writes-on-bgsave-error", true);
    rdbcompression = declare.bool("rdbcompression", true);
    rdbchecksum = declare.bool("rdbchecksum", true, IMMUTABLE);
    rdbDelSyncFiles = declare.bool("rdb-del-sync-files", false);
    snapshotMaxRate = declare.memory("snapshot-max-rate", 0, 0, LONG_MAX);
    rdbSaveIncrementalFsync = declare.bool("rdb-save-incremental-fsync", true);
    sanitizeDumpPayload = declare.choice("sanitize-dump-payload", SanitizeDumpPayload.NO);
    rdbKeySaveDelay = declare.integer("rdb-key-save-delay", 0, INT_MIN, INT_MAX, HIDDEN);
    keyLoadDelay = declare.integer("key-load-delay", 0, INT_MIN, INT_MAX, HIDDEN);
    loadingProcessEventsIntervalBytes =
        declare.integer("loading-process-events-interval-bytes", 2 * MEGA, 1024, INT_MAX, HIDDEN);
  }

  private static String fileName(String directive, String text) throws ConfigException {
    if (text.isEmpty()) {
      throw new ConfigException(directive + " can't be empty");
    }
    if (text.indexOf('/') >= 0) {
      String kind = directive.equals("appenddirname") ? "dirname" : "filename";
      throw new ConfigException(directive + " can't be a path, just a " + kind);
    }
    return text;
  }

  private static String snapshotName(String text) throws ConfigException {
    if (text.indexOf('/') >= 0) {
      throw new ConfigException("dbfilename can't be a path, just a filename");
    }
    return text;
  }

  private static String currentDirectory() {
    return latin(Path.of("").toAbsolutePath().toString());
  }

  /** A relative path is taken from the present one, as chdir would. */
  private String directory(String text) throws ConfigException {
    try {
      String path = new String(text.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
      Path resolved = Path.of(dir.value()).resolve(path).normalize();
      if (!path.isEmpty() && Files.isDirectory(resolved)) {
        return latin(resolved.toString());
      }
      if (Files.exists(resolved) && !path.isEmpty()) {
        throw new ConfigException("Not a directory");
      }
    } catch (InvalidPathException impossible) {
      // No such path can exist.
    }
    throw new ConfigException("No such file or directory");
  }

  private static String latin(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }
}
