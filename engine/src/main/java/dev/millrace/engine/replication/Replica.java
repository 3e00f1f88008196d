package dev.millrace.engine.replication;

import dev.millrace.engine.command.Client;
import dev.millrace.engine.config.ReplicaOf;
import org.jspecify.annotations.Nullable;

/**
 * What the executor knows of one replica: how it introduced itself, where it stands, what it has
 * acknowledged.
 *
 * <p>Owned by: executor thread.
 */
public final class Replica {
  /** Where a replica stands, by the words of INFO. */
  public enum State {
    /** It has not asked for the stream yet. */
    HANDSHAKE("handshake"),
    /**
     * It was told to fetch the base by a second connection; the stream begins when it asks there.
     */
    WAIT_CHANNEL("wait_bgsave"),
    /** It waits for a base to be written. */
    WAIT_BASE("wait_bgsave"),
    /** The base is being sent. */
    SEND_BASE("send_bulk"),
    /** The base is being sent by its second connection, and the stream by this one. */
    SEND_BASE_AND_STREAM("send_bulk_and_stream"),
    /** It follows the stream, from files or from memory. */
    ONLINE("online");

    private final String word;

    State(String word) {
      this.word = word;
    }

    /** The state as INFO and ROLE write it. */
    public String word() {
      return word;
    }
  }

  private final Client client;
  private State state = State.HANDSHAKE;
  private int listeningPort;
  private String announcedAddress = "";
  private boolean psync2;
  private boolean rdbChannelKnown;
  private boolean dualChannelKnown;
  private boolean withoutDataset;
  private boolean onlyDataset;
  private boolean datasetForAnother;
  private @Nullable Replica main;
  private @Nullable Replica channel;
  private boolean acknowledges = true;
  private long ackOffset;
  private long ackMillis;
  private @Nullable ReplicaSender sender;
  private ResyncAudit.@Nullable Entry resync;

  Replica(Client client) {
    this.client = client;
  }

  public Client client() {
    return client;
  }

  public State state() {
    return state;
  }

  void state(State value) {
    this.state = value;
  }

  /** The port it serves its own clients on, as it said, or 0. */
  public int listeningPort() {
    return listeningPort;
  }

  void listeningPort(int port) {
    this.listeningPort = port;
  }

  void announcedAddress(String address) {
    this.announcedAddress = address;
  }

  /** The address it announced, else the one it connects from, without the port. */
  public String address() {
    if (!announcedAddress.isEmpty()) {
      return announcedAddress;
    }
    String remote = remoteAddress();
    int colon = remote.lastIndexOf(':');
    return colon < 0 ? remote : remote.substring(0, colon);
  }

  /** Where it serves clients of its own. */
  ReplicaOf announced() {
    return new ReplicaOf(address(), listeningPort);
  }

  /** Address and port of the peer's socket. */
  public String remoteAddress() {
    return client.connection() == null ? "" : client.connection().remoteAddress();
  }

  /** True when it understands {@code +CONTINUE <replication id>}. */
  public boolean understandsPsync2() {
    return psync2;
  }

  void understandPsync2() {
    this.psync2 = true;
  }

  /** True when it wants the stream from now on, and no dataset, where it would be sent one. */
  boolean wantsNoDataset() {
    return withoutDataset;
  }

  void wantsNoDataset(boolean wanted) {
    this.withoutDataset = wanted;
  }

  /** True when it can fetch a base by a second connection. */
  boolean understandsRdbChannel() {
    return rdbChannelKnown;
  }

  void understandRdbChannel() {
    this.rdbChannelKnown = true;
  }

  /** True when it can fetch a base by a second connection as Valkey's replicas do. */
  boolean understandsDualChannel() {
    return dualChannelKnown;
  }

  void understandDualChannel() {
    this.dualChannelKnown = true;
  }

  /** True when it is to be sent a base, and no stream after it. */
  boolean wantsOnlyDataset() {
    return onlyDataset;
  }

  void wantsOnlyDataset(boolean wanted) {
    this.onlyDataset = wanted;
  }

  /** True when it says that the base is for a replica whose stream comes by another connection. */
  boolean isDatasetForAnother() {
    return datasetForAnother;
  }

  void datasetForAnother(boolean value) {
    this.datasetForAnother = value;
  }

  /**
   * The replica whose second connection this is, which is sent a base and nothing else, or null.
   */
  @Nullable Replica main() {
    return main;
  }

  /** This is the second connection of {@code replica}. */
  void secondOf(Replica replica) {
    main = replica;
    replica.channel = this;
  }

  /** The second connection that has asked for the base, or null. */
  @Nullable Replica channel() {
    return channel;
  }

  /** False for a replica of the old SYNC, which never sends REPLCONF ACK. */
  public boolean acknowledges() {
    return acknowledges;
  }

  void neverAcknowledges() {
    this.acknowledges = false;
  }

  /** The replication offset it last said to have applied. */
  public long ackOffset() {
    return ackOffset;
  }

  /** When it last said so, in milliseconds since the epoch. */
  public long ackMillis() {
    return ackMillis;
  }

  /** Notes an acknowledgement; an offset never goes back. */
  void acknowledged(long offset, long nowMillis) {
    ackOffset = Math.max(ackOffset, offset);
    ackMillis = nowMillis;
  }

  /** Starts its clock without an acknowledgement. */
  void heardOf(long nowMillis) {
    ackMillis = nowMillis;
  }

  /** What sends it the stream; null before it asked. */
  @Nullable ReplicaSender sender() {
    return sender;
  }

  /** How it was brought up to date; null before it asked. */
  ResyncAudit.@Nullable Entry resync() {
    return resync;
  }

  void resync(ResyncAudit.@Nullable Entry value) {
    this.resync = value;
  }

  /** Where it is sent the stream from at the moment: backlog or log; none before it asked. */
  public String source() {
    ReplicaSender from = sender;
    return from == null ? "none" : from.isFedFromMemory() ? "backlog" : "log";
  }

  void sender(ReplicaSender value) {
    this.sender = value;
  }
}
