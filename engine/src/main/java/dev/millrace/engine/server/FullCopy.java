package dev.millrace.engine.server;

import dev.millrace.aof.BaseDraft;
import dev.millrace.aof.JournalState;
import dev.millrace.aof.SegmentedLog;
import dev.millrace.backlog.ReplicationHistory;
import dev.millrace.backlog.ReplicationId;
import dev.millrace.engine.replication.DamagedCopyException;
import dev.millrace.engine.replication.MasterLink;
import dev.millrace.engine.snapshot.KeyspaceLoader;
import dev.millrace.engine.snapshot.RdbFormatException;
import dev.millrace.engine.snapshot.RdbReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A master's dataset on its way into this server.
 *
 * <pre>
 * beside the old one (repl-diskless-load):            in its place:
 * 1. loaded as it comes, and written to the draft     1. received into the draft of the log's next
 *    of the log's next base; the old one stays, and      base, or a file      the old one serves
 *    serves when it is of the same history            2. the old one goes                  -LOADING
 *                                                     3. the file is loaded                -LOADING
 * then in both:
 * 4. the journal writes all it has and stops
 * 5. the log is replaced by one that begins with that base   crash before: the old one stands (L5)
 * 6. stream, backlog and journal go on at the master's offset, and the executor exchanges the
 *    datasets, all in one step
 * </pre>
 *
 * <p>A dataset that cannot be loaded whole is dropped whole: nobody sees a part of it, in memory or
 * after a restart.
 *
 * <p>Owned by: the link's thread.
 */
final class FullCopy implements MasterLink.Copy {
  private static final Logger LOG = LoggerFactory.getLogger(FullCopy.class);
  private static final int PIN_ATTEMPTS = 1000;
  private static final int STORE_BYTES = 256 << 10;

  private final Server server;
  private final ReplicaRole role;
  private final MasterLink link;
  private final ReplicationId id;
  private final long offset;
  private final long bytes;
  private final CopyTerms terms;
  private final @Nullable SegmentedLog log;
  private final List<byte[]> libraries = new ArrayList<>();
  private @Nullable BaseDraft draft;
  private @Nullable Path file;
  private @Nullable IncomingDataset incoming;
  private int database;
  private boolean emptied;

  /** Begins to receive; nothing of the server changes yet. */
  FullCopy(
      Server server,
      ReplicaRole role,
      MasterLink link,
      ReplicationId id,
      long offset,
      long bytes,
      CopyTerms terms)
      throws IOException {
    this.server = server;
    this.role = role;
    this.link = link;
    this.id = id;
    this.offset = offset;
    this.bytes = bytes;
    this.terms = terms;
    this.log = terms.log();
    if (log != null) {
      BaseDraft opened = log.newRestartBase(offset);
      draft = opened;
      file = opened.path();
    }
  }

  @Override
  public void receive(ReadableByteChannel rdb) throws IOException, InterruptedException {
    try {
      if (terms.beside(bytes)) {
        begin(terms.sameHistory() ? Loading.Kind.ASYNC : Loading.Kind.BLOCKING);
        load(rdb, draft);
      } else {
        store(rdb);
        empty();
        load(FileChannel.open(Objects.requireNonNull(file), StandardOpenOption.READ), null);
      }
    } catch (IOException e) {
      LOG.error(
          "the master's dataset is dropped, of which {} bytes came (announced: {}): {}. {}",
          link.copyBytesRead(),
          bytes < 0 ? "unknown" : bytes,
          e.getMessage(),
          emptied
              ? "This server is empty until the next one is loaded; its log keeps what it had."
              : "The dataset from before stays.");
      throw e;
    }
  }

  private void begin(Loading.Kind kind) throws IOException, InterruptedException {
    LOG.info(
        "MASTER <-> REPLICA sync: Loading DB in memory{}",
        kind == Loading.Kind.ASYNC ? ", the old one is served meanwhile" : "");
    require(role.onExecutor(() -> role.beginLoading(link, kind, bytes)));
  }

  private static void require(boolean stillOurs) throws IOException {
    if (!stillOurs) {
      throw new IOException("another master is followed by now");
    }
  }

  private void store(ReadableByteChannel rdb) throws IOException {
    if (draft != null) {
      drain(rdb, draft);
      return;
    }
    Path temporary =
        Files.createTempFile(Settings.directory(server.config), "temp-master-", ".rdb");
    file = temporary;
    try (FileChannel out = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
      drain(rdb, out);
    }
  }

  /** Writes all that a channel has to another. */
  static void drain(ReadableByteChannel from, WritableByteChannel to) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(STORE_BYTES);
    while (from.read(buffer.clear()) >= 0) {
      buffer.flip();
      while (buffer.hasRemaining()) {
        to.write(buffer);
      }
    }
  }

  /** The old dataset goes before the new one needs its memory. */
  private void empty() throws IOException, InterruptedException {
    LOG.info("MASTER <-> REPLICA sync: Flushing old data");
    try (IncomingDataset nothing = new IncomingDataset(server.config, terms.policy())) {
      nothing.handOver();
      require(role.onExecutor(() -> role.empty(link, nothing, bytes)));
    }
    emptied = true;
    LOG.info("MASTER <-> REPLICA sync: Loading DB in memory");
  }

  /** Loads an RDB that ends with its channel, and writes it to {@code kept} as it comes. */
  private void load(ReadableByteChannel from, @Nullable WritableByteChannel kept)
      throws IOException {
    long started = System.nanoTime();
    IncomingDataset into = new IncomingDataset(server.config, terms.policy());
    incoming = into;
    KeyspaceLoader loader =
        new KeyspaceLoader(into.keyspace, KeyspaceLoader.KEEP_EXPIRED)
            .onFunctionLibrary(libraries::add)
            .afterEachKey(() -> KeyLoadDelay.pause(server.config));
    Measured measured = new Measured(from, kept, into);
    try (measured;
        RdbReader reader =
            new RdbReader(
                measured,
                into.keyspace.databases(),
                server.config.persistence.rdbchecksum.value())) {
      reader.read(loader);
      if (reader.following().hasRemaining() || measured.read(ByteBuffer.allocate(1)) >= 0) {
        throw new RdbFormatException("bytes after the end", reader.offset());
      }
    } catch (RdbFormatException | RuntimeException e) {
      throw new DamagedCopyException(String.valueOf(e.getMessage()), e);
    } catch (OutOfMemoryError e) {
      role.besideIsTooMuch();
      throw new DamagedCopyException("there is not enough memory: " + e.getMessage(), e);
    }
    database = Startup.selectedDatabase(loader.aux());
    LOG.info(
        "loaded {} keys of the master in {} ms",
        loader.keysLoaded(),
        (System.nanoTime() - started) / 1_000_000);
  }

  @Override
  public void install() throws IOException, InterruptedException {
    IncomingDataset next = incoming;
    if (next == null) {
      throw new IOException("nothing was received");
    }
    BaseDraft base = draft;
    if (base != null) {
      // Most of the forcing before the journal stops, not after.
      base.force();
    }
    String refusal = role.onExecutor(() -> role.beginSwitch(link, log, libraries));
    if (refusal != null) {
      throw new IOException(refusal);
    }
    boolean switched = false;
    try {
      awaitJournal();
      replaceLog();
      next.handOver();
      while (!role.onExecutor(() -> role.switchTo(link, next, id, offset, database, libraries))) {
        TimeUnit.MILLISECONDS.sleep(1);
      }
      if (log != null) {
        server.log.reopen();
      }
      switched = true;
    } finally {
      if (!switched) {
        // The log is neither the old one nor the new one; the next start finishes what was begun.
        LOG.error("the log cannot be replaced by the master's dataset: the server stops");
        server.fatal();
      }
    }
  }

  private void awaitJournal() throws IOException, InterruptedException {
    while (!role.onExecutor(() -> role.isJournalAtRest(log))) {
      if (log != null && server.log.state() == JournalState.FAILED) {
        throw new IOException("the journal has failed");
      }
      if (link.isClosed()) {
        throw new IOException("the link was given up while the journal stops");
      }
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  private void replaceLog() throws IOException, InterruptedException {
    BaseDraft base = draft;
    if (log == null || base == null) {
      return;
    }
    for (int attempt = 1; log.isPinned() && attempt < PIN_ATTEMPTS; attempt++) {
      // Transfers to replicas whose links were closed end with their next piece.
      TimeUnit.MILLISECONDS.sleep(1);
    }
    log.restart(base, ReplicationHistory.ofMaster(id));
  }

  @Override
  public void close() throws IOException {
    server.requests.submit(() -> role.endLoading(link));
    if (incoming != null) {
      // What could not be loaded, or what was served before.
      incoming.close();
    }
    BaseDraft base = draft;
    if (base != null) {
      base.close();
    } else if (file != null) {
      Files.deleteIfExists(file);
    }
  }

  /**
   * Keeps what is read, tells how far the loading is, and ends it when two datasets are more than
   * there is room for.
   */
  private final class Measured implements ReadableByteChannel {
    private final ReadableByteChannel from;
    private final @Nullable WritableByteChannel kept;
    private final IncomingDataset into;
    private long read;
    private long nextLook;

    Measured(ReadableByteChannel from, @Nullable WritableByteChannel kept, IncomingDataset into) {
      this.from = from;
      this.kept = kept;
      this.into = into;
    }

    @Override
    public int read(ByteBuffer buffer) throws IOException {
      int start = buffer.position();
      int n = from.read(buffer);
      if (n > 0) {
        keep(buffer.duplicate().flip().position(start));
        read += n;
        role.loading().progressed(read, into.memory.usedBytes());
        if (read >= nextLook && !emptied) {
          nextLook = read + CopyTerms.LOOK_EVERY_BYTES;
          if (!CopyTerms.roomIsLeft()) {
            role.besideIsTooMuch();
            throw new IOException(
                "there is not enough memory for two datasets; the next attempt empties this server"
                    + " first");
          }
        }
      }
      return n;
    }

    private void keep(ByteBuffer bytes) throws IOException {
      while (kept != null && bytes.hasRemaining()) {
        kept.write(bytes);
      }
    }

    @Override
    public boolean isOpen() {
      return from.isOpen();
    }

    @Override
    public void close() throws IOException {
      from.close();
    }
  }
}
