package dev.millrace.engine.admin;

/**
 * What INFO PERSISTENCE tells. Asked on the executor thread. Durations are -1 when there is none.
 */
public interface PersistenceStatus {
  /** Whether a save to the RDB file is under way. */
  boolean isSaving();

  /** When the dataset was last saved whole, in milliseconds since the epoch. */
  long lastSaveMillis();

  /** Whether the last save succeeded. */
  boolean lastSaveOk();

  /** Duration of the last save. */
  long lastSaveDurationMillis();

  /** When the save under way began. */
  long saveStartedMillis();

  /** Changes that the last save does not hold. */
  long changesSinceSave();

  /** Keys of the file that was loaded last. */
  long lastLoadKeys();

  /** Keys of that file that were left out because they had expired. */
  long lastLoadKeysExpired();

  /** Number of saves since the start. */
  long saves();

  /** Whether the log is on. */
  boolean isLogOn();

  /** Whether a base is being taken. */
  boolean isTakingBase();

  /** Whether a base will be taken after the snapshot under way. */
  boolean isBaseScheduled();

  /** Duration of the last base. */
  long lastBaseDurationMillis();

  /** When the base under way began. */
  long baseStartedMillis();

  /** Whether the last base succeeded. */
  boolean lastBaseOk();

  /** Number of bases since the start. */
  long bases();

  /** Whether the log takes writes. */
  boolean lastLogWriteOk();

  /** Bytes that a restart would read: base and segments after it. */
  long logBytes();

  /** Bytes of the newest base. */
  long baseBytes();
}
