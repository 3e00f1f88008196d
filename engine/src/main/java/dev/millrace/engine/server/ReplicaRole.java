package dev.millrace.engine.server;

import dev.millrace.aof.JournalState;
import dev.millrace.aof.SegmentedLog;
import dev.millrace.backlog.ReplicationHistory;
import dev.millrace.backlog.ReplicationId;
import dev.millrace.backlog.StreamEvent;
import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Effects;
import dev.millrace.engine.config.ReplicaOf;
import dev.millrace.engine.config.ReplicationSettings;
import dev.millrace.engine.keyspace.ExpiryMode;
import dev.millrace.engine.pipeline.Slice;
import dev.millrace.engine.replication.MasterLink;
import dev.millrace.engine.replication.MasterStream;
import dev.millrace.engine.replication.Role;
import dev.millrace.engine.replication.StreamIntake;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This server's role, and its side of the link when it is a replica's.
 *
 * <p>A replica's stream is its master's, byte for byte at the same offsets, under the master's ID;
 * nothing of its own enters it. A promoted replica goes on under a new ID, the master's valid up to
 * there (PSYNC2), and so can be followed by those who followed the master.
 *
 * <p>Owned by: executor thread; the {@link MasterLink.Follower} methods by the link's thread.
 */
final class ReplicaRole implements Role, Slice, MasterLink.Follower {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicaRole.class);
  private static final int CHUNKS_PER_ROUND = 4;

  private final Server server;
  private final Client masterClient;
  private final MasterStream applier;
  private final StreamIntake intake;

  // Applies later what is journaled at once; null while both are one.
  private @Nullable DelayedApply delayed;
  private @Nullable DelayedApply delayedBefore; // may hold the log yet
  private @Nullable MasterLink link;
  private final ArrayDeque<Chunk> received = new ArrayDeque<>();
  private final Loading loading = new Loading();

  // Memory did not suffice for two datasets when the last one came.
  private volatile boolean besideIsTooMuch;
  private boolean diverged; // the dataset holds what the stream does not

  /** Some bytes that are not taken yet; at most {@link MasterLink#CHUNKS_MAX}. */
  private record Chunk(MasterLink from, byte[] bytes, int length, Runnable done) {}

  ReplicaRole(Server server) {
    this.server = server;
    masterClient = LinkPeer.newClient(server);
    applier =
        new MasterStream(
            server.dispatcher,
            server.stream,
            server.dataset.keyspace,
            masterClient,
            server.commands,
            server.dataset.clock,
            server.digests::look);
    intake = new StreamIntake(server.stream, server.commands, this::acknowledge);
  }

  @Override
  public ReplicaOf master() {
    return server.config.replication.replicaof.value();
  }

  @Override
  public @Nullable MasterLink link() {
    return link;
  }

  /** The client that stands for the master. */
  Client masterClient() {
    return masterClient;
  }

  /** What is being loaded from the master. */
  Loading loading() {
    return loading;
  }

  /** Whether the dataset is one that a base may hold here, where a segment ends or can end. */
  boolean mayTakeBase() {
    return !diverged && (delayed == null || delayed.isAtSegmentEnd());
  }

  /** Ends the segment where the dataset stands, and says where that is. */
  long cut() {
    return delayed == null || delayed.isLevel() ? server.stream.roll() : applier.appliedOffset();
  }

  /** Replication offset of the dataset; before the stream's end on a delayed replica. */
  long datasetOffset() {
    return applier.appliedOffset();
  }

  /** What is selected in the stream there. */
  int databaseOfDataset() {
    return applier.databaseApplied();
  }

  /** What applies later; null while what comes is applied at once. */
  @Nullable DelayedApply delayed() {
    return delayed;
  }

  /** Whether the dataset lacks what was there before its stream began (repl-sync-less). */
  boolean isIncomplete() {
    return applier.isWithoutBase();
  }

  /** Commands of the master that failed since, for want of that. */
  long failedForWant() {
    return applier.failedWithoutBase();
  }

  @Override
  public void follow(ReplicaOf master) {
    follow(master, false);
  }

  @Override
  public void handOver(ReplicaOf replica) {
    follow(replica, true);
  }

  private void follow(ReplicaOf master, boolean failover) {
    endLink();
    server.logRenewal.giveUp();
    server.config.replication.replicaof.value(master);
    server.clients.roleChanged();
    // They are to ask again: for a stream that has become another's.
    server.replication.closeReplicas();
    // Inside a transaction: what it did so far is a master's no more, and goes to nobody.
    Effects effects = server.dataset.effects;
    diverged |= effects.count() > 0;
    effects.truncate(0);
    server.stream.publish();
    server.stream.following(true);
    server.dataset.keyspace.expiryMode(ExpiryMode.HIDE);
    masterClient.master(master.host() + ":" + master.port());
    restartReceiving();
    MasterLink started = new MasterLink(master, this, new LinkSettings(server));
    if (failover) {
      started.askForFailover();
    }
    link = started;
    server.oomScore.roleChanged();
    LOG.info(
        "following {}:{} from offset {}", master.host(), master.port(), server.stream.offset());
    started.start();
  }

  @Override
  public void promote() {
    if (link == null) {
      return;
    }
    if (delayed != null) {
      // It is a master of what is applied: no less is taken than was asked for.
      delayed.requireEndReached();
      diverged |= !delayed.isLevel();
    }
    endLink();
    endDelay();
    server.config.replication.replicaof.value(ReplicaOf.NO_ONE);
    server.stream.publish();
    server.stream.following(false);
    server.stream.forgetSelected();
    server.dataset.keyspace.expiryMode(ExpiryMode.DELETE);
    ReplicationId id = ReplicationId.random(new SplittableRandom());
    if (diverged || isIncomplete()) {
      applier.withoutBase(false);
      // The dataset is no part of the history so far: nobody may continue from that.
      server.replication.history(ReplicationHistory.startingWith(id));
      server.replication.closeReplicas();
      server.logRenewal.begin();
      diverged = server.logRenewal.isUnderWay();
    } else {
      history(server.history().fork(id, server.stream.offset()));
    }
    server.oomScore.roleChanged();
    LOG.info("a master from offset {} on: {}", server.stream.offset(), server.history());
  }

  /** Ends the link, if there is one, for the server stops. Any thread but the executor. */
  void stop() throws InterruptedException {
    MasterLink open =
        onExecutor(
                () -> {
                  MasterLink ended = link;
                  endLink();
                  return Optional.ofNullable(ended);
                })
            .orElse(null);
    if (open != null) {
      open.awaitEnd();
    }
  }

  private void endLink() {
    MasterLink open = link;
    link = null;
    if (open != null) {
      open.close();
      restartReceiving();
      loading.end();
    }
  }

  /** Gives the memory back; the executor has ended. */
  void close() {
    applier.close();
    intake.close();
  }

  private void restartReceiving() {
    if (delayed == null) {
      applier.restart();
    } else {
      intake.restart();
    }
  }

  /** The dataset was loaded as of an offset before the stream's end. */
  void beginDelay(long offset, int database, ArrivalTimes known) {
    intake.begin(-1);
    delayed = new DelayedApply(server, applier, offset, database, known);
  }

  /** Begins or ends the delay, as the configuration wants it, where a link begins. */
  private void adaptToDelay() {
    if (delayed == null && DelayedApply.isWanted(server.config) && !diverged) {
      int database = server.stream.databaseAtEnd();
      long here = server.stream.offset();
      long now = server.dataset.clock.getAsLong();
      intake.begin(database);
      ArrivalTimes since = ArrivalTimes.of(List.of(), here, now);
      delayed = new DelayedApply(server, applier, here, database, since);
    } else if (delayed != null && !DelayedApply.isWanted(server.config) && delayed.isLevel()) {
      endDelay();
    }
  }

  private void endDelay() {
    DelayedApply ended = delayed;
    if (ended != null) {
      server.stream.databaseAtEnd(applier.databaseApplied());
      delayed = null;
      delayedBefore = ended;
      ended.close();
      applier.restart();
    }
  }

  /** A link that begins anew asks what the delay is to be. */
  private void renewLinkForDelay() {
    boolean wanted = DelayedApply.isWanted(server.config);
    boolean due = delayed == null ? wanted && !diverged : !wanted && delayed.isLevel();
    if (due && link != null && link.isConnected()) {
      link.breakOff();
    }
  }

  @Override
  public void acknowledge() {
    MasterLink open = link;
    if (open != null) {
      open.acknowledge();
    }
  }

  /** The log begins with the dataset as it was at the promotion. */
  void logRenewed() {
    diverged = false;
  }

  /** The stream goes under other IDs from here on: replicas are to ask again under those. */
  private void history(ReplicationHistory changed) {
    server.replication.history(changed);
    server.stream.control(StreamEvent.Kind.REPLICATION_ID, changed);
    server.replication.closeReplicas();
  }

  /** Runs something on the executor, after all that was submitted before, and waits for it. */
  <T> T onExecutor(Supplier<T> work) throws InterruptedException {
    CompletableFuture<T> result = new CompletableFuture<>();
    server.requests.submit(() -> {
      try {
        result.complete(work.get());
      } catch (RuntimeException | Error e) {
        result.completeExceptionally(e);
        throw e;
      }
    });
    try {
      return result.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  @Override
  public MasterLink.Position position(MasterLink from) throws InterruptedException {
    return onExecutor(() -> {
      applyAll();
      adaptToDelay();
      restartReceiving();
      long offset = server.stream.offset();
      if (from.asksForFailover()) {
        // It is to be asked under the ID it follows us by.
        return new MasterLink.Position(server.history().id(), offset, false);
      }
      // What is incomplete is made whole as soon as it is to be.
      boolean lacking = isIncomplete() && !server.config.replication.replSyncLess.value();
      ReplicationHistory history = server.history();
      return new MasterLink.Position(
          history.nameOfStream(offset), offset, history.isNothing(offset) || diverged || lacking);
    });
  }

  @Override
  public void failoverAnswered(MasterLink from, boolean accepted) throws InterruptedException {
    onExecutor(() -> {
      if (link == from) {
        server.failover.answered(accepted);
      }
      return true;
    });
  }

  @Override
  public void continued(MasterLink from, @Nullable ReplicationId id) throws InterruptedException {
    onExecutor(() -> {
      if (link == from) {
        from.applied(server.stream.offset());
        if (id != null && !id.equals(server.history().id())) {
          adopt(id);
        }
      }
      return true;
    });
  }

  private void adopt(ReplicationId id) {
    ReplicationHistory before = server.history();
    // The ID a recovery or a promotion had given may never have been used.
    history(
        id.equals(before.previousId())
            ? ReplicationHistory.ofMaster(id)
            : before.adopt(id, server.stream.offset()));
  }

  @Override
  public MasterLink.Copy copy(MasterLink from, ReplicationId id, long offset, long bytes)
      throws IOException, InterruptedException {
    CopyTerms terms = onExecutor(() -> terms(id));
    return new FullCopy(server, this, from, id, offset, bytes, terms);
  }

  private CopyTerms terms(ReplicationId id) {
    long here = server.stream.offset();
    return new CopyTerms(
        server.config.replication.replDisklessLoad.value(),
        server.dataset.keyspace.size(),
        server.dataset.keyspace.usedBytes(),
        server.dataset.keyspace.evictionPolicy(),
        !diverged && here > 0 && id.equals(server.history().nameOfStream(here)),
        besideIsTooMuch,
        server.log.log());
  }

  /** The start has found a log. */
  void recovered() {
    ReplicationSettings settings = server.config.replication;
    // The log does not say it.
    applier.withoutBase(
        settings.replSyncLess.value() && !settings.replicaof.value().equals(ReplicaOf.NO_ONE));
  }

  /** Two datasets are more than memory holds: the next one takes the place of ours. Any thread. */
  void besideIsTooMuch() {
    besideIsTooMuch = true;
  }

  @Override
  public void apply(MasterLink from, byte[] bytes, int length, Runnable done) {
    server.requests.submit(() -> received.add(new Chunk(from, bytes, length, done)));
  }

  /** Applies what was received, as long as the journal keeps up (L7). */
  @Override
  public boolean run(long nowMillis) {
    for (int i = 0; i < CHUNKS_PER_ROUND && !received.isEmpty() && server.stream.hasRoom(); i++) {
      applyNext();
    }
    renewLinkForDelay();
    boolean more = delayed != null && delayed.run(nowMillis);
    return more || (!received.isEmpty() && server.stream.hasRoom());
  }

  /** The master's stream goes on, and this server is behind until it has applied it. */
  @Override
  public boolean mayRest() {
    return false;
  }

  private void applyAll() {
    while (!received.isEmpty()) {
      applyNext();
    }
  }

  private void applyNext() {
    Chunk chunk = received.remove();
    try {
      if (link == chunk.from) {
        if (delayed == null) {
          applier.apply(chunk.bytes, 0, chunk.length);
        } else {
          intake.take(chunk.bytes, chunk.length);
          delayed.arrived(server.dataset.clock.getAsLong());
        }
        chunk.from.applied(server.stream.offset());
      }
    } catch (IOException e) {
      LOG.error("the link to the master is broken off: {}", e.getMessage());
      chunk.from.breakOff();
    } finally {
      chunk.done.run();
    }
  }

  // What a full copy does on the executor.

  /** A dataset is coming; false when the link is not ours any more. */
  boolean beginLoading(MasterLink from, Loading.Kind kind, long bytes) {
    if (link != from) {
      return false;
    }
    applyAll();
    loading.begin(kind, bytes, server.dataset.clock.getAsLong());
    return true;
  }

  /**
   * The dataset goes at once; what comes next takes its place, or nothing does.
   *
   * @param nothing takes over the memory
   */
  boolean empty(MasterLink from, IncomingDataset nothing, long bytes) {
    if (!beginLoading(from, Loading.Kind.BLOCKING, bytes)) {
      return false;
    }
    server.replication.closeReplicas();
    exchange(nothing);
    server.libraries.flush();
    endDelay();
    diverged = true;
    return true;
  }

  private void exchange(IncomingDataset with) {
    server.snapshots.cancel();
    server.dispatcher.flushEffects();
    server.stream.publish();
    server.dataset.watches.flushingAll();
    server.dataset.keyspace.exchange(with.keyspace);
    server.dataset.watches.flushingAll();
    server.dataset.waiters.replacedAll();
    server.tracking.flushed();
  }

  /**
   * What was received is whole: the stream stops, so that the log can be replaced.
   *
   * @param known the log that has the dataset as a draft, or null
   * @return why it cannot be taken over, or null
   */
  @Nullable String beginSwitch(
      MasterLink from, @Nullable SegmentedLog known, List<byte[]> sources) {
    if (link != from) {
      return "another master is followed by now";
    }
    if (server.log.log() != known || (known == null && server.logStarter.isStartedOrStarting())) {
      return "a log was started meanwhile, and begins with another dataset";
    }
    String refusal = IncomingDataset.refusal(server.scriptEngine, sources);
    if (refusal != null) {
      return "it holds a library that cannot be loaded: " + refusal;
    }
    applyAll();
    diverged |= delayed != null && !delayed.isLevel();
    endDelay();
    server.snapshots.cancel();
    server.replication.closeReplicas();
    server.dispatcher.flushEffects();
    server.stream.publish();
    return null;
  }

  /** Stops the journal; whether it has written all there is and nothing more is under way. */
  boolean isJournalAtRest(@Nullable SegmentedLog known) {
    boolean reading = delayedBefore != null && !delayedBefore.isOver();
    if (!isStreamAtRest() || server.snapshots.isRunning() || reading) {
      return false;
    }
    if (known == null || server.log.state() == JournalState.STOPPED) {
      return true;
    }
    if (server.log.state() == JournalState.RUNNING) {
      server.stream.control(StreamEvent.Kind.STOP, null);
    }
    return false;
  }

  private boolean isStreamAtRest() {
    return server.streamParts.ring.flush() && server.streamParts.ring.isDrained();
  }

  /**
   * The log begins with it by now: the dataset and its offset in the master's history are ours.
   *
   * @return false when the stream's readers have something to do yet: then it is to be tried again
   */
  boolean switchTo(
      MasterLink from,
      IncomingDataset next,
      ReplicationId id,
      long offset,
      int database,
      List<byte[]> libraries) {
    if (!isStreamAtRest()) {
      return false;
    }
    exchange(next);
    server.libraries.flush();
    libraries.forEach(source -> server.libraries.load(source, true));
    diverged = false;
    applier.withoutBase(from.isWithoutDataset());
    besideIsTooMuch = false;
    server.stream.restartAt(offset, database);
    server.replication.history(ReplicationHistory.ofMaster(id));
    adaptToDelay();
    restartReceiving();
    from.applied(offset);
    loading.end();
    return true;
  }

  /** The loading is over, well or not. */
  void endLoading(MasterLink from) {
    if (link == from) {
      loading.end();
    }
  }
}
