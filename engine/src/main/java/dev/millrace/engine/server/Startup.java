package dev.millrace.engine.server;

import dev.millrace.aof.BaseDraft;
import dev.millrace.aof.BaseInfo;
import dev.millrace.aof.Recovery;
import dev.millrace.aof.ResyncEntry;
import dev.millrace.aof.SegmentedLog;
import dev.millrace.backlog.ReplicationHistory;
import dev.millrace.backlog.ReplicationId;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.config.Config;
import dev.millrace.engine.keyspace.ExpiryMode;
import dev.millrace.engine.pipeline.Dispatcher;
import dev.millrace.engine.pipeline.Statistics;
import dev.millrace.engine.recovery.LogReplay;
import dev.millrace.engine.recovery.UnitScanner;
import dev.millrace.engine.snapshot.KeyspaceLoader;
import dev.millrace.engine.snapshot.RdbFormatException;
import dev.millrace.engine.snapshot.RdbReadAhead;
import dev.millrace.engine.snapshot.RdbReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the start found on disk: where the stream goes on, known before the dataset is loaded.
 *
 * <p>With a log: its newest base, then the stream after it. Without one, and also when the log is
 * on but holds nothing yet: the RDB file, if there is one, which the log then begins with.
 *
 * @param log the log to go on with; null with {@code appendonly no}
 * @param history the IDs the stream goes under
 * @param offset replication offset the stream goes on from
 * @param database what is selected in the stream where the RDB file was written
 * @param resyncs the resync decisions of earlier starts
 */
record Startup(
    @Nullable SegmentedLog log,
    ReplicationHistory history,
    long offset,
    int database,
    List<ResyncEntry> resyncs) {
  private static final Logger LOG = LoggerFactory.getLogger(Startup.class);

  /** Is told how a loading goes on; what it throws ends the loading. */
  interface Progress {
    /** For a loading that nobody looks at. */
    Progress NONE =
        new Progress() {
          @Override
          public void read(long bytes) {}

          @Override
          public void afterEach() {}
        };

    /** So many bytes have been read in all. */
    void read(long bytes);

    /** A key was loaded, or a command replayed. */
    void afterEach();
  }

  /** Looks at what the directory holds, and mends what a crash has left. */
  static Startup find(Config config) throws IOException {
    LogStarter.delete(LogStarter.replicasDirectory(Settings.logDirectory(config)));
    String lackOfLog = DelayedApply.lackOfLog(config);
    if (lackOfLog != null) {
      throw new IOException(lackOfLog);
    }
    if (!config.persistence.appendonly.value()) {
      return ofRdb(config);
    }
    Files.createDirectories(Settings.directory(config));
    ForeignLog.refuse(config);
    SegmentedLog log =
        SegmentedLog.open(
            Settings.log(config),
            Settings.logDirectory(config),
            new UnitScanner(),
            System::currentTimeMillis,
            new SplittableRandom());
    Recovery found = log.recovery();
    return new Startup(
        log, found.history(), found.end(), 0, found.fresh() ? List.of() : known(log));
  }

  /**
   * Fills the dataset.
   *
   * @param to where it is to stand, see {@link #datasetOffset}
   * @return the database that is selected there
   */
  int load(Config config, Dataset dataset, CommandTable commands, long to, Progress progress)
      throws IOException {
    SegmentedLog from = log;
    if (from == null) {
      // Whoever continues from here is told by DEL what has expired.
      readRdb(config, dataset, KeyspaceLoader.KEEP_EXPIRED, dataset.onLibrary, progress);
      return database;
    }
    if (!holdsNothing(from)) {
      return rebuild(config, dataset, commands, from, to, progress);
    }
    long now = dataset.clock.refresh();
    if (readRdb(config, dataset, now, dataset.onLibrary, progress) != null) {
      keepAsBase(from, Settings.rdbFile(config), progress);
    }
    return database;
  }

  /** Where the dataset is to stand: before the stream's end on a delayed replica. */
  long datasetOffset(Config config, long now) throws IOException {
    return log == null || holdsNothing(log)
        ? offset
        : Math.max(replayedFrom(log), DelayedApply.dueAtStart(config, log, now));
  }

  /** What there is to load, in bytes. */
  long bytes(Config config) throws IOException {
    if (log == null || holdsNothing(log)) {
      Path file = Settings.rdbFile(config);
      return Files.exists(file) ? Files.size(file) : 0;
    }
    List<BaseInfo> bases = log.bases();
    long base = bases.isEmpty() ? 0 : bases.get(0).bytes();
    return base + offset - replayedFrom(log);
  }

  private static boolean holdsNothing(SegmentedLog log) {
    return log.bases().isEmpty() && log.recovery().end() == 0;
  }

  private static long replayedFrom(SegmentedLog log) {
    List<BaseInfo> bases = log.bases();
    return bases.isEmpty() ? log.held().start() : bases.get(0).offset();
  }

  /**
   * The dataset of the RDB file, and its place in a history: whoever has exactly this much of that
   * may continue from here, and we may ask so ourselves. What was written after it is lost, so that
   * the stream goes on under another ID (L5).
   */
  private static Startup ofRdb(Config config) throws IOException {
    ReplicationId fresh = ReplicationId.random(new SplittableRandom());
    Map<String, String> told = headerOf(Settings.rdbFile(config), config);
    ReplicationId id = ReplicationId.tryParse(told.getOrDefault("repl-id", ""));
    String offset = told.getOrDefault("repl-offset", "");
    if (id == null || !offset.matches("\\d{1,18}")) {
      ReplicationHistory history = ReplicationHistory.startingWith(fresh);
      return new Startup(null, history, 0, 0, List.of());
    }
    long stands = Long.parseLong(offset);
    ReplicationHistory history = ReplicationHistory.ofMaster(id).fork(fresh, stands);
    LOG.info("the dataset stands at offset {} of history {}", stands, id);
    return new Startup(null, history, stands, selectedDatabase(told), List.of());
  }

  private static Map<String, String> headerOf(Path file, Config config) throws IOException {
    if (!Files.exists(file)) {
      return Map.of();
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        RdbReader reader = new RdbReader(channel, config.server.databases.intValue(), false)) {
      return reader.readHeader();
    } catch (RdbFormatException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  private static List<ResyncEntry> known(SegmentedLog log) {
    try {
      return log.resyncs();
    } catch (IOException e) {
      // Recovery has said that it begins the ledger anew.
      return List.of();
    }
  }

  /**
   * Makes the RDB file the base that the log begins with, before anything is written: after a crash
   * the log is all that is read.
   */
  private static void keepAsBase(SegmentedLog log, Path file, Progress progress)
      throws IOException {
    try (BaseDraft draft = log.newBase(0);
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      FullCopy.drain(new Watched(channel, progress), draft);
      draft.adopt();
    }
  }

  /**
   * Loads the newest base of {@code log} and applies the stream after it, up to {@code to}.
   *
   * @return the database that is selected there
   */
  static int rebuild(
      Config config,
      Dataset dataset,
      CommandTable commands,
      SegmentedLog log,
      long to,
      Progress progress)
      throws IOException {
    List<BaseInfo> bases = log.bases();
    long started = System.nanoTime();
    long keys = 0;
    // The log says when a key was deleted; until it does, the key is there whatever the clock says.
    dataset.keyspace.expiryMode(ExpiryMode.IGNORE);
    long baseBytes = bases.isEmpty() ? 0 : bases.get(0).bytes();
    if (!bases.isEmpty()) {
      Path file = bases.get(0).path();
      KeyspaceLoader base =
          load(file, config, dataset, KeyspaceLoader.KEEP_EXPIRED, dataset.onLibrary, progress);
      keys = base.keysLoaded();
      // A master's stream says it at once; a replica's is its master's, which may not.
      dataset.internal.select(selectedDatabase(base.aux()));
    }
    Dispatcher dispatcher =
        new Dispatcher(
            dataset.call,
            dataset.effects,
            (database, address, bytes) -> {},
            new Statistics(),
            List.of(),
            List.of());
    dataset.replaying = dispatcher;
    try (LogReplay replay =
        new LogReplay(
            dispatcher,
            dataset.internal,
            commands,
            dataset.keyspace,
            dataset.clock,
            progress::afterEach)) {
      replay.tells(bytes -> progress.read(baseBytes + bytes));
      log.replay(replayedFrom(log), to, replay);
      LOG.info(
          "recovered {} keys from the base and {} commands ({} bytes) from the log in {} ms",
          keys,
          replay.commands(),
          replay.bytes(),
          (System.nanoTime() - started) / 1_000_000);
    } finally {
      dataset.replaying = null;
    }
    dataset.keyspace.expiryMode(ExpiryMode.DELETE);
    int database = dataset.internal.database();
    dataset.internal.select(0);
    commands.all().forEach(command -> command.statistics().reset());
    return database;
  }

  /** The database selected in the stream where a snapshot was taken. */
  static int selectedDatabase(Map<String, String> aux) {
    String database = aux.getOrDefault("repl-stream-db", "0");
    return database.matches("\\d{1,9}") ? Integer.parseInt(database) : 0;
  }

  /** Loads the RDB file once more, if there is one. */
  static void reloadRdb(Config config, Dataset dataset, Consumer<byte[]> onLibrary)
      throws IOException {
    readRdb(config, dataset, dataset.clock.refresh(), onLibrary, Progress.NONE);
  }

  private static @Nullable KeyspaceLoader readRdb(
      Config config,
      Dataset dataset,
      long expiredBefore,
      Consumer<byte[]> onLibrary,
      Progress progress)
      throws IOException {
    Path file = Settings.rdbFile(config);
    if (!Files.exists(file)) {
      return null;
    }
    long started = System.nanoTime();
    KeyspaceLoader loaded = load(file, config, dataset, expiredBefore, onLibrary, progress);
    LOG.info(
        "loaded {} keys from {} in {} ms",
        loaded.keysLoaded(),
        file,
        (System.nanoTime() - started) / 1_000_000);
    return loaded;
  }

  private static KeyspaceLoader load(
      Path file,
      Config config,
      Dataset dataset,
      long expiredBefore,
      Consumer<byte[]> onLibrary,
      Progress progress)
      throws IOException {
    KeyspaceLoader loader =
        new KeyspaceLoader(dataset.keyspace, expiredBefore)
            .countingExpiredAt(dataset.clock.refresh())
            .reservingFor(Files.size(file))
            .onFunctionLibrary(onLibrary)
            .afterEachKey(progress::afterEach);
    boolean checksum = config.persistence.rdbchecksum.value();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        RdbReadAhead ahead = new RdbReadAhead(channel, checksum, progress::read);
        RdbReader reader = new RdbReader(ahead, dataset.keyspace.databases(), checksum)) {
      reader.read(loader);
    } catch (CommandError e) {
      throw new IOException(file + " holds a library that cannot be loaded: " + e.reply(), e);
    } catch (RdbFormatException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
    boolean kept = expiredBefore == KeyspaceLoader.KEEP_EXPIRED;
    // Kept until a DEL is sent for them, but nobody sees them.
    long visible = loader.keysLoaded() - (kept ? loader.keysExpired() : 0);
    dataset.loaded(visible, loader.keysExpired());
    return loader;
  }

  /** Tells how far a file has been read. */
  private record Watched(FileChannel from, Progress progress) implements ReadableByteChannel {
    @Override
    public int read(ByteBuffer buffer) throws IOException {
      int n = from.read(buffer);
      progress.read(from.position());
      return n;
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
