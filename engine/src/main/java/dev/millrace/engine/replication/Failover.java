package dev.millrace.engine.replication;

import dev.millrace.engine.command.Clients;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.config.ReplicaOf;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The master's part handed over to a replica, without a write lost (FAILOVER).
 *
 * <pre>
 *   NONE ── request ──► WAITING: writes are held until the target has acknowledged everything
 *    ▲                     │  caught up, or the time is over and force was asked for
 *    │                     ▼
 *    └── answered ── IN_PROGRESS: we follow the target, asking by PSYNC … FAILOVER
 * </pre>
 *
 * <p>Aborted while WAITING, or refused by the target, this server is a master again and the held
 * writes run; taken, they are answered as a replica answers.
 *
 * <p>Owned by: executor thread.
 */
public final class Failover {
  private static final Logger LOG = LoggerFactory.getLogger(Failover.class);

  /** How far it has come, by the words of INFO. */
  public enum State {
    NONE("no-failover"),
    WAITING("waiting-for-sync"),
    IN_PROGRESS("failover-in-progress");

    private final String word;

    State(String word) {
      this.word = word;
    }

    /** As INFO names it. */
    public String word() {
      return word;
    }
  }

  private final Replication replication;
  private final Supplier<Role> role;
  private final Clients clients;
  private final LongSupplier clockMillis;
  private State state = State.NONE;
  private @Nullable ReplicaOf target;
  // 0 for none.
  private long deadlineMillis;
  private boolean forced;

  /** None is in progress. */
  public Failover(
      Replication replication, Supplier<Role> role, Clients clients, LongSupplier clockMillis) {
    this.replication = replication;
    this.role = role;
    this.clients = clients;
    this.clockMillis = clockMillis;
  }

  public State state() {
    return state;
  }

  public boolean isUnderWay() {
    return state != State.NONE;
  }

  /**
   * Begins.
   *
   * @param wanted the replica to hand over to; null for the first that has everything
   * @param timeoutMillis how long it may take to catch up; 0 for ever
   * @param force whether to hand over when that time is over, else to give up
   */
  void request(@Nullable ReplicaOf wanted, long timeoutMillis, boolean force) {
    if (isUnderWay()) {
      throw new CommandError("ERR FAILOVER already in progress.");
    }
    if (role.get().link() != null) {
      throw new CommandError("ERR FAILOVER is not valid when server is a replica.");
    }
    if (replication.replicas().isEmpty()) {
      throw new CommandError("ERR FAILOVER requires connected replicas.");
    }
    if (force && (timeoutMillis == 0 || wanted == null)) {
      throw new CommandError(
          "ERR FAILOVER with force option requires both a timeout and target HOST and IP.");
    }
    if (wanted != null) {
      Replica replica = replication.replicas().at(wanted);
      if (replica == null) {
        throw new CommandError("ERR FAILOVER target HOST and PORT is not a replica.");
      }
      if (replica.state() != Replica.State.ONLINE) {
        throw new CommandError("ERR FAILOVER target replica is not online.");
      }
    }
    LOG.info("FAILOVER requested to {}", wanted == null ? "any replica" : name(wanted));
    target = wanted;
    deadlineMillis = timeoutMillis == 0 ? 0 : saturated(clockMillis.getAsLong(), timeoutMillis);
    forced = force;
    state = State.WAITING;
    clients.holdWrites(Clients.Holder.FAILOVER, true);
  }

  private static long saturated(long now, long more) {
    return more > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + more;
  }

  /** FAILOVER ABORT: a master as before, under a new ID when the target had been asked. */
  void abort() {
    if (!isUnderWay()) {
      throw new CommandError("ERR No failover in progress.");
    }
    abort("aborted by command");
  }

  private void abort(String why) {
    LOG.info("FAILOVER aborted: {}", why);
    boolean following = state == State.IN_PROGRESS;
    end();
    if (following) {
      role.get().promote();
    }
  }

  private void end() {
    state = State.NONE;
    target = null;
    deadlineMillis = 0;
    forced = false;
    clients.holdWrites(Clients.Holder.FAILOVER, false);
  }

  /** The target has answered our PSYNC … FAILOVER. */
  public void answered(boolean accepted) {
    if (state != State.IN_PROGRESS) {
      return;
    }
    if (accepted) {
      LOG.info("FAILOVER done: the target is the master");
      end();
    } else {
      abort("Failover target rejected psync request");
    }
  }

  /** Between two units: hands over when the target has caught up or the time is over. */
  public void endOfRound() {
    if (state != State.WAITING) {
      return;
    }
    if (deadlineMillis != 0 && clockMillis.getAsLong() >= deadlineMillis) {
      ReplicaOf wanted = target;
      if (forced && wanted != null) {
        LOG.info("FAILOVER to {} time out exceeded, failing over.", name(wanted));
        handOver(wanted);
      } else {
        abort("no replica has caught up in time");
      }
      return;
    }
    ReplicaOf caughtUp = caughtUp();
    if (caughtUp != null) {
      handOver(caughtUp);
    }
  }

  private @Nullable ReplicaOf caughtUp() {
    long offset = replication.offset();
    for (Replica replica : replication.replicas().attached()) {
      ReplicaOf address = replica.announced();
      if (replica.state() == Replica.State.ONLINE
          && replica.ackOffset() == offset
          && (target == null || target.equals(address))) {
        return address;
      }
    }
    return null;
  }

  private void handOver(ReplicaOf to) {
    LOG.info("FAILOVER to {} at offset {}", name(to), replication.offset());
    state = State.IN_PROGRESS;
    target = to;
    role.get().handOver(to);
  }

  private static String name(ReplicaOf replica) {
    return replica.host() + ":" + replica.port();
  }
}
