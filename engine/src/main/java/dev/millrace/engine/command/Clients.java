package dev.millrace.engine.command;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Every connected client, the ones whose replies must go out, the ones that wait, and the ones that
 * can go on.
 *
 * <p>Owned by: executor thread.
 */
public final class Clients {
  private final Map<Long, Client> byId = new LinkedHashMap<>();
  private final List<Client> withOutput = new ArrayList<>();
  private final ArrayDeque<Client> runnable = new ArrayDeque<>();
  private final List<Client> paused = new ArrayList<>();
  private final TreeSet<Client> deadlines =
      new TreeSet<>(
          Comparator.comparingLong(Client::blockedUntilMillis).thenComparingLong(Client::id));
  private Consumer<String> errors = _ -> {};
  private int blockedCount;
  private long nextId = 1;
  private long pausedUntilMillis;
  private boolean pausedWritesOnly;
  private final Set<Holder> writesHeldBy = EnumSet.noneOf(Holder.class);
  private Consumer<Boolean> onPause = _ -> {};
  private Supplier<@Nullable MasterPeer> master = () -> null;

  /** Sets who counts the errors that end waits. Only while the server starts. */
  public void onError(Consumer<String> listener) {
    this.errors = listener;
  }

  /** Who may hold writes back. */
  public enum Holder {
    FAILOVER,
    SHUTDOWN
  }

  /** Sets who is told that a pause begins or ends. Only while the server starts. */
  public void onPause(Consumer<Boolean> listener) {
    this.onPause = listener;
  }

  /** Sets who knows the link to the master. Only while the server starts. */
  public void master(Supplier<@Nullable MasterPeer> link) {
    this.master = link;
  }

  /** The link to this server's master while it is up; it is none of {@link #all}. */
  public @Nullable MasterPeer master() {
    return master.get();
  }

  /** A number for a new client. */
  public long nextId() {
    return nextId++;
  }

  public void add(Client client) {
    byId.put(client.id(), client);
  }

  /** Forgets a client whose connection is gone; whatever it waited for is told. */
  public void remove(Client client) {
    byId.remove(client.id());
    paused.remove(client);
    Client.Blocker blocker = client.blocker();
    if (blocker != null) {
      endWait(client);
      blocker.abandoned(client);
    }
  }

  public @Nullable Client byId(long id) {
    return byId.get(id);
  }

  /** All clients, oldest first. */
  public Collection<Client> all() {
    return Collections.unmodifiableCollection(byId.values());
  }

  public int size() {
    return byId.size();
  }

  /** Clients that wait, be it for a key or for a pause to end. */
  public int blockedCount() {
    return blockedCount + paused.size();
  }

  /**
   * Notes that replies were written for a client; they leave at the end of the executor's round.
   */
  public void wrote(Client client) {
    if (!client.isOutputPending()) {
      client.outputPending(true);
      withOutput.add(client);
    }
  }

  /** The clients whose output leaves now; the caller clears the list. */
  public List<Client> withOutput() {
    return withOutput;
  }

  /**
   * Makes a client wait.
   *
   * @param untilMillis when {@code blocker} is to be told of a timeout; 0 for never
   */
  public void block(Client client, Client.Blocker blocker, long untilMillis) {
    client.block(blocker, untilMillis);
    blockedCount++;
    if (untilMillis > 0) {
      deadlines.add(client);
    }
  }

  /**
   * Ends a client's wait, its reply written: the rest of its batch runs in this round.
   *
   * @param replyMark the reply's {@link dev.millrace.engine.protocol.ReplyWriter#bytesPending}
   *     before that reply, which is dropped if the client wants none (CLIENT REPLY)
   */
  public void unblock(Client client, long replyMark) {
    assert client.isBlocked();
    endWait(client);
    if (client.dropsReplies()) {
      client.reply().truncate(replyMark);
    }
    client.afterCommand();
    wrote(client);
    letGoOn(client);
  }

  private void endWait(Client client) {
    deadlines.remove(client);
    client.block(null, 0);
    blockedCount--;
  }

  /** Tells the blockers whose time is over. */
  public void expireBlocked(long nowMillis) {
    while (!deadlines.isEmpty() && deadlines.first().blockedUntilMillis() <= nowMillis) {
      Client client = deadlines.first();
      Client.Blocker blocker = client.blocker();
      assert blocker != null;
      long mark = client.reply().bytesPending();
      blocker.timedOut(client);
      blocker.abandoned(client);
      unblock(client, mark);
    }
  }

  /** When the first of the waits with a deadline is over; {@link Long#MAX_VALUE} without any. */
  public long firstDeadlineMillis() {
    return deadlines.isEmpty() ? Long.MAX_VALUE : deadlines.first().blockedUntilMillis();
  }

  /**
   * Ends a wait before its time (CLIENT UNBLOCK).
   *
   * @param error the reply, without its dash; null to answer as a timeout does
   */
  public void endWait(Client client, @Nullable String error) {
    Client.Blocker blocker = client.blocker();
    assert blocker != null;
    long mark = client.reply().bytesPending();
    if (error == null) {
      blocker.timedOut(client);
    } else {
      errors.accept(error);
      blocker.refused(client, error);
    }
    blocker.abandoned(client);
    unblock(client, mark);
  }

  /**
   * Ends every wait for keys or replicas with Redis's words for a change of role, and closes those
   * connections: what was waited for may never come to a replica.
   */
  public void roleChanged() {
    for (Client client : byId.values()) {
      Client.Blocker blocker = client.blocker();
      if (blocker != null && blocker.isInterruptible()) {
        endWait(
            client,
            "UNBLOCKED force unblock from blocking operation, instance state changed (master ->"
                + " replica?)");
        client.closeAfterReply();
      }
    }
  }

  /** Puts a client aside until {@link #resume}; its batch stays with it. */
  public void suspend(Client client) {
    client.suspended(true);
  }

  /** Lets a suspended client go on in this round. */
  public void resume(Client client) {
    if (client.isSuspended()) {
      client.suspended(false);
      letGoOn(client);
    }
  }

  /** The next client that can go on, or null. */
  public @Nullable Client pollRunnable() {
    Client next = runnable.poll();
    if (next != null) {
      next.unblocked(false);
    }
    return next;
  }

  private void letGoOn(Client client) {
    client.unblocked(true);
    runnable.add(client);
  }

  /** True when a client waits to go on. */
  public boolean hasRunnable() {
    return !runnable.isEmpty();
  }

  /** CLIENT PAUSE: a longer pause replaces a shorter one, and ALL replaces WRITE. */
  public void pause(long untilMillis, boolean writesOnly, long nowMillis) {
    boolean already = pausedUntilMillis > nowMillis;
    pausedWritesOnly = writesOnly && (!already || pausedWritesOnly);
    pausedUntilMillis = already ? Math.max(pausedUntilMillis, untilMillis) : untilMillis;
    onPause.accept(true);
  }

  /** True while clients are paused, all of them or the writing ones. */
  public boolean isPaused(long nowMillis) {
    return holdsWrites() || pausedUntilMillis > nowMillis;
  }

  /** When the pause ends, in milliseconds since the epoch; past when there is none. */
  public long pausedUntilMillis() {
    return pausedUntilMillis;
  }

  /** Whether those who only read go on. */
  public boolean isPauseForWritesOnly(long nowMillis) {
    return pausedUntilMillis <= nowMillis || pausedWritesOnly;
  }

  /** Holds all writes back, whatever CLIENT PAUSE and UNPAUSE say, or lets them run again. */
  public void holdWrites(Holder holder, boolean held) {
    if (held) {
      writesHeldBy.add(holder);
    } else {
      writesHeldBy.remove(holder);
    }
    onPause.accept(holdsWrites() || pausedUntilMillis != 0);
    if (!holdsWrites()) {
      resumePaused();
    }
  }

  /** Whether writes are held back other than by CLIENT PAUSE. */
  public boolean holdsWrites() {
    return !writesHeldBy.isEmpty();
  }

  /** Puts a client aside until the pause ends. */
  public void holdForPause(Client client) {
    suspend(client);
    paused.add(client);
  }

  /** Ends the pause now (CLIENT UNPAUSE), or when its time is over. */
  public void unpause() {
    pausedUntilMillis = 0;
    onPause.accept(holdsWrites());
    resumePaused();
  }

  /** They look again: what still holds them puts them aside again. */
  private void resumePaused() {
    for (Client client : paused) {
      resume(client);
    }
    paused.clear();
  }

  /** Ends a pause whose time is over. */
  public void expirePause(long nowMillis) {
    if (pausedUntilMillis != 0 && pausedUntilMillis <= nowMillis) {
      unpause();
    }
  }
}
