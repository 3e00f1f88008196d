package dev.millrace.engine.persistence;

import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.keyspace.SnapshotWalk;
import dev.millrace.engine.pipeline.RequestRing;
import dev.millrace.engine.pipeline.Slice;
import dev.millrace.engine.snapshot.RdbHeader;
import dev.millrace.engine.snapshot.SnapshotChannel;
import dev.millrace.engine.snapshot.SnapshotEntries;
import dev.millrace.engine.snapshot.SnapshotFile;
import dev.millrace.engine.snapshot.SnapshotOutcome;
import dev.millrace.engine.snapshot.SnapshotStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The executor's half of a snapshot: makes the cut, walks the dataset a slice per round, and hands
 * what it sees to the snapshot thread. One snapshot is taken at a time.
 *
 * <p>L6: a slice ends after {@value #SLICE_NANOS} ns, and does nothing while the snapshot thread
 * has enough to write.
 *
 * <p>Owned by: executor thread.
 */
public final class Snapshots implements Slice {
  private static final long SLICE_NANOS = 200_000;
  private static final int BUCKETS_PER_SLICE = 1024;

  private final Keyspace keyspace;
  private final RequestRing ring;
  private final Supplier<SnapshotFile.Options> options;
  private @Nullable SnapshotChannel channel;
  private @Nullable SnapshotWalk walk;
  private @Nullable SnapshotEntries entries;
  private boolean running;
  private Supplier<List<byte[]>> libraries = List::of;

  public Snapshots(Keyspace keyspace, RequestRing ring, Supplier<SnapshotFile.Options> options) {
    this.keyspace = keyspace;
    this.ring = ring;
    this.options = options;
  }

  /** Sets who tells, at each cut, the sources of the function libraries there are. */
  public void libraries(Supplier<List<byte[]>> sources) {
    libraries = sources;
  }

  /** True from the cut until the file is complete, or has failed. */
  public boolean isRunning() {
    return running;
  }

  /** True while so much waits to be written that commands should wait too. */
  public boolean isCongested() {
    SnapshotChannel open = channel;
    return open != null && open.isCongested();
  }

  /** Entries handed over so far. */
  public long emittedEntries() {
    return walk == null ? 0 : walk.emittedEntries();
  }

  /**
   * Cuts a snapshot of the dataset as it is now.
   *
   * @param whenWritten does on the snapshot thread what is left to do with a finished file, and may
   *     throw to fail the snapshot
   * @param whenEnded told the outcome on the executor thread
   */
  public void start(
      SnapshotStore store,
      Path path,
      RdbHeader header,
      Completion whenWritten,
      Consumer<SnapshotOutcome> whenEnded) {
    assert !running;
    List<SnapshotFile.DatabaseSize> sizes = new ArrayList<>();
    for (int i = 0; i < keyspace.databases(); i++) {
      Database database = keyspace.database(i);
      sizes.add(new SnapshotFile.DatabaseSize(database.size(), database.expiring()));
    }
    running = true;
    SnapshotFile file =
        new SnapshotFile(
            store,
            path,
            header,
            sizes,
            options.get(),
            System::nanoTime,
            outcome -> {
              SnapshotOutcome last = complete(whenWritten, outcome);
              ring.submit(() -> {
                ended();
                whenEnded.accept(last);
              });
            });
    SnapshotChannel to = file.libraries(libraries.get()).start();
    channel = to;
    SnapshotEntries into = new SnapshotEntries(to, keyspace);
    entries = into;
    walk = keyspace.startWalk(into);
  }

  /** What is left to do with a finished file. */
  @FunctionalInterface
  public interface Completion {
    /** Runs on the snapshot thread. */
    void run() throws java.io.IOException;
  }

  private static SnapshotOutcome complete(Completion completion, SnapshotOutcome outcome) {
    if (outcome.result() != SnapshotOutcome.Result.DONE) {
      return outcome;
    }
    try {
      completion.run();
      return outcome;
    } catch (java.io.IOException | RuntimeException | AssertionError e) {
      return new SnapshotOutcome(
          SnapshotOutcome.Result.FAILED,
          outcome.path(),
          outcome.bytes(),
          outcome.keys(),
          outcome.durationNanos(),
          e);
    }
  }

  private void ended() {
    stopWalk();
    running = false;
  }

  @Override
  public boolean run(long nowMillis) {
    SnapshotWalk going = walk;
    SnapshotEntries into = entries;
    SnapshotChannel to = channel;
    if (going == null || into == null || to == null) {
      return false;
    }
    if (to.hasFailed()) {
      stopWalk();
      return false;
    }
    if (!to.hasRoom()) {
      return false;
    }
    if (into.isWritingValues()) {
      into.advance(System::nanoTime, SLICE_NANOS);
      return true;
    }
    if (going.advance(BUCKETS_PER_SLICE, SLICE_NANOS) || into.isWritingValues()) {
      return true;
    }
    walk = null;
    entries = null;
    channel = null;
    to.finish();
    return false;
  }

  /** Gives up a snapshot under way; its outcome is told as ever. */
  public void cancel() {
    stopWalk();
  }

  private void stopWalk() {
    SnapshotWalk going = walk;
    SnapshotEntries into = entries;
    SnapshotChannel to = channel;
    walk = null;
    entries = null;
    channel = null;
    if (going != null) {
      going.cancel();
    }
    if (into != null) {
      into.cancel();
    }
    if (to != null) {
      to.abort();
    }
  }
}
