package dev.millrace.engine.persistence;

import dev.millrace.engine.admin.RdbDigest;
import dev.millrace.engine.snapshot.RdbHeader;
import dev.millrace.engine.snapshot.SnapshotOutcome;
import dev.millrace.engine.snapshot.SnapshotStore;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Digests of the dataset as it stands at replication offsets to come: two nodes of one history that
 * are asked for the same offset answer the same, or differ.
 *
 * <p>L6: the dataset goes into a snapshot like any other, cut between the unit that reaches the
 * offset and the next; the snapshot's thread reads it back and computes.
 *
 * <p>Owned by: executor thread.
 */
public final class DigestsAtOffset {
  private final Snapshots snapshots;
  private final LongSupplier datasetOffset;
  private final Supplier<Path> directory;
  private final LongFunction<RdbHeader> header;
  private final int databases;
  private final PriorityQueue<Wanted> waiting =
      new PriorityQueue<>(Comparator.comparingLong(Wanted::offset));

  // The least of those waiting.
  private long next = Long.MAX_VALUE;

  /** Is told what came of a request. */
  public interface Listener {
    /** The digest of the dataset at {@code offset}, the first end of a unit not before it. */
    void taken(long offset, RdbDigest digest);

    /** There is none. */
    void failed(String why);

    /** Whether nobody wants it any more. */
    boolean isGone();
  }

  private record Wanted(long offset, int part, Listener listener) {}

  /**
   * None are wanted yet.
   *
   * @param datasetOffset where the dataset stands
   * @param directory where a snapshot may be written, under a temporary name
   * @param databases how many there are
   */
  public DigestsAtOffset(
      Snapshots snapshots,
      LongSupplier datasetOffset,
      Supplier<Path> directory,
      LongFunction<RdbHeader> header,
      int databases) {
    this.snapshots = snapshots;
    this.datasetOffset = datasetOffset;
    this.directory = directory;
    this.header = header;
    this.databases = databases;
  }

  /** Where the dataset stands: on a delayed replica, before the stream's end. */
  public long datasetOffset() {
    return datasetOffset.getAsLong();
  }

  /**
   * Asks for one.
   *
   * @param offset not before where the dataset stands
   * @param part a part whose keys are wanted too; -1 for none
   */
  public void request(long offset, int part, Listener listener) {
    // L7: no more are kept than there are clients.
    forgetGone();
    waiting.add(new Wanted(offset, part, listener));
    next = Math.min(next, offset);
  }

  private void forgetGone() {
    waiting.removeIf(each -> each.listener().isGone());
    next = waiting.isEmpty() ? Long.MAX_VALUE : waiting.element().offset();
  }

  /** Between two units, all effects in the stream: takes those whose offset is reached. */
  public void look() {
    if (datasetOffset.getAsLong() >= next) {
      take();
    }
  }

  private void take() {
    forgetGone();
    long offset = datasetOffset.getAsLong();
    List<Wanted> reached = new ArrayList<>();
    while (!waiting.isEmpty() && waiting.element().offset() <= offset) {
      reached.add(waiting.remove());
    }
    next = waiting.isEmpty() ? Long.MAX_VALUE : waiting.element().offset();
    if (reached.isEmpty()) {
      return;
    }
    if (snapshots.isRunning()) {
      String why = "a snapshot was being written at offset " + offset + ": ask again after it";
      reached.forEach(each -> each.listener().failed(why));
      return;
    }
    Path file = directory.get().resolve("temp-digest-" + ProcessHandle.current().pid() + ".rdb");
    Set<Integer> parts =
        reached.stream().map(Wanted::part).filter(part -> part >= 0).collect(Collectors.toSet());
    AtomicReference<@Nullable RdbDigest> digest = new AtomicReference<>();
    snapshots.start(
        SnapshotStore.UNFORCED_FILES,
        file,
        header.apply(offset),
        () -> digest.set(read(file, parts)),
        outcome -> tell(reached, offset, digest.get(), outcome));
  }

  private RdbDigest read(Path file, Set<Integer> parts) throws IOException {
    try (FileChannel rdb = FileChannel.open(file, StandardOpenOption.READ)) {
      return RdbDigest.of(rdb, databases, parts);
    } finally {
      Files.delete(file);
    }
  }

  private static void tell(
      List<Wanted> reached, long offset, @Nullable RdbDigest digest, SnapshotOutcome outcome) {
    if (digest != null && outcome.result() == SnapshotOutcome.Result.DONE) {
      reached.forEach(each -> each.listener().taken(offset, digest));
      return;
    }
    Throwable failure = outcome.failure();
    String why = failure == null ? "the snapshot was given up" : String.valueOf(failure);
    reached.forEach(each -> each.listener().failed(why));
  }
}
