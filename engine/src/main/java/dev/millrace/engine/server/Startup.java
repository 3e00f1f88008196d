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
import dev.millrace.engine.snapshot.RdbReader;
import java.io.IOException;
import java.nio.channels.FileChannel;
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
 * What the start found on disk: the dataset is in the keyspace, and the stream goes on from here.
 *
 * <p>With a log: its newest base, then the stream after it. Without one, and also when the log is
 * on but holds nothing yet: the RDB file, if there is one, which the log then begins with.
 *
 * @param log the log to go on with; null with {@code appendonly no}
 * @param history the IDs the stream goes under
 * @param offset replication offset the stream goes on from
 * @param database what is selected there in the stream
 * @param resyncs the resync decisions of earlier starts
 */
record Startup(
    @Nullable SegmentedLog log,
    ReplicationHistory history,
    long offset,
    int database,
    List<ResyncEntry> resyncs) {
  private static final Logger LOG = LoggerFactory.getLogger(Startup.class);

  /** Recovers what the directory holds. */
  static Startup recover(Config config, Dataset dataset, CommandTable commands) throws IOException {
    LogStarter.delete(LogStarter.replicasDirectory(Settings.logDirectory(config)));
    if (!config.persistence.appendonly.value()) {
      return ofRdb(config, dataset);
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
    int database = 0;
    if (log.bases().isEmpty() && found.end() == 0) {
      if (loadRdb(config, dataset)) {
        keepAsBase(log, Settings.rdbFile(config));
      }
    } else {
      database = rebuild(config, dataset, commands, log);
    }
    return new Startup(
        log, found.history(), found.end(), database, found.fresh() ? List.of() : known(log));
  }

  /**
   * The dataset of the RDB file, and its place in a history: whoever has exactly this much of that
   * may continue from here, and we may ask so ourselves. What was written after it is lost, so that
   * the stream goes on under another ID (L5).
   */
  private static Startup ofRdb(Config config, Dataset dataset) throws IOException {
    // Whoever continues from here is told by DEL what has expired.
    KeyspaceLoader loaded =
        readRdb(config, dataset, KeyspaceLoader.KEEP_EXPIRED, dataset.onLibrary);
    ReplicationId fresh = ReplicationId.random(new SplittableRandom());
    Map<String, String> told = loaded == null ? Map.of() : loaded.aux();
    ReplicationId id = ReplicationId.tryParse(told.getOrDefault("repl-id", ""));
    String offset = told.getOrDefault("repl-offset", "");
    if (loaded == null || id == null || !offset.matches("\\d{1,18}")) {
      ReplicationHistory history = ReplicationHistory.startingWith(fresh);
      return new Startup(null, history, 0, 0, List.of());
    }
    long stands = Long.parseLong(offset);
    ReplicationHistory history = ReplicationHistory.startingWith(id).fork(fresh, stands);
    LOG.info("the dataset stands at offset {} of history {}", stands, id);
    return new Startup(null, history, stands, selectedDatabase(loaded), List.of());
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
  private static void keepAsBase(SegmentedLog log, Path file) throws IOException {
    try (BaseDraft draft = log.newBase(0);
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      FullCopy.drain(channel, draft);
      draft.adopt();
    }
  }

  /**
   * Loads the newest base of {@code log} and applies the stream after it.
   *
   * @return the database that is selected at its end
   */
  static int rebuild(Config config, Dataset dataset, CommandTable commands, SegmentedLog log)
      throws IOException {
    List<BaseInfo> bases = log.bases();
    long started = System.nanoTime();
    long keys = 0;
    // The log says when a key was deleted; until it does, the key is there whatever the clock says.
    dataset.keyspace.expiryMode(ExpiryMode.IGNORE);
    if (!bases.isEmpty()) {
      KeyspaceLoader base = load(bases.get(0).path(), config, dataset, KeyspaceLoader.KEEP_EXPIRED);
      keys = base.keysLoaded();
      // A master's stream says it at once; a replica's is its master's, which may not.
      dataset.internal.select(selectedDatabase(base));
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
    try (LogReplay replay = new LogReplay(dispatcher, dataset.internal, commands, dataset.clock)) {
      log.replay(bases.isEmpty() ? log.held().start() : bases.get(0).offset(), replay);
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
  static int selectedDatabase(KeyspaceLoader loaded) {
    String database = loaded.aux().getOrDefault("repl-stream-db", "0");
    return database.matches("\\d{1,9}") ? Integer.parseInt(database) : 0;
  }

  /** Loads the RDB file, if there is one. */
  static boolean loadRdb(Config config, Dataset dataset) throws IOException {
    return loadRdb(config, dataset, dataset.onLibrary);
  }

  /** As {@link #loadRdb(Config, Dataset)}, with another's taking of libraries. */
  static boolean loadRdb(Config config, Dataset dataset, Consumer<byte[]> onLibrary)
      throws IOException {
    return readRdb(config, dataset, dataset.clock.refresh(), onLibrary) != null;
  }

  private static @Nullable KeyspaceLoader readRdb(
      Config config, Dataset dataset, long expiredBefore, Consumer<byte[]> onLibrary)
      throws IOException {
    Path file = Settings.rdbFile(config);
    if (!Files.exists(file)) {
      return null;
    }
    long started = System.nanoTime();
    KeyspaceLoader loaded = load(file, config, dataset, expiredBefore, onLibrary);
    LOG.info(
        "loaded {} keys from {} in {} ms",
        loaded.keysLoaded(),
        file,
        (System.nanoTime() - started) / 1_000_000);
    return loaded;
  }

  private static KeyspaceLoader load(Path file, Config config, Dataset dataset, long expiredBefore)
      throws IOException {
    return load(file, config, dataset, expiredBefore, dataset.onLibrary);
  }

  /** Loads an RDB file. */
  static KeyspaceLoader load(
      Path file, Config config, Dataset dataset, long expiredBefore, Consumer<byte[]> onLibrary)
      throws IOException {
    KeyspaceLoader loader =
        new KeyspaceLoader(dataset.keyspace, expiredBefore)
            .countingExpiredAt(dataset.clock.refresh())
            .onFunctionLibrary(onLibrary);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        RdbReader reader =
            new RdbReader(
                channel, dataset.keyspace.databases(), config.persistence.rdbchecksum.value())) {
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
}
