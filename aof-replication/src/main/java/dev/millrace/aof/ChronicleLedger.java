package dev.millrace.aof;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The ledger in Chronicle Queue, under {@code ledger/} beside the segments:
 *
 * <pre>
 *   ledger/g-0000000007/   a generation: one queue, written by one run of the server
 *   ledger/g-0000000008/   the next one begins with all that still matters of those before it
 * </pre>
 *
 * <p>Generations are read in order, and an older one goes only after the next has been forced; a
 * crash in between leaves records twice, which changes nothing.
 *
 * <p>One thread reads, writes and forces; everyone else only queues, so neither the start of the
 * server nor the journal waits for Chronicle unless it must know ({@link #records}) or be sure
 * ({@link #sync}). The queue is bounded: past its limit checkpoints are dropped, without which
 * recovery is only less exact. On a nearly full disk nothing is written, for a mapped page without
 * room behind it cannot be written at all.
 *
 * <p>Owned by: ledger thread; the queue by its monitor.
 */
final class ChronicleLedger implements Ledger {
  static final String DIRECTORY = "ledger";
  private static final String OLD_DIRECTORY = "ledger.old";
  private static final String PREFIX = "g-";
  private static final int DIGITS = 10;
  private static final int GENERATION_RECORDS_MAX = 200_000;
  private static final int WAITING_MAX = 10_000;
  private static final long ROOM_BYTES_MIN = 8L << 20;
  private static final long RETRY_MILLIS = 200;
  private static final String DELETED_PREFIX = "deleted-";
  private static final int READ_ATTEMPTS = 8;
  private static final long READ_AGAIN_NANOS = 25_000_000;

  private final SegmentStore store;
  private final Path directory;
  private final Thread thread;

  // Guarded by this.
  private final ArrayDeque<LedgerRecord> waiting = new ArrayDeque<>();
  private @Nullable List<LedgerRecord> found;
  private @Nullable IOException unreadable;
  private @Nullable IOException unwritable;
  private long appended;
  private long stored;
  private long forced;
  private long forceWanted;
  private boolean digestWanted;
  private boolean closing;

  private ChronicleLedger(SegmentStore store, boolean fresh) throws IOException {
    this.store = store;
    this.directory = store.directory().resolve(DIRECTORY);
    if (fresh) {
      putAside();
    }
    LedgerGeneration.registerShutdownHook();
    thread = Thread.ofPlatform().name("millrace-ledger").daemon(true).start(this::run);
  }

  /** The ledger of the log in this store. */
  static Ledger.Source in(SegmentStore store) {
    return fresh -> new ChronicleLedger(store, fresh);
  }

  private void putAside() throws IOException {
    if (Files.exists(directory)) {
      Path old = directory.resolveSibling(OLD_DIRECTORY);
      deleteTree(old);
      Files.move(directory, old);
    }
  }

  @Override
  public synchronized List<LedgerRecord> records() throws IOException {
    await(() -> found != null || unreadable != null);
    List<LedgerRecord> read = found;
    if (read == null) {
      throw new IOException("the ledger cannot be read", unreadable);
    }
    return read;
  }

  @Override
  public synchronized void append(LedgerRecord record) {
    if (waiting.size() >= WAITING_MAX) {
      if (record instanceof LedgerRecord.Checkpoint || record.isOfResync()) {
        return;
      }
      // What must be kept takes the place of what need not; there is always plenty of it.
      var any = waiting.iterator();
      while (any.hasNext()) {
        if (any.next() instanceof LedgerRecord.Checkpoint) {
          any.remove();
          stored++;
          break;
        }
      }
    }
    waiting.addLast(record);
    appended++;
    notifyAll();
  }

  @Override
  public synchronized void sync() throws IOException {
    long upTo = appended;
    forceWanted = Math.max(forceWanted, upTo);
    unwritable = null;
    notifyAll();
    await(() -> forced >= upTo || unwritable != null || !thread.isAlive());
    if (forced >= upTo) {
      return;
    }
    IOException why = unwritable != null ? unwritable : unreadable;
    if (why instanceof DiskFullException full) {
      throw full;
    }
    throw new IOException("the ledger cannot be written", why);
  }

  @Override
  public synchronized void forgetBefore(long heldStart) {
    // Retired records are among those queued; the next digest leaves out what they concern.
    digestWanted = true;
  }

  private interface Condition {
    boolean holds();
  }

  private void await(Condition condition) throws IOException {
    boolean interrupted = false;
    while (!condition.holds()) {
      try {
        wait(1000);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    List<LedgerRecord> read = new ArrayList<>();
    List<Path> old;
    try {
      old = generations(directory);
      readAll(old, read);
    } catch (IOException | RuntimeException | Error e) {
      synchronized (this) {
        unreadable = e instanceof IOException io ? io : new IOException(e);
        notifyAll();
      }
      return;
    }
    synchronized (this) {
      found = List.copyOf(read);
      notifyAll();
    }
    try {
      while (writeGeneration(old, read)) {
        old = generations(directory);
        read.clear();
        readAll(old, read);
      }
    } catch (IOException | RuntimeException | Error e) {
      SegmentedLog.LOGGER.error("the ledger is not kept any more: {}", e.toString());
      synchronized (this) {
        unwritable = e instanceof IOException io ? io : new IOException(e);
        closing = true;
        waiting.clear();
        notifyAll();
      }
    }
  }

  private static void readAll(List<Path> generations, List<LedgerRecord> into) throws IOException {
    for (Path generation : generations) {
      LedgerGeneration.read(generation, into);
    }
  }

  /** Writes one generation to its end; false when the ledger ends with it. */
  private boolean writeGeneration(List<Path> old, List<LedgerRecord> read) throws IOException {
    try (LedgerGeneration current = nextGeneration(old, LedgerDigest.of(read))) {
      while (work(current)) {
        if (isDigestDue(current)) {
          return true;
        }
      }
      return false;
    }
  }

  private boolean isDigestDue(LedgerGeneration current) {
    synchronized (this) {
      boolean due = digestWanted && current.count() > GENERATION_RECORDS_MAX;
      if (due) {
        digestWanted = false;
      }
      return due;
    }
  }

  private LedgerGeneration nextGeneration(List<Path> old, List<LedgerRecord> digest)
      throws IOException {
    if (!awaitRoom()) {
      throw new IOException("closed while there was no room for the ledger");
    }
    Files.createDirectories(directory);
    deleteLeftovers(directory);
    long number = old.isEmpty() ? 1 : number(old.getLast()) + 1;
    Path next = directory.resolve(PREFIX + SegmentName.paddedOffset(number, DIGITS));
    LedgerGeneration generation = LedgerGeneration.create(next);
    for (LedgerRecord record : digest) {
      generation.append(record);
    }
    generation.resetCount();
    if (!old.isEmpty()) {
      generation.sync();
      FileSegmentStore.existing(directory).syncDirectory();
    }
    for (Path path : old) {
      delete(path);
    }
    return generation;
  }

  /** Writes what waits and forces when asked; false at the end. */
  private boolean work(LedgerGeneration current) throws IOException {
    List<LedgerRecord> batch;
    boolean force;
    boolean last;
    synchronized (this) {
      await(() -> !waiting.isEmpty() || forceWanted > forced || closing);
      batch = new ArrayList<>(waiting);
      force = forceWanted > forced;
      last = closing;
    }
    if (!batch.isEmpty()) {
      if (!awaitRoom()) {
        return false;
      }
      for (LedgerRecord record : batch) {
        current.append(record);
      }
    }
    if (force) {
      current.sync();
      FileSegmentStore.existing(directory).syncDirectory();
    }
    synchronized (this) {
      for (int i = 0; i < batch.size(); i++) {
        waiting.removeFirst();
      }
      stored += batch.size();
      if (force) {
        forced = stored;
      }
      notifyAll();
      return !(last && waiting.isEmpty());
    }
  }

  /** Waits until there is room enough on the disk; false when the ledger is closed meanwhile. */
  private boolean awaitRoom() throws IOException {
    while (true) {
      long room = store.usableBytes();
      if (room >= ROOM_BYTES_MIN) {
        return true;
      }
      synchronized (this) {
        unwritable =
            new DiskFullException(
                "no room for the ledger: " + room + " bytes left",
                new IOException("volume of " + directory));
        notifyAll();
        if (closing) {
          return false;
        }
        try {
          wait(RETRY_MILLIS);
        } catch (InterruptedException e) {
          throw new IOException("the ledger's thread was interrupted", e);
        }
      }
    }
  }

  /** The generations in a ledger's directory, oldest first. */
  static List<Path> generations(Path directory) throws IOException {
    List<Path> all = new ArrayList<>();
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> paths = Files.newDirectoryStream(directory, PREFIX + "*")) {
        paths.forEach(all::add);
      }
    }
    all.removeIf(p -> number(p) < 0);
    all.sort(null);
    return all;
  }

  private static long number(Path generation) {
    String name = String.valueOf(generation.getFileName());
    return SegmentName.parseOffset(name, PREFIX.length(), name.length());
  }

  /**
   * Reads a ledger that another process may be writing; changes nothing.
   *
   * <p>The writer may begin its next generation and put the one being read out of the way: then the
   * reading starts over.
   */
  static List<LedgerRecord> read(Path logDirectory) throws IOException {
    Path directory = logDirectory.resolve(DIRECTORY);
    for (int attempt = 1; ; attempt++) {
      List<Path> generations = generations(directory);
      List<LedgerRecord> records = new ArrayList<>();
      IOException failure = null;
      try {
        readAll(generations, records);
      } catch (IOException e) {
        failure = e;
      }
      boolean undisturbed = generations(directory).equals(generations);
      if (undisturbed && failure == null) {
        return records;
      }
      if (attempt == READ_ATTEMPTS) {
        throw failure != null
            ? failure
            : new IOException("the ledger in " + directory + " changes faster than it is read");
      }
      LockSupport.parkNanos(attempt * READ_AGAIN_NANOS);
    }
  }

  /** Takes a generation away: at once from a reader's sight, then from the disk. */
  private static void delete(Path generation) throws IOException {
    Path gone = generation.resolveSibling(DELETED_PREFIX + generation.getFileName());
    deleteTree(gone);
    Files.move(generation, gone, StandardCopyOption.ATOMIC_MOVE);
    deleteTree(gone);
  }

  /** Finishes what a crash cut short in {@link #delete}. */
  private static void deleteLeftovers(Path directory) throws IOException {
    try (DirectoryStream<Path> gone = Files.newDirectoryStream(directory, DELETED_PREFIX + "*")) {
      for (Path path : gone) {
        deleteTree(path);
      }
    }
  }

  private static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    List<Path> all;
    try (Stream<Path> walk = Files.walk(root)) {
      all = walk.toList();
    }
    for (Path path : all.reversed()) {
      Files.deleteIfExists(path);
    }
  }

  @Override
  public void close() throws IOException {
    synchronized (this) {
      closing = true;
      notifyAll();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
