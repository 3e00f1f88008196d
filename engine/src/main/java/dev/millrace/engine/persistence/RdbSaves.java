package dev.millrace.engine.persistence;

import dev.millrace.engine.snapshot.RdbHeader;
import dev.millrace.engine.snapshot.SnapshotOutcome;
import dev.millrace.engine.snapshot.SnapshotStore;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the dataset to the RDB file of {@code dir} and {@code dbfilename}: SAVE, BGSAVE, save
 * points, and the stop of a server without a log.
 *
 * <pre>
 * 1. write temp-<pid>.rdb, forced      crash: a leftover that nothing reads
 * 2. rename it over the RDB file       crash: the old file or the new one, each whole
 * 3. force the directory
 * </pre>
 *
 * <p>Owned by: executor thread.
 */
public final class RdbSaves {
  private static final Logger LOG = LoggerFactory.getLogger(RdbSaves.class);

  private final Snapshots snapshots;
  private final Supplier<Path> target;
  private final Supplier<RdbHeader> header;
  private final List<Consumer<Boolean>> waiting = new ArrayList<>();
  private boolean saving;
  private boolean lastOk = true;
  private long lastSaveMillis;
  private long lastDurationMillis = -1;
  private long startedMillis;
  private long changesAtStart;
  private long changesSaved;

  /**
   * Saves to the file that {@code target} names at the time.
   *
   * @param startMillis when the server started, which counts as the last save
   */
  public RdbSaves(
      Snapshots snapshots, Supplier<Path> target, Supplier<RdbHeader> header, long startMillis) {
    this.snapshots = snapshots;
    this.target = target;
    this.header = header;
    this.lastSaveMillis = startMillis;
  }

  /** True while a save is under way. */
  public boolean isSaving() {
    return saving;
  }

  public boolean lastOk() {
    return lastOk;
  }

  /** When the dataset was last saved whole, in milliseconds since the epoch. */
  public long lastSaveMillis() {
    return lastSaveMillis;
  }

  /** Duration of the last save, or -1. */
  public long lastDurationMillis() {
    return lastDurationMillis;
  }

  /** When the save under way began. */
  public long startedMillis() {
    return startedMillis;
  }

  /** Changes of the dataset that the last save holds, of {@code Call.changesTotal()}. */
  public long changesSaved() {
    return changesSaved;
  }

  /**
   * Starts a save; no snapshot may be running.
   *
   * @param changes {@code Call.changesTotal()} now
   * @param whenEnded told on the executor thread whether the file is there
   */
  public void start(long changes, long nowMillis, Consumer<Boolean> whenEnded) {
    assert !saving;
    saving = true;
    startedMillis = nowMillis;
    changesAtStart = changes;
    waiting.add(whenEnded);
    Path file = target.get();
    Path temporary = file.resolveSibling("temp-" + ProcessHandle.current().pid() + ".rdb");
    snapshots.start(
        SnapshotStore.FILES, temporary, header.get(), () -> replace(temporary, file), this::ended);
  }

  private static void replace(Path temporary, Path file) throws IOException {
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    Path directory = file.toAbsolutePath().getParent();
    try (FileChannel entry = FileChannel.open(directory, StandardOpenOption.READ)) {
      entry.force(true);
    }
  }

  private void ended(SnapshotOutcome outcome) {
    saving = false;
    boolean saved = outcome.result() == SnapshotOutcome.Result.DONE;
    // One that was given up, for what it was of is deleted, says nothing about the disk.
    lastOk = saved || (lastOk && outcome.result() == SnapshotOutcome.Result.ABORTED);
    lastDurationMillis = outcome.durationNanos() / 1_000_000;
    if (saved) {
      lastSaveMillis = startedMillis + lastDurationMillis;
      changesSaved = changesAtStart;
      LOG.info(
          "saved {} keys, {} bytes, in {} ms", outcome.keys(), outcome.bytes(), lastDurationMillis);
    } else {
      LOG.error("the dataset could not be saved", outcome.failure());
    }
    List<Consumer<Boolean>> told = List.copyOf(waiting);
    waiting.clear();
    told.forEach(each -> each.accept(saved));
  }
}
