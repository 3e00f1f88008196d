package dev.millrace.engine.command;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Every connected client, the ones whose replies must go out, the ones that wait, and the ones that
 * can go on.
 *
 * <p>Owned by: executor thread.
 */
public final class Clients {
  private record Deadline(long millis, Client client, Client.Blocker blocker) {}

  private final Map<Long, Client> byId = new LinkedHashMap<>();
  private final List<Client> withOutput = new ArrayList<>();
  private final ArrayDeque<Client> runnable = new ArrayDeque<>();
  private final List<Client> paused = new ArrayList<>();
  private final PriorityQueue<Deadline> deadlines =
      new PriorityQueue<>(Comparator.comparingLong(Deadline::millis));
  private int blockedCount;
  private long nextId = 1;
  private long pausedUntilMillis;
  private boolean pausedWritesOnly;

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
      client.block(null, 0);
      blockedCount--;
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

  public int blockedCount() {
    return blockedCount;
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
      deadlines.add(new Deadline(untilMillis, client, blocker));
    }
  }

  /** Ends a client's wait, its reply written: the rest of its batch runs in this round. */
  public void unblock(Client client) {
    assert client.isBlocked();
    client.block(null, 0);
    blockedCount--;
    wrote(client);
    runnable.add(client);
  }

  /** Tells the blockers whose time is over. */
  public void expireBlocked(long nowMillis) {
    while (true) {
      Deadline first = deadlines.peek();
      if (first == null || first.millis > nowMillis) {
        return;
      }
      deadlines.poll();
      if (first.blocker.equals(first.client.blocker())) {
        first.blocker.timedOut(first.client);
        first.blocker.abandoned(first.client);
        unblock(first.client);
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
      runnable.add(client);
    }
  }

  /** The next client that can go on, or null. */
  public @Nullable Client pollRunnable() {
    return runnable.poll();
  }

  /** True when a client waits to go on. */
  public boolean hasRunnable() {
    return !runnable.isEmpty();
  }

  /** CLIENT PAUSE: a longer pause replaces a shorter one, and ALL replaces WRITE. */
  public void pause(long untilMillis, boolean writesOnly, long nowMillis) {
    boolean already = isPaused(nowMillis);
    pausedWritesOnly = writesOnly && (!already || pausedWritesOnly);
    pausedUntilMillis = already ? Math.max(pausedUntilMillis, untilMillis) : untilMillis;
  }

  /** True while clients are paused, all of them or the writing ones. */
  public boolean isPaused(long nowMillis) {
    return pausedUntilMillis > nowMillis;
  }

  /** When the pause ends, in milliseconds since the epoch; past when there is none. */
  public long pausedUntilMillis() {
    return pausedUntilMillis;
  }

  public boolean isPauseForWritesOnly() {
    return pausedWritesOnly;
  }

  /** Puts a client aside until the pause ends. */
  public void holdForPause(Client client) {
    suspend(client);
    paused.add(client);
  }

  /** Ends the pause now (CLIENT UNPAUSE), or when its time is over. */
  public void unpause() {
    pausedUntilMillis = 0;
    for (Client client : paused) {
      resume(client);
    }
    paused.clear();
  }

  /** Ends a pause whose time is over. */
  public void expirePause(long nowMillis) {
    if (!paused.isEmpty() && !isPaused(nowMillis)) {
      unpause();
    }
  }
}
