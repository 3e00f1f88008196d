package dev.millrace.engine.replication;

import dev.millrace.aof.ResyncDecision;
import dev.millrace.aof.ResyncEntry;
import dev.millrace.aof.ResyncPolicy;
import dev.millrace.aof.ResyncRequest;
import dev.millrace.backlog.Backlog;
import dev.millrace.backlog.BacklogReader;
import dev.millrace.backlog.OffsetRange;
import dev.millrace.backlog.ReplicationHistory;
import dev.millrace.backlog.ReplicationId;
import dev.millrace.backlog.StreamEvent;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Clients;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.net.Connection;
import dev.millrace.engine.persistence.DiskLog;
import dev.millrace.engine.pipeline.Periodic;
import dev.millrace.engine.pipeline.ReplicationStream;
import dev.millrace.engine.pipeline.RequestRing;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The master: answers PSYNC from memory, from the log, or by a full sync, keeps the links alive,
 * and counts acknowledgements.
 *
 * <p>Owned by: executor thread.
 */
public final class Replication implements Periodic {
  private static final Logger LOG = LoggerFactory.getLogger(Replication.class);
  private static final long SECOND_MILLIS = 1000;

  /** Settings that may change while the server runs. */
  public interface Settings {
    /** Seconds between two PINGs in the stream. */
    int pingPeriodSeconds();

    /** A gap served from the log may cost this many percent of the newest base; 0 for any. */
    int maxGapPercent();

    /** Seconds of silence after which a replica's link is closed. */
    int timeoutSeconds();

    /** Whether a replica that can is sent base and stream by a connection each. */
    boolean rdbChannel();
  }

  private final Replicas replicas = new Replicas();
  private final ReplicationCounters counters = new ReplicationCounters();
  private final ReplicationStream stream;
  private final Backlog backlog;
  private final DiskLog log;
  private final Clients clients;
  private final Feeder feeder;
  private final TransferThreads threads;
  private final FullSyncs fullSyncs;
  private final RequestRing ring;
  private final Settings settings;
  private final List<Waiter> waiters = new ArrayList<>();
  private final ResyncAudit audit;
  private final RdbChannels rdbChannels;

  private ReplicationHistory history;
  private long lastPingMillis;
  private long nextSecondMillis;
  private boolean ackWanted;
  private long fullSyncCount;
  private long partialOkCount;
  private long partialErrorCount;

  /** A client in WAIT. */
  private final class Waiter implements Client.Blocker {
    private final Client client;
    private final long wanted;
    private final long offset;

    Waiter(Client client, long wanted, long offset) {
      this.client = client;
      this.wanted = wanted;
      this.offset = offset;
    }

    @Override
    public void timedOut(Client who) {
      who.reply().integer(replicas.acknowledged(offset));
    }

    @Override
    public void abandoned(Client who) {
      waiters.remove(this);
    }
  }

  /** A master whose stream is {@code history}'s. */
  public Replication(
      ReplicationStream stream,
      Backlog backlog,
      DiskLog log,
      ReplicationHistory history,
      Clients clients,
      Feeder feeder,
      TransferThreads threads,
      FullSyncs fullSyncs,
      RequestRing ring,
      Settings settings) {
    this.stream = stream;
    this.backlog = backlog;
    this.log = log;
    this.history = history;
    this.clients = clients;
    this.feeder = feeder;
    this.threads = threads;
    this.fullSyncs = fullSyncs;
    this.ring = ring;
    this.settings = settings;
    this.audit =
        new ResyncAudit(System::nanoTime, end -> stream.control(StreamEvent.Kind.CONTROL, end));
    this.rdbChannels = new RdbChannels(replicas, backlog, clients, feeder, fullSyncs, audit, ring);
  }

  /** Takes up the decisions of earlier starts; before this one's first. */
  public void remember(List<ResyncEntry> before) {
    audit.remember(before);
  }

  public Replicas replicas() {
    return replicas;
  }

  public ReplicationCounters counters() {
    return counters;
  }

  public ReplicationHistory history() {
    return history;
  }

  /** The stream goes on under another ID (DEBUG CHANGE-REPL-ID). */
  public void history(ReplicationHistory value) {
    this.history = value;
  }

  /** The replication offset now. */
  public long offset() {
    return stream.offset();
  }

  /** What memory holds. */
  public OffsetRange held() {
    return backlog.held();
  }

  public long fullSyncCount() {
    return fullSyncCount;
  }

  public long partialOkCount() {
    return partialOkCount;
  }

  public long partialErrorCount() {
    return partialErrorCount;
  }

  /** The last resync decisions. */
  public ResyncAudit audit() {
    return audit;
  }

  /** CONFIG RESETSTAT. */
  public void resetStatistics() {
    fullSyncCount = 0;
    partialOkCount = 0;
    partialErrorCount = 0;
    counters.reset();
  }

  /** PSYNC: {@code asked} is a replication ID or "?", {@code firstByte} counts from 1. */
  void psync(Client client, String asked, long firstByte, long nowMillis) {
    Connection connection = begin(client);
    stream.publish();
    Replica replica = replicas.of(client);
    if (replica.main() != null || replica.wantsOnlyDataset()) {
      dataset(
          replica,
          connection,
          (offset, database) -> "+FULLRESYNC " + history.id() + " " + offset + "\r\n",
          nowMillis);
      return;
    }
    ReplicationId id = ReplicationId.tryParse(asked);
    ResyncDecision decision = decide(connection, id, firstByte - 1);
    boolean full = decision.outcome() == ResyncDecision.Outcome.FULL;
    Replica channel = replica.channel();
    if (full && isForTwoByValkey(replica)) {
      // What is decided is noted when the dataset is asked for.
      if (!asked.equals("?")) {
        partialErrorCount++;
      }
      client.reply().simple("DUALCHANNELSYNC");
      return;
    }
    if (channel == null || full) {
      note(replica, decision, nowMillis);
    }
    ReplicaSender sender = attach(replica, connection, nowMillis);
    if (full) {
      if (!asked.equals("?")) {
        partialErrorCount++;
      }
      if (replica.wantsNoDataset()) {
        streamOnly(replica, sender, nowMillis);
      } else if (replica.understandsRdbChannel() && settings.rdbChannel()) {
        fullSyncCount++;
        rdbChannels.invite(replica, sender);
      } else {
        fullSync(replica, sender, true);
      }
      return;
    }
    fullSyncs.keepLog();
    long start = firstByte - 1;
    BacklogReader reader =
        decision.outcome() == ResyncDecision.Outcome.FROM_BACKLOG
            ? backlog.openReader(start)
            : null;
    sender.line(
        replica.understandsPsync2() ? "+CONTINUE " + history.id() + "\r\n" : "+CONTINUE\r\n");
    if (channel == null) {
      partialOkCount++;
      replica.state(Replica.State.ONLINE);
      acknowledged(replica, start, nowMillis);
    } else {
      // A part of the full sync whose base its second connection is sent.
      replica.state(Replica.State.SEND_BASE_AND_STREAM);
    }
    feeder.add(sender);
    sender.start(reader, start);
  }

  private boolean isForTwoByValkey(Replica replica) {
    return replica.understandsDualChannel()
        && !replica.understandsRdbChannel()
        && !replica.wantsNoDataset()
        && replica.channel() == null
        && settings.rdbChannel()
        && fullSyncs.mayTakeBase();
  }

  /** In place of a full sync: the stream from here on, after a dataset of no keys. */
  private void streamOnly(Replica replica, ReplicaSender sender, long nowMillis) {
    LOG.info("replica {} gets no dataset, as it asked", replica.remoteAddress());
    fullSyncs.keepLog();
    if (!stream.isFollowing()) {
      // It knows of no database yet.
      stream.forgetSelected();
    }
    long offset = stream.offset();
    byte[] noKeys = fullSyncs.noKeys(offset);
    sender.line("+FULLRESYNC " + history.id() + " " + offset + "\r\n$" + noKeys.length + "\r\n");
    sender.bytes(noKeys);
    replica.state(Replica.State.ONLINE);
    acknowledged(replica, offset, nowMillis);
    feeder.add(sender);
    sender.start(backlog.openReader(offset), offset);
  }

  /** SYNC: the whole dataset, without a line before it. */
  void sync(Client client, long nowMillis) {
    Connection connection = begin(client);
    Replica replica = replicas.of(client);
    stream.publish();
    if (replica.main() == null && replica.isDatasetForAnother()) {
      dataset(
          replica,
          connection,
          (offset, database) ->
              "$ENDOFF:%d %s %d %d\r\n".formatted(offset, history.id(), database, client.id()),
          nowMillis);
      return;
    }
    if (replica.main() != null || replica.wantsOnlyDataset()) {
      dataset(replica, connection, RdbChannels.Announcement.NONE, nowMillis);
      return;
    }
    replica.neverAcknowledges();
    note(replica, decide(connection, null, -1), nowMillis);
    fullSync(replica, attach(replica, connection, nowMillis), false);
  }

  /** REPLCONF main-ch-client-id: a replica's second connection says whose it is. */
  void secondConnection(Replica channel, long mainClientId) {
    rdbChannels.introduce(channel, mainClientId);
  }

  /** REPLCONF set-rdb-client-id: a replica says which is its second connection. */
  void secondConnectionIs(Replica main, long channelClientId) {
    rdbChannels.introduceSecond(main, channelClientId);
  }

  private void dataset(
      Replica channel,
      Connection connection,
      RdbChannels.Announcement announcement,
      long nowMillis) {
    if (channel.main() == null) {
      fullSyncCount++;
      note(channel, decide(connection, null, -1), nowMillis);
    }
    ReplicaSender sender =
        new ReplicaSender(
            connection, backlog, log, threads, counters, rdbChannels.progressOf(channel));
    channel.sender(sender);
    channel.heardOf(nowMillis);
    channel.client().replyMode(Client.ReplyMode.STREAM);
    rdbChannels.serve(channel, sender, announcement);
  }

  private ResyncDecision decide(Connection connection, @Nullable ReplicationId id, long start) {
    return ResyncPolicy.decide(
        new ResyncRequest(
            connection.remoteAddress(),
            id,
            start,
            history,
            stream.offset(),
            backlog.held(),
            log.isRunning() ? log.require().held() : null,
            fullSyncs.datasetBytes(),
            settings.maxGapPercent()));
  }

  private Connection begin(Client client) {
    Connection connection = client.connection();
    if (connection == null || (client.replica() != null && isAttached(client))) {
      throw new CommandError("ERR this link follows the stream already");
    }
    if (client.reply().bytesPending() > 0) {
      throw new CommandError("ERR SYNC and PSYNC are invalid with pending output");
    }
    return connection;
  }

  private boolean isAttached(Client client) {
    return client.replica() instanceof Replica replica
        && replica.state() != Replica.State.HANDSHAKE;
  }

  private ReplicaSender attach(Replica replica, Connection connection, long nowMillis) {
    ReplicaSender sender =
        new ReplicaSender(connection, backlog, log, threads, counters, new Progress(replica));
    replica.sender(sender);
    replica.client().replyMode(Client.ReplyMode.STREAM);
    replica.heardOf(nowMillis);
    replicas.attach(replica);
    return sender;
  }

  private void fullSync(Replica replica, ReplicaSender sender, boolean announced) {
    fullSyncCount++;
    replica.state(Replica.State.WAIT_BASE);
    fullSyncs.request(
        new FullSyncs.Waiting() {
          @Override
          public void cut(long offset, int database) {
            if (announced) {
              sender.line("+FULLRESYNC " + history.id() + " " + offset + "\r\n");
            }
          }

          @Override
          public void ready(BaseFile base) {
            if (sender.isClosed()) {
              base.pin().close();
              return;
            }
            replica.state(Replica.State.SEND_BASE);
            ResyncAudit.Entry resync = replica.resync();
            if (resync != null) {
              resync.sends(base);
            }
            feeder.add(sender);
            sender.startFromBase(base);
          }

          @Override
          public void failed(String reason) {
            LOG.warn("full sync of replica {} failed: {}", replica.remoteAddress(), reason);
            close(replica);
          }
        });
  }

  private final class Progress implements ReplicaSender.Listener {
    private final Replica replica;

    Progress(Replica replica) {
      this.replica = replica;
    }

    @Override
    public void baseEnded(ReplicaSender sender, boolean sent) {
      if (sent) {
        ring.submit(() -> replica.state(Replica.State.ONLINE));
      }
    }

    @Override
    public void caughtUp(ReplicaSender sender) {
      LOG.info(
          "replica {} follows from memory at offset {}",
          replica.remoteAddress(),
          sender.sentOffset());
      if (!replica.acknowledges()) {
        // All that can be known of it: it was sent everything.
        long offset = sender.sentOffset();
        ring.submit(() -> reached(replica, offset));
      }
    }

    @Override
    public void failed(ReplicaSender sender, String reason) {
      ring.submit(() -> close(replica));
    }
  }

  /** Ends every replica's link: they ask again, and are answered by what has become of us. */
  public void closeReplicas() {
    for (Replica replica : List.copyOf(replicas.attached())) {
      ReplicaSender sender = replica.sender();
      if (sender != null) {
        sender.close();
      }
      close(replica);
    }
    rdbChannels.closeAll();
  }

  static void close(Replica replica) {
    Connection connection = replica.client().connection();
    if (connection != null) {
      connection.close();
    }
  }

  private void note(Replica replica, ResyncDecision decision, long nowMillis) {
    LOG.info("{}", decision.explanation());
    replica.resync(audit.decided(decision, stream.offset(), nowMillis));
    stream.control(StreamEvent.Kind.CONTROL, decision);
  }

  private void reached(Replica replica, long offset) {
    ResyncAudit.Entry resync = replica.resync();
    if (resync != null && replica.state() == Replica.State.ONLINE) {
      audit.reached(resync, offset);
    }
  }

  /** REPLCONF ACK. */
  void acknowledged(Replica replica, long offset, long nowMillis) {
    replica.acknowledged(offset, nowMillis);
    if (replica.state() == Replica.State.SEND_BASE_AND_STREAM) {
      // It acknowledges what it has applied: so it has the base.
      replica.state(Replica.State.ONLINE);
    }
    reached(replica, offset);
    for (Waiter waiter : List.copyOf(waiters)) {
      int count = replicas.acknowledged(waiter.offset);
      if (count >= waiter.wanted) {
        waiters.remove(waiter);
        long mark = waiter.client.reply().bytesPending();
        waiter.client.reply().integer(count);
        clients.unblock(waiter.client, mark);
      }
    }
  }

  /** WAIT: answers at once when enough replicas have acknowledged, else blocks the client. */
  void waitFor(Call call, long wanted, long timeoutMillis) {
    Client client = call.client();
    long offset = client.writtenOffset();
    int count = replicas.acknowledged(offset);
    if (count >= wanted || client.mayNotBlock()) {
      call.reply().integer(count);
      return;
    }
    Waiter waiter = new Waiter(client, wanted, offset);
    waiters.add(waiter);
    clients.block(client, waiter, timeoutMillis == 0 ? 0 : call.nowMillis() + timeoutMillis);
    ackWanted = true;
  }

  /** A client is gone; when it was a replica, its transfer ends and its pins go. */
  public void disconnected(Client client) {
    if (client.replica() instanceof Replica replica) {
      ReplicaSender sender = replica.sender();
      if (sender != null) {
        feeder.remove(sender);
      }
      ResyncAudit.Entry resync = replica.resync();
      if (resync != null && !RdbChannels.isSentDatasetAlone(replica)) {
        audit.lost(resync, sender == null ? 0 : sender.sentOffset());
      }
      replicas.detach(replica);
      rdbChannels.disconnected(replica);
    }
  }

  /** Between two units: asks for acknowledgements when a client has begun to wait for them. */
  public void endOfRound() {
    if (ackWanted && !replicas.isEmpty()) {
      stream.getAck();
      feeder.hurry();
    }
    ackWanted = false;
  }

  @Override
  public void tick(long nowMillis) {
    if (nowMillis < nextSecondMillis) {
      return;
    }
    if (nextSecondMillis == 0) {
      // Whoever came before the first look has not been without a word since 1970.
      lastPingMillis = nowMillis;
    }
    nextSecondMillis = nowMillis + SECOND_MILLIS;
    rdbChannels.tick(nowMillis, settings.timeoutSeconds() * SECOND_MILLIS);
    if (replicas.isEmpty()) {
      lastPingMillis = nowMillis;
      return;
    }
    // By the period as it is now: it may have been made shorter. And a target of FAILOVER could not
    // catch up with a stream that goes on.
    long silentMillis = nowMillis - lastPingMillis;
    if (silentMillis >= settings.pingPeriodSeconds() * SECOND_MILLIS && !clients.holdsWrites()) {
      lastPingMillis = nowMillis;
      stream.ping();
    }
    for (Replica replica : List.copyOf(replicas.attached())) {
      ReplicaSender sender = replica.sender();
      if (replica.state() == Replica.State.WAIT_BASE && sender != null) {
        // An empty line says that the base is still being written; a replica ignores it.
        sender.line("\n");
      } else if (replica.state() == Replica.State.ONLINE && isSilent(replica, nowMillis)) {
        LOG.warn("replica {} has not been heard of for too long", replica.remoteAddress());
        close(replica);
      }
    }
  }

  private boolean isSilent(Replica replica, long nowMillis) {
    return replica.acknowledges()
        && nowMillis - replica.ackMillis() > settings.timeoutSeconds() * SECOND_MILLIS;
  }

  /** The reason why a write may not run for want of replicas, or null. */
  public @Nullable String refuseForReplicas(int wanted, int lagSeconds, long nowMillis) {
    return wanted > 0 && lagSeconds > 0 && replicas.good(nowMillis, lagSeconds) < wanted
        ? "NOREPLICAS Not enough good replicas to write."
        : null;
  }
}
