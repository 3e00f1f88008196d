package dev.millrace.engine.replication;

import dev.millrace.backlog.Backlog;
import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Clients;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.pipeline.RequestRing;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Full syncs over two connections, the master's side: the base goes by a second connection, and the
 * stream after it by the first one at the same time, so that it is not the master who must keep
 * what happens while the base is sent and loaded. Redis 8.0 (rdb channel) has the master name the
 * first connection, which the second one then repeats:
 *
 * <pre>
 *   first connection                       second connection
 *   PSYNC …          → +RDBCHANNELSYNC id
 *                                          REPLCONF rdb-channel 1 main-ch-client-id id → +OK
 *                                          PSYNC ? -1 → +FULLRESYNC history offset
 *   the stream from offset on              the base
 *   REPLCONF ACK     : online              closed by the replica
 * </pre>
 *
 * Valkey 8.0 (dual channel) has it name the second one, and the first asks for the stream itself:
 *
 * <pre>
 *   first connection                       second connection
 *   PSYNC …          → +DUALCHANNELSYNC
 *                                          REPLCONF capa eof rdb-only 1 rdb-channel 1 → +OK
 *                                          SYNC → $ENDOFF:offset history database id
 *   REPLCONF set-rdb-client-id id → +OK    the base
 *   PSYNC history offset+1 → +CONTINUE
 *   the stream from offset on
 *   REPLCONF ACK     : online              closed by the replica
 * </pre>
 *
 * A connection that asks for the base only ({@code REPLCONF rdb-only 1}, as {@code redis-cli --rdb}
 * does) is a second one without a first.
 *
 * <p>The base's transfer is one like any other that ends with the base; the stream's is a sender
 * like any other that begins at the base's offset. A replica that loses its first connection may
 * still have the base, and goes on by PSYNC; one that loses the second begins anew.
 *
 * <p>Owned by: executor thread.
 */
final class RdbChannels {
  /** What is said before the base, when it is known where that stands. */
  @FunctionalInterface
  interface Announcement {
    /** Nothing is said: an old SYNC. */
    Announcement NONE = (offset, database) -> "";

    /** The line, with its end. */
    String line(long offset, int database);
  }

  private static final Logger LOG = LoggerFactory.getLogger(RdbChannels.class);

  private final Replicas replicas;
  private final Backlog backlog;
  private final Clients clients;
  private final Feeder feeder;
  private final FullSyncs fullSyncs;
  private final ResyncAudit audit;
  private final RequestRing ring;

  RdbChannels(
      Replicas replicas,
      Backlog backlog,
      Clients clients,
      Feeder feeder,
      FullSyncs fullSyncs,
      ResyncAudit audit,
      RequestRing ring) {
    this.replicas = replicas;
    this.backlog = backlog;
    this.clients = clients;
    this.feeder = feeder;
    this.fullSyncs = fullSyncs;
    this.audit = audit;
    this.ring = ring;
  }

  /** Tells a replica to ask for the base by a second connection. */
  void invite(Replica main, ReplicaSender sender) {
    main.state(Replica.State.WAIT_CHANNEL);
    sender.line("+RDBCHANNELSYNC " + main.client().id() + "\r\n");
  }

  /** A connection says that it is the second one of the client with this ID. */
  void introduce(Replica channel, long mainClientId) {
    Client client = clients.byId(mainClientId);
    if (client == null
        || !(client.replica() instanceof Replica main)
        || main.state() != Replica.State.WAIT_CHANNEL
        || main.channel() != null) {
      throw new CommandError("ERR Unrecognized RDB client id: " + mainClientId);
    }
    channel.secondOf(main);
  }

  /** The first connection of a Valkey replica says which is its second one. */
  void introduceSecond(Replica main, long channelClientId) {
    Client client = clients.byId(channelClientId);
    if (client == null
        || !(client.replica() instanceof Replica channel)
        || !replicas.channels().contains(channel)
        || !channel.isDatasetForAnother()
        || channel.main() != null) {
      throw new CommandError("ERR Unrecognized RDB client id " + channelClientId);
    }
    channel.secondOf(main);
    main.resync(channel.resync());
    channel.resync(null);
  }

  /** What a second connection's sender reports. */
  ReplicaSender.Listener progressOf(Replica channel) {
    return new Progress(channel);
  }

  /**
   * Sends the base by a second connection, and the stream by the first one from the base on, unless
   * that asks for it.
   */
  void serve(Replica channel, ReplicaSender sender, Announcement announcement) {
    channel.state(Replica.State.WAIT_BASE);
    replicas.attachChannel(channel);
    fullSyncs.request(new Request(channel, sender, announcement));
  }

  private final class Request implements FullSyncs.Waiting {
    private final Replica channel;
    private final ReplicaSender sender;
    private final Announcement announcement;

    Request(Replica channel, ReplicaSender sender, Announcement announcement) {
      this.channel = channel;
      this.sender = sender;
      this.announcement = announcement;
    }

    @Override
    public boolean mustKnowDatabase() {
      return channel.main() == null && channel.isDatasetForAnother();
    }

    @Override
    public void cut(long offset, int database) {
      sender.line(announcement.line(offset, database));
      Replica main = channel.main();
      ReplicaSender stream = main == null ? null : main.sender();
      if (main == null || stream == null || stream.isClosed()) {
        return;
      }
      // The log is pinned there by whoever cut the base (L4).
      main.state(Replica.State.SEND_BASE_AND_STREAM);
      feeder.add(stream);
      stream.start(backlog.openReader(offset), offset);
    }

    @Override
    public void ready(BaseFile base) {
      if (sender.isClosed()) {
        base.pin().close();
        return;
      }
      channel.state(Replica.State.SEND_BASE);
      Replica main = channel.main();
      ResyncAudit.Entry resync = main == null ? channel.resync() : main.resync();
      if (resync != null) {
        resync.sends(base);
      }
      sender.sendOnly(base);
    }

    @Override
    public void failed(String reason) {
      LOG.warn("full sync of replica {} failed: {}", channel.remoteAddress(), reason);
      Replication.close(channel);
    }
  }

  private final class Progress implements ReplicaSender.Listener {
    private final Replica channel;

    Progress(Replica channel) {
      this.channel = channel;
    }

    @Override
    public void baseEnded(ReplicaSender sender, boolean sent) {
      ring.submit(() -> {
        if (!isSentDatasetAlone(channel)) {
          return;
        }
        ResyncAudit.Entry resync = channel.resync();
        if (resync != null && sent) {
          audit.sentDataset(resync);
        } else if (resync != null) {
          audit.lost(resync, sender.sentOffset());
        }
        // Nothing will ever follow.
        Replication.close(channel);
      });
    }

    @Override
    public void caughtUp(ReplicaSender sender) {}

    @Override
    public void failed(ReplicaSender sender, String reason) {
      ring.submit(() -> {
        Replication.close(channel);
        Replica main = channel.main();
        if (main != null) {
          Replication.close(main);
        }
      });
    }
  }

  /**
   * Whether a connection is sent a base for its own sake, with nothing before or after it. Whoever
   * has all of it may hang up before we know that it was sent: so not the end of the connection,
   * but that of the sending says whether it was.
   */
  static boolean isSentDatasetAlone(Replica channel) {
    return channel.wantsOnlyDataset()
        && !channel.isDatasetForAnother()
        && channel.state() == Replica.State.SEND_BASE;
  }

  /**
   * A client is gone. Without the base, the stream is of no use to the replica; once it is being
   * sent, only the replica knows whether it has all of it, and hangs up when it has not.
   */
  void disconnected(Replica gone) {
    Replica main = gone.main();
    if (main != null
        && (gone.state() == Replica.State.HANDSHAKE || gone.state() == Replica.State.WAIT_BASE)) {
      Replication.close(main);
    }
  }

  /** Once a second: says that a base is still being written, and gives up who never asks for it. */
  void tick(long nowMillis, long timeoutMillis) {
    for (Replica channel : replicas.channels()) {
      ReplicaSender sender = channel.sender();
      if (channel.state() == Replica.State.WAIT_BASE && sender != null) {
        sender.line("\n");
      }
    }
    for (Replica main : replicas.attached()) {
      if (main.state() == Replica.State.WAIT_CHANNEL
          && main.channel() == null
          && nowMillis - main.ackMillis() > timeoutMillis) {
        LOG.warn("replica {} did not ask for the dataset in time", main.remoteAddress());
        Replication.close(main);
      }
    }
  }

  /** Ends every second connection. */
  void closeAll() {
    for (Replica channel : List.copyOf(replicas.channels())) {
      ReplicaSender sender = channel.sender();
      if (sender != null) {
        sender.close();
      }
      Replication.close(channel);
    }
  }
}
