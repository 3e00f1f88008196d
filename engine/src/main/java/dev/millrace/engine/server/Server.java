package dev.millrace.engine.server;

import dev.millrace.aof.FailureListener;
import dev.millrace.aof.FsyncPolicy;
import dev.millrace.aof.JournalState;
import dev.millrace.backlog.Backlog;
import dev.millrace.backlog.ReplicationHistory;
import dev.millrace.backlog.StreamEvent;
import dev.millrace.engine.acl.AccessControl;
import dev.millrace.engine.admin.ClientDescription;
import dev.millrace.engine.admin.InfoSections;
import dev.millrace.engine.admin.LatencyMonitor;
import dev.millrace.engine.admin.Lifecycle;
import dev.millrace.engine.admin.MemoryPeak;
import dev.millrace.engine.admin.Slowlog;
import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Clients;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.script.Libraries;
import dev.millrace.engine.command.script.ScriptEngine;
import dev.millrace.engine.command.script.Scripts;
import dev.millrace.engine.config.Config;
import dev.millrace.engine.config.ShutdownMode;
import dev.millrace.engine.keyspace.ExpiryMode;
import dev.millrace.engine.net.NetworkServer;
import dev.millrace.engine.persistence.Bases;
import dev.millrace.engine.persistence.DigestsAtOffset;
import dev.millrace.engine.persistence.DiskLog;
import dev.millrace.engine.persistence.RdbSaves;
import dev.millrace.engine.persistence.Snapshots;
import dev.millrace.engine.pipeline.Dispatcher;
import dev.millrace.engine.pipeline.Executor;
import dev.millrace.engine.pipeline.ReplicationStream;
import dev.millrace.engine.pipeline.ReplyGate;
import dev.millrace.engine.pipeline.RequestRing;
import dev.millrace.engine.pipeline.Slice;
import dev.millrace.engine.pipeline.Statistics;
import dev.millrace.engine.protocol.RequestLimits;
import dev.millrace.engine.pubsub.Messaging;
import dev.millrace.engine.replication.Failover;
import dev.millrace.engine.replication.FullSyncs;
import dev.millrace.engine.replication.Replication;
import dev.millrace.engine.replication.TransferThreads;
import dev.millrace.engine.tracking.Tracking;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One server: its parts, wired; started by {@link #start}, ended by {@link #stop}.
 *
 * <p>Threads: {@code executor}, {@code journal}, {@code feeder}, {@code io-*}, {@code transfer-*},
 * {@code millrace-snapshot}; see ARCHITECTURE.md for what each owns.
 */
public final class Server {
  private static final Logger LOG = LoggerFactory.getLogger(Server.class);
  private static final int REQUEST_RING_BATCHES = 4096;
  private static final long SLICE_NANOS = 200_000;

  final Config config;
  final Dataset dataset;
  final Clients clients = new Clients();
  final CommandTable commands = new CommandTable();
  final Statistics statistics = new Statistics();
  final OomScore oomScore;
  final RequestRing requests = new RequestRing(REQUEST_RING_BATCHES);
  final RequestLimits limits = new RequestLimits();
  final Backlog backlog;
  final DiskLog log;
  final ReplicationStream stream;
  final ReplyGate gate;
  final Snapshots snapshots;
  final Bases bases;
  final RdbSaves saves;
  final DigestsAtOffset digests;
  final Replication replication;
  final Failover failover;
  final MemoryGuard memoryGuard;
  final ClientEviction clientEviction;

  /** Of scripts and libraries, as last looked at by {@link Housekeeping}. */
  long scriptBytes;

  final Dispatcher dispatcher;
  final Executor executor;
  final NetworkServer network;
  final long startedMillis;
  final MemoryPeak memoryPeak;
  final InfoSections info;
  final Slowlog slowlog;
  final LatencyMonitor latency;
  final ServerPersistence persistence;
  final ServerLifecycle lifecycle;
  final LogStarter logStarter;
  final LogRenewal logRenewal = new LogRenewal(this);
  final Messaging messaging;
  final Tracking tracking;
  final ReplicaRole role;
  final AccessControl access;
  final StreamParts streamParts;
  final ScriptEngine scriptEngine;
  final Scripts scripts;
  final Libraries libraries;
  private final TransferThreads transfers;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Runnable onFatal;
  private final boolean startedWithLog;
  private final StartLoading starting;
  private @Nullable Thread executorThread;

  /**
   * Finds where the stream goes on and wires the parts; nothing runs, nothing is loaded yet.
   *
   * @param onFatal what to do when a thread the server cannot go on without has ended
   * @param onShutdown what SHUTDOWN does: begins the end on another thread, and returns
   * @throws IOException when the data directory cannot be used, or holds damage: what and where
   */
  public Server(Config config, Runnable onFatal, Runnable onShutdown) throws IOException {
    this.config = config;
    this.onFatal = onFatal;
    clients.onError(statistics::errorReplied);
    clients.onPause(this::paused);
    clientEviction = new ClientEviction(config, clients, statistics);
    oomScore =
        new OomScore(OomScore.OF_THIS_PROCESS, config.server, () -> replicaRole().link() != null);
    this.dataset = new Dataset(config.server.databases.intValue(), config.encodings, clients);
    this.startedMillis = dataset.clock.getAsLong();
    messaging = new Messaging(dataset.clientMemory, clients, config, Server::microsNow);
    messaging.listenTo(dataset.call, dataset.keyspace);
    tracking = newTracking();
    dataset.call.onKeyChange(tracking);
    access = newAccessControl();
    slowlog = new Slowlog(config, dataset.clock);
    latency = new LatencyMonitor(config.server, dataset.clock);
    transfers = new TransferThreads(config.replication.replTransferMaxRate::value);
    persistence = new ServerPersistence(this);
    Housekeeping housekeeping = new Housekeeping(this);
    ServerFacts facts = new ServerFacts(this);
    memoryPeak = new MemoryPeak(facts);
    info = newInfoSections(facts);
    scriptEngine =
        new ScriptEngine(
            commands, dataset.replies, this::dispatching, config.server.busyReplyThreshold::value);
    scripts = new Scripts(scriptEngine);
    libraries = new Libraries(scriptEngine);
    dataset.onLibrary = source -> libraries.load(source, true);
    lifecycle = new ServerLifecycle(this, persistence, onShutdown);
    CommandGroups.declare(this, facts, persistence, housekeeping);
    renameCommands();
    Users.load(config, access);
    Startup startup = Startup.find(config);
    StreamParts parts =
        new StreamParts(config, startup.offset(), offset -> requests.wake(), journalListener());
    streamParts = parts;
    backlog = parts.backlog;
    log = parts.log;
    stream = parts.stream;
    gate = new ReplyGate(log::durableOffset);
    snapshots = new Snapshots(dataset.keyspace, requests, () -> Settings.snapshots(config));
    snapshots.libraries(libraries::sources);
    bases =
        new Bases(
            snapshots, () -> replicaRole().cut(), offset -> Settings.header(this, offset, true));
    saves =
        new RdbSaves(
            snapshots,
            () -> Settings.rdbFile(config),
            () -> Settings.header(this, replicaRole().datasetOffset(), false),
            startedMillis);
    digests =
        new DigestsAtOffset(
            snapshots,
            () -> replicaRole().datasetOffset(),
            () -> Settings.directory(config),
            offset -> Settings.header(this, offset, false),
            config.server.databases.intValue());
    logStarter = new LogStarter(this);
    FullSyncs fullSyncs = newFullSyncs();
    replication = newReplication(parts, fullSyncs, startup);
    failover = new Failover(replication, () -> replicaRole(), clients, dataset.clock);
    RoleGuard roleGuard = new RoleGuard(() -> replicaRole(), config.replication);
    memoryGuard = newMemoryGuard();
    dispatcher = dispatcher(roleGuard);
    role = new ReplicaRole(this);
    clients.master(() -> LinkPeer.of(role.masterClient(), role.link()));
    network = Settings.network(config, limits, commands.typed(), intake());
    executor = newExecutor();
    scriptEngine.others(executor::serveOthers);
    executor.between(
        List.of(replication, clientEviction, housekeeping, info.rates()),
        List.of(
            role, snapshots, logRenewal, fullSyncs, persistence, tracking, rehash(), lazyFree()),
        this::roundEnded);
    dispatcher.atUnitEnd(client -> {
      tracking.unitEnded(client);
      digests.look();
    });
    dispatcher.checkAccess(access);
    if (startup.log() != null) {
      log.open(startup.log());
      role.recovered();
      stream.continueSegment(startup.log().segments().getLast().range().start());
    }
    startedWithLog = startup.log() != null;
    Settings.apply(this);
    starting = new StartLoading(this, startup);
  }

  private FullSyncs newFullSyncs() {
    return new FullSyncs(
        bases,
        snapshots,
        log,
        stream,
        logStarter::startForReplicas,
        () -> replicaRole().mayTakeBase());
  }

  private Replication newReplication(StreamParts parts, FullSyncs fullSyncs, Startup startup) {
    Replication made =
        new Replication(
            parts.stream,
            parts.backlog,
            parts.log,
            startup.history(),
            clients,
            parts.feeder,
            transfers,
            fullSyncs,
            requests,
            Settings.replication(config));
    made.remember(startup.resyncs());
    return made;
  }

  private void renameCommands() throws IOException {
    for (List<String> line : config.renameLines()) {
      try {
        commands.typed().rename(line.get(1), line.get(2));
      } catch (IllegalArgumentException e) {
        throw new IOException(String.join(" ", line) + ": " + e.getMessage(), e);
      }
    }
    dataset.effects.renames(commands.typed().any());
  }

  /** While clients are paused nothing leaves the dataset: what has expired is only hidden. */
  private void paused(boolean on) {
    if (role.link() == null && !role.loading().isBlocking()) {
      dataset.keyspace.expiryMode(on ? ExpiryMode.HIDE : ExpiryMode.DELETE);
    }
  }

  /** The dataset is loaded, and clients may have been paused meanwhile. */
  void pausedAsNow() {
    paused(clients.isPaused(dataset.clock.getAsLong()));
  }

  private MemoryGuard newMemoryGuard() {
    return new MemoryGuard(
        dataset.keyspace,
        this::memoryLimit,
        this::bytesBesideKeyspace,
        () -> clients.isPaused(dataset.clock.getAsLong()),
        () -> dispatching().flushEffectsSoFar());
  }

  private void roundEnded() {
    tracking.roundEnded();
    digests.look();
    replication.endOfRound();
    failover.endOfRound();
    lifecycle.endOfRound();
    clientEviction.endOfRound();
  }

  private boolean savingFailed() {
    return !saves.lastOk()
        && config.persistence.stopWritesOnBgsaveError.value()
        && !config.persistence.save.value().isEmpty();
  }

  private Tracking newTracking() {
    return new Tracking(
        dataset.clientMemory,
        clients,
        dataset.call,
        messaging.outbox(),
        config.network.trackingTableMaxKeys::value,
        new SplittableRandom());
  }

  private AccessControl newAccessControl() {
    return new AccessControl(
        config.server,
        commands,
        dataset.clientMemory,
        clients,
        messaging.pubSub(),
        dataset.clock,
        client -> ClientDescription.line(client, dataset.clock.getAsLong()));
  }

  private InfoSections newInfoSections(ServerFacts facts) {
    return new InfoSections(
        config,
        facts,
        facts,
        memoryPeak,
        persistence,
        facts,
        clients,
        messaging,
        tracking,
        commands,
        statistics,
        dataset.keyspace,
        latency,
        dataset.clock);
  }

  private Executor newExecutor() {
    return new Executor(
        requests,
        dispatcher,
        clients,
        stream,
        gate,
        dataset.clock,
        dataset.keyspace,
        messaging.outbox(),
        () -> !snapshots.isCongested(),
        network::wakeLoops);
  }

  /** The dispatcher at work: that of a replay of the log while there is one. */
  Dispatcher dispatching() {
    Dispatcher replaying = dataset.replaying;
    return replaying != null ? replaying : dispatcher;
  }

  private Dispatcher dispatcher(RoleGuard roleGuard) {
    return new Dispatcher(
        dataset.call,
        dataset.effects,
        stream,
        statistics,
        List.of(
            roleGuard,
            new WriteGuard(
                log::state,
                this::savingFailed,
                now ->
                    replication.refuseForReplicas(
                        config.replication.minReplicasToWrite.intValue(),
                        config.replication.minReplicasMaxLag.intValue(),
                        now),
                dataset.clock),
            memoryGuard),
        List.of(slowlog, latency, messaging.monitors(), tracking));
  }

  /** Ends what a client listens to, watches and tracks. */
  void forget(Client client) {
    messaging.forget(client);
    tracking.disable(client);
  }

  /** The time of day in microseconds since the epoch. */
  static long microsNow() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
  }

  private ClientIntake intake() {
    return new ClientIntake(
        requests,
        clients,
        dataset.watches,
        dataset.replies,
        statistics,
        dataset.clock,
        config.network.maxclients::value,
        messaging.outbox(),
        access,
        client -> {
          forget(client);
          clientEviction.forget(client);
          replication.disconnected(client);
        });
  }

  private ReplicaRole replicaRole() {
    return role;
  }

  /** A replica's memory is its master's business, as a rule. */
  private long memoryLimit() {
    boolean ignored = role.link() != null && config.replication.replicaIgnoreMaxmemory.value();
    return ignored || role.loading().isBlocking() ? 0 : config.memory.maxmemory.value();
  }

  private long bytesBesideKeyspace() {
    return clientEviction.countedBytes() + backlog.retainBytes() + scriptBytes;
  }

  /** The server cannot go on. Any thread. */
  void fatal() {
    onFatal.run();
  }

  private Slice rehash() {
    return now -> dataset.keyspace.rehashSlice(SLICE_NANOS / 2);
  }

  private Slice lazyFree() {
    return now -> dataset.keyspace.lazyFreeSlice(SLICE_NANOS);
  }

  private FailureListener journalListener() {
    return (state, why) -> {
      requests.wake();
      boolean always = Settings.fsync(config) == FsyncPolicy.ALWAYS;
      if (state == JournalState.FAILED && always) {
        // What was promised cannot be kept, and the held replies must never leave.
        LOG.error("the log cannot be written with appendfsync always: the server stops ({})", why);
        onFatal.run();
      }
    };
  }

  /**
   * Starts the threads, listens, and waits until the dataset is loaded. When it fails, {@link
   * #stop} is still to be called.
   *
   * @throws IOException when it cannot listen, or what is on disk cannot be loaded: what and where
   */
  public void start() throws IOException {
    streamParts.ring.start();
    Thread thread =
        Thread.ofPlatform()
            .name("executor")
            .stackSize(ScriptEngine.STACK_BYTES)
            .uncaughtExceptionHandler((which, cause) -> {
              Executor.died(which, cause);
              onFatal.run();
            })
            .unstarted(() -> {
              starting.run();
              executor.run();
              dataset.handOver();
            });
    executorThread = thread;
    backlog.handOver();
    dataset.handOver();
    thread.start();
    network.restrictNewConnections(!access.isOpen());
    Settings.applyProtection(this);
    startNetwork();
    starting.listening();
    if (!starting.await()) {
      return;
    }
    LOG.info("Ready to accept connections on port {}", network.port());
  }

  private void startNetwork() throws IOException {
    if (config.network.port.value() == 0 && !config.network.unixsocket.isSet()) {
      throw new IOException("Configured to not listen anywhere, exiting.");
    }
    network.start();
    if (config.network.unixsocket.isSet()) {
      network.listenUnix(
          Settings.directory(config).resolve(config.network.unixsocket.value()),
          config.network.unixsocketperm.intValue());
    }
  }

  /** The port clients connect to. */
  public int port() {
    return network.port();
  }

  /**
   * Ends the server in order: no more requests, everything in the stream on disk and forced, a
   * clean stop noted, so that replicas go on by PSYNC after the next start.
   *
   * @return false when the log could not be brought to disk
   */
  public boolean stop() throws IOException, InterruptedException {
    // A loading or a script that goes on would keep the executor from all that follows.
    starting.abandon();
    scriptEngine.end();
    network.stop();
    role.stop();
    CompletableFuture<Void> announced = new CompletableFuture<>();
    requests.submit(() -> {
      snapshots.cancel();
      dispatcher.flushEffects();
      stream.publish();
      stream.control(StreamEvent.Kind.STOP, null);
      announced.complete(null);
    });
    announced.join();
    awaitDrained();
    executor.stop();
    Thread thread = executorThread;
    if (thread != null) {
      thread.join();
    }
    // Read before the parts close.
    boolean kept = !log.isRunning() || log.state() == JournalState.STOPPED;
    transfers.close();
    streamParts.close();
    role.close();
    messaging.close();
    tracking.close();
    access.close();
    scripts.close();
    libraries.close();
    scriptEngine.close();
    dataset.close();
    ended.countDown();
    return kept;
  }

  private void awaitDrained() throws InterruptedException {
    CompletableFuture<Boolean> drained;
    do {
      CompletableFuture<Boolean> asked = new CompletableFuture<>();
      requests.submit(
          () -> asked.complete(streamParts.ring.flush() && streamParts.ring.isDrained()));
      drained = asked;
      if (log.state() == JournalState.DISK_FULL) {
        // No room will come while we wait: what is not written stays unwritten, and is reported.
        log.giveUp();
      }
      TimeUnit.MILLISECONDS.sleep(1);
    } while (!drained.join() && log.state() != JournalState.FAILED);
  }

  /**
   * Does before {@link #stop}, for a process that a signal tells to end, what SHUTDOWN would: waits
   * for replicas, and saves the dataset when a restart needs it.
   */
  void prepareEnd() throws InterruptedException {
    Set<ShutdownMode> modes = config.server.shutdownOnSigterm.value();
    Boolean save = modes.contains(ShutdownMode.SAVE) ? Boolean.TRUE : null;
    Lifecycle.Shutdown how =
        new Lifecycle.Shutdown(
            modes.contains(ShutdownMode.NOSAVE) ? Boolean.FALSE : save,
            modes.contains(ShutdownMode.NOW),
            modes.contains(ShutdownMode.FORCE));
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch ready = new CountDownLatch(1);
    requests.submit(() -> {
      begun.countDown();
      lifecycle.signalled(how, ready::countDown);
    });
    if (!begun.await(1, TimeUnit.SECONDS)) {
      // Most likely it is a script that goes on and on.
      scriptEngine.end();
    }
    ready.await();
  }

  /** Waits until {@link #stop} is done. */
  public void awaitEnd() throws InterruptedException {
    ended.await();
  }

  /** True when the log that runs is one that no restart reads. */
  boolean keptForReplicasOnly() {
    return !startedWithLog && logStarter.isForReplicas();
  }

  /** The history the stream goes under. */
  public ReplicationHistory history() {
    return replication.history();
  }
}
