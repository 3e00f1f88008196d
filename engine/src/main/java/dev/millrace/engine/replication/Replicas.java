package dev.millrace.engine.replication;

import dev.millrace.engine.command.Client;
import dev.millrace.engine.config.ReplicaOf;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The replicas attached now, and what they have acknowledged together.
 *
 * <p>Owned by: executor thread.
 */
public final class Replicas {
  private final List<Replica> attached = new ArrayList<>();
  private final List<Replica> channels = new ArrayList<>();

  /** The replica that {@code client} is, made on its first REPLCONF or PSYNC. */
  Replica of(Client client) {
    Replica replica = (Replica) client.replica();
    if (replica == null) {
      replica = new Replica(client);
      client.replica(replica);
    }
    return replica;
  }

  /** Counts a replica from now on: it asked for the stream. */
  void attach(Replica replica) {
    attached.add(replica);
  }

  /** A replica's second connection has asked for a base; it is no replica of its own. */
  void attachChannel(Replica channel) {
    channels.add(channel);
  }

  /** The second connections there are. */
  List<Replica> channels() {
    return channels;
  }

  /** Forgets a replica whose connection is gone. */
  void detach(Replica replica) {
    attached.remove(replica);
    channels.remove(replica);
    ReplicaSender sender = replica.sender();
    if (sender != null) {
      sender.close();
    }
  }

  /** Those that asked for the stream, oldest first. */
  public List<Replica> attached() {
    return Collections.unmodifiableList(attached);
  }

  /** The one that serves its clients there; null when none does. */
  @Nullable Replica at(ReplicaOf address) {
    for (Replica replica : attached) {
      if (replica.announced().equals(address)) {
        return replica;
      }
    }
    return null;
  }

  public boolean isEmpty() {
    return attached.isEmpty();
  }

  /** How many replicas have acknowledged everything up to {@code offset}. */
  public int acknowledged(long offset) {
    int count = 0;
    for (Replica replica : attached) {
      if (replica.state() == Replica.State.ONLINE && replica.ackOffset() >= offset) {
        count++;
      }
    }
    return count;
  }

  /** How many online replicas were heard of within {@code lagSeconds}: min-replicas-max-lag. */
  public int good(long nowMillis, int lagSeconds) {
    int count = 0;
    for (Replica replica : attached) {
      if (replica.state() == Replica.State.ONLINE
          && nowMillis - replica.ackMillis() <= lagSeconds * 1000L) {
        count++;
      }
    }
    return count;
  }
}
