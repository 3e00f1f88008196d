package dev.millrace.engine.server;

import dev.millrace.aof.BaseDraft;
import dev.millrace.aof.SegmentedLog;
import dev.millrace.backlog.ReplicationHistory;
import dev.millrace.backlog.ReplicationId;
import dev.millrace.engine.keyspace.ExpiryMode;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.replication.MasterLink;
import dev.millrace.engine.snapshot.KeyspaceLoader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A master's dataset on its way into this server.
 *
 * <pre>
 * 1. received into a file: with a log, the draft of its next base      the old dataset serves
 * 2. the executor lets go of the dataset; the journal writes all it has and stops    -LOADING
 * 3. this thread empties the dataset and loads the file
 * 4. the log is replaced by one that begins with that base             crash before: the old one stands (L5)
 * 5. stream, backlog and journal go on at the master's offset; the executor takes the dataset back
 * </pre>
 *
 * <p>Owned by: the link's thread.
 */
final class FullCopy implements MasterLink.Copy {
  private static final Logger LOG = LoggerFactory.getLogger(FullCopy.class);
  private static final long LAZY_NANOS = 10_000_000;
  private static final int PIN_ATTEMPTS = 1000;

  private final Server server;
  private final ReplicaRole role;
  private final MasterLink link;
  private final ReplicationId id;
  private final long offset;
  private final @Nullable SegmentedLog log;
  private final @Nullable BaseDraft draft;
  private final @Nullable FileChannel channel;
  private final Path file;
  private final List<byte[]> libraries = new ArrayList<>();

  private FullCopy(
      Server server,
      ReplicaRole role,
      MasterLink link,
      ReplicationId id,
      long offset,
      @Nullable SegmentedLog log)
      throws IOException {
    this.server = server;
    this.role = role;
    this.link = link;
    this.id = id;
    this.offset = offset;
    this.log = log;
    if (log != null) {
      BaseDraft opened = log.newRestartBase(offset);
      draft = opened;
      channel = null;
      file = opened.path();
    } else {
      draft = null;
      file = Files.createTempFile(Settings.directory(server.config), "temp-master-", ".rdb");
      channel = FileChannel.open(file, StandardOpenOption.WRITE);
    }
  }

  /** Begins to receive; nothing of the server changes yet. */
  static FullCopy of(
      Server server, ReplicaRole role, MasterLink link, ReplicationId id, long offset)
      throws IOException {
    return new FullCopy(server, role, link, id, offset, server.log.log());
  }

  @Override
  public void write(ByteBuffer bytes) throws IOException {
    if (draft != null) {
      draft.write(bytes);
    } else if (channel != null) {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }
  }

  @Override
  public void install() throws IOException, InterruptedException {
    if (!role.onExecutor(() -> role.beginLoading(link))) {
      throw new IOException("another master is followed by now");
    }
    boolean installed = false;
    try {
      awaitJournal();
      int database = load();
      replaceLog();
      server.dataset.memory.handOver();
      role.onExecutor(() -> {
        role.installed(link, id, offset, database, libraries);
        return true;
      });
      if (log != null) {
        server.log.reopen();
      }
      installed = true;
    } finally {
      if (!installed) {
        // Neither the old dataset nor the new one is there, and the stream cannot go on from half.
        LOG.error("the master's dataset cannot be installed: the server stops");
        server.dataset.memory.handOver();
        server.fatal();
      }
      role.onExecutor(() -> {
        role.endLoading();
        return true;
      });
    }
  }

  private void awaitJournal() throws InterruptedException {
    while (!role.onExecutor(
        () -> server.streamParts.ring.flush() && server.streamParts.ring.isDrained())) {
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  /** Loads the file; the database that is selected where the stream goes on. */
  private int load() throws IOException {
    long started = System.nanoTime();
    Keyspace keyspace = server.dataset.keyspace;
    keyspace.flush(true);
    server.libraries.flush();
    while (keyspace.lazyFreeSlice(LAZY_NANOS)) {
      // What was there goes before what comes needs its memory.
    }
    ExpiryMode before = keyspace.expiryMode();
    keyspace.expiryMode(ExpiryMode.IGNORE);
    KeyspaceLoader loader =
        Startup.load(
            file, server.config, server.dataset, KeyspaceLoader.KEEP_EXPIRED, libraries::add);
    keyspace.expiryMode(before);
    LOG.info(
        "loaded {} keys of the master in {} ms",
        loader.keysLoaded(),
        (System.nanoTime() - started) / 1_000_000);
    return Startup.selectedDatabase(loader);
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
    log.restart(base, ReplicationHistory.startingWith(id));
  }

  @Override
  public void close() throws IOException {
    if (draft != null) {
      draft.close();
    }
    if (channel != null) {
      channel.close();
      Files.deleteIfExists(file);
    }
  }
}
