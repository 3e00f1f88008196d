package dev.millrace.engine.admin;

import java.util.function.Consumer;

/**
 * Snapshots and bases, as SAVE, BGSAVE and BGREWRITEAOF ask for them. Called on the executor
 * thread.
 */
public interface Persistence {
  /** What became of a request. */
  enum Answer {
    /** It runs now. */
    STARTED,
    /** It will run once the snapshot under way has ended. */
    SCHEDULED,
    /** One of the same kind is under way. */
    ALREADY,
    /** Another kind is under way, and waiting was not asked for. */
    BUSY,
    /** There is nothing to write it to. */
    IMPOSSIBLE
  }

  /**
   * Saves the dataset to the RDB file.
   *
   * @param mayWait whether it may be put off until a base under way is taken
   * @param ended told on the executor thread whether the file is there; only after STARTED or
   *     SCHEDULED
   */
  Answer save(boolean mayWait, Consumer<Boolean> ended);

  /** Takes a new base for the log; waits for a save under way. */
  Answer takeBase();

  /** When the dataset was last saved whole, in milliseconds since the epoch. */
  long lastSaveMillis();
}
