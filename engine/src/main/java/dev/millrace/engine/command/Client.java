package dev.millrace.engine.command;

import dev.millrace.engine.keyspace.Watcher;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.net.Connection;
import dev.millrace.engine.net.RequestBatch;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.protocol.Request;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What the executor knows of one connection: selected database, protocol, transaction, replies.
 *
 * <p>A client has at most one batch of requests with the executor. When a command cannot be
 * answered yet (WAIT, CLIENT PAUSE, output nobody reads), the batch stays here with the index of
 * the command to go on with.
 *
 * <p>Owned by: executor thread.
 */
public final class Client {
  /** Whether replies are sent (CLIENT REPLY). */
  public enum ReplyMode {
    ON,
    OFF,
    SKIP_NEXT,
    SKIP,
    /** The connection carries the replication stream, and no reply ever again. */
    STREAM
  }

  /** What a client waits for, with the executor told when its time is over. */
  public interface Blocker {
    /** The deadline passed: write the reply a timeout gives. */
    void timedOut(Client client);

    /** The wait is ended with an error (CLIENT UNBLOCK, a change of role): write it. */
    default void refused(Client client, String error) {
      client.reply().error(error);
    }

    /** The client is gone or unblocked by another: forget it. */
    void abandoned(Client client);

    /** Whether a change of role, and CLIENT UNBLOCK, may end the wait. */
    default boolean isInterruptible() {
      return true;
    }
  }

  private static final byte[] NOTHING = new byte[0];

  private final long id;
  private final @Nullable Connection connection;
  private final ReplyWriter reply;
  private final long createdMillis;
  private final Transaction transaction = new Transaction();
  private final Watcher watcher = new Watcher();

  private int database;
  private String name = "";
  private boolean authenticated;
  private long lastInteractionMillis;
  private @Nullable Command lastCommand;
  private ReplyMode replyMode = ReplyMode.ON;
  private boolean closing;
  private boolean noEvict;
  private boolean killed;
  private boolean unblocked;
  private boolean obeyed;
  private @Nullable String master;

  private @Nullable RequestBatch batch;
  private int nextCommand;
  private @Nullable Blocker blocker;
  private long blockedUntilMillis;
  private boolean suspended;
  private boolean outputPending;

  private long writtenOffset;
  private boolean executing;
  private boolean runsScript;
  private @Nullable Object replica;
  private @Nullable Subscriptions subscriptions;
  private long overSoftLimitSince;
  private boolean monitor;
  private long countedBytes;
  private @Nullable Object tracking;
  private User user = User.UNRESTRICTED;

  // Messages written while replies are dropped, until the command under way has ended.
  private byte[] aside = NOTHING;
  private int asideBytes;

  public Client(long id, @Nullable Connection connection, ReplyWriter reply, long nowMillis) {
    this.id = id;
    this.connection = connection;
    this.reply = reply;
    this.createdMillis = nowMillis;
    this.lastInteractionMillis = nowMillis;
  }

  /** Its number, never used again by another client of this process. */
  public long id() {
    return id;
  }

  /** The I/O side; null for the server's own client, which replays the log. */
  public @Nullable Connection connection() {
    return connection;
  }

  public ReplyWriter reply() {
    return reply;
  }

  public Transaction transaction() {
    return transaction;
  }

  /** The keys it watches. */
  public Watcher watcher() {
    return watcher;
  }

  public long createdMillis() {
    return createdMillis;
  }

  public int database() {
    return database;
  }

  public void select(int index) {
    this.database = index;
  }

  public String name() {
    return name;
  }

  public void rename(String value) {
    this.name = value;
  }

  public boolean isAuthenticated() {
    return authenticated;
  }

  /**
   * Sets whether the client may run commands; an unauthenticated one has tighter request limits.
   */
  public void authenticate(boolean value) {
    this.authenticated = value;
    if (connection != null) {
      connection.restricted(!value);
    }
  }

  public long lastInteractionMillis() {
    return lastInteractionMillis;
  }

  /** Notes a command for CLIENT LIST's idle and cmd. */
  public void interacted(long nowMillis, @Nullable Command command) {
    this.lastInteractionMillis = nowMillis;
    if (command != null) {
      this.lastCommand = command;
    }
  }

  public @Nullable Command lastCommand() {
    return lastCommand;
  }

  public ReplyMode replyMode() {
    return replyMode;
  }

  public void replyMode(ReplyMode mode) {
    if (replyMode != ReplyMode.STREAM) {
      this.replyMode = mode;
    }
  }

  /**
   * Ends a command: a CLIENT REPLY SKIP that it was does nothing yet, the command after it is the
   * one whose reply is dropped.
   */
  public void afterCommand() {
    if (replyMode == ReplyMode.SKIP_NEXT) {
      replyMode = ReplyMode.SKIP;
    } else if (replyMode == ReplyMode.SKIP) {
      replyMode = ReplyMode.ON;
    }
  }

  /** True when replies written now are to be dropped. */
  public boolean dropsReplies() {
    return replyMode == ReplyMode.OFF
        || replyMode == ReplyMode.SKIP
        || replyMode == ReplyMode.STREAM;
  }

  /** True when the connection is to be closed after what has been replied so far. */
  public boolean isClosing() {
    return closing;
  }

  /** Closes the connection once what has been replied so far is sent; no further command runs. */
  public void closeAfterReply() {
    this.closing = true;
  }

  /** Closes the connection at once; what is under way is dropped and nothing more is run. */
  public void kill() {
    this.closing = true;
    this.killed = true;
    if (connection != null) {
      connection.close();
    }
  }

  /** True once {@link #kill} was called: to others the client is gone. */
  public boolean isKilled() {
    return killed;
  }

  /** Whether its wait is over and what it sent after the command that waited has not run yet. */
  public boolean isUnblocked() {
    return unblocked;
  }

  /** Sets {@link #isUnblocked}; only {@link Clients} calls it. */
  void unblocked(boolean value) {
    this.unblocked = value;
  }

  /** True for the client that stands for the log or a master: what it says is never refused. */
  public boolean isObeyed() {
    return obeyed;
  }

  public void obeyed(boolean value) {
    this.obeyed = value;
  }

  /** The address of the master this client stands for; null for every other client. */
  public @Nullable String master() {
    return master;
  }

  /** Stands for the master at this address. */
  public void master(String address) {
    this.master = address;
  }

  public boolean isNoEvict() {
    return noEvict;
  }

  public void noEvict(boolean value) {
    this.noEvict = value;
  }

  /** The batch with the executor, or null. */
  public @Nullable RequestBatch batch() {
    return batch;
  }

  /** Takes a batch (its first command is next) or, with null, is done with it. */
  public void batch(@Nullable RequestBatch value) {
    this.batch = value;
    this.nextCommand = 0;
  }

  /** Index in the batch of the command to run next. */
  public int nextCommand() {
    return nextCommand;
  }

  public void nextCommand(int index) {
    this.nextCommand = index;
  }

  public boolean isBlocked() {
    return blocker != null;
  }

  public @Nullable Blocker blocker() {
    return blocker;
  }

  /** When its wait is over, by the executor's clock; 0 for never. */
  public long blockedUntilMillis() {
    return blockedUntilMillis;
  }

  /**
   * Moves {@code into} to the command it waits in, whose bytes stay where they are meanwhile. Only
   * while it {@link #isBlocked}.
   */
  public void selectBlocked(Request into) {
    RequestBatch held = batch;
    assert held != null && nextCommand > 0;
    held.select(nextCommand - 1, into);
  }

  /** Sets what the client waits for; {@code untilMillis} 0 means for ever. Use {@link Clients}. */
  void block(@Nullable Blocker value, long untilMillis) {
    this.blocker = value;
    this.blockedUntilMillis = untilMillis;
  }

  /** True while its batch waits for a pause to end or for its output to be read. */
  public boolean isSuspended() {
    return suspended;
  }

  public void suspended(boolean value) {
    this.suspended = value;
  }

  /** True when it is on the list of clients whose replies go out at the end of this round. */
  public boolean isOutputPending() {
    return outputPending;
  }

  public void outputPending(boolean value) {
    this.outputPending = value;
  }

  /** Replication offset after the last write of this client, for WAIT. */
  public long writtenOffset() {
    return writtenOffset;
  }

  /** Notes where the stream stood after a command of this client had added to it. */
  public void wroteUpTo(long offset) {
    this.writtenOffset = offset;
  }

  /** True when a command that would wait must answer at once: inside EXEC. */
  public boolean mayNotBlock() {
    return executing || connection == null;
  }

  /** True while a script that it called runs, in whose midst other clients may be served. */
  public boolean runsScript() {
    return runsScript;
  }

  public void runsScript(boolean value) {
    this.runsScript = value;
  }

  /** True while EXEC runs its queue. */
  public boolean isExecuting() {
    return executing;
  }

  /** Sets whether EXEC runs this client's queue. */
  public void executing(boolean value) {
    this.executing = value;
  }

  /** The replica this client is, or null: set by the replication commands, opaque to others. */
  public @Nullable Object replica() {
    return replica;
  }

  public void replica(@Nullable Object value) {
    this.replica = value;
  }

  /** What it listens to, or null when it never did: set by publish/subscribe. */
  public @Nullable Subscriptions subscriptions() {
    return subscriptions;
  }

  public void subscriptions(@Nullable Subscriptions value) {
    this.subscriptions = value;
  }

  /** True while it listens to a channel or a pattern. */
  public boolean isSubscriber() {
    return subscriptions != null && subscriptions.any();
  }

  /** True while it is shown every command (MONITOR). */
  public boolean isMonitor() {
    return monitor;
  }

  public void monitor(boolean value) {
    this.monitor = value;
  }

  /** In whose name it speaks. */
  public User user() {
    return user;
  }

  public void user(User value) {
    this.user = value;
  }

  /** How it tracks keys, or null: set by key tracking, opaque to others. */
  public @Nullable Object tracking() {
    return tracking;
  }

  public void tracking(@Nullable Object value) {
    this.tracking = value;
  }

  /** Keeps message bytes back while replies are dropped; see {@link #releaseAside}. */
  public void putAside(long address, long bytes) {
    int needed = Math.addExact(asideBytes, Math.toIntExact(bytes));
    if (needed > aside.length) {
      aside = Arrays.copyOf(aside, Math.max(needed, Math.max(256, aside.length * 2)));
    }
    Memory.get(address, aside, asideBytes, (int) bytes);
    asideBytes = needed;
  }

  /** Writes what was put aside: no reply that is to be dropped is under way. */
  public void releaseAside() {
    if (asideBytes > 0) {
      reply.raw(asideBytes == aside.length ? aside : Arrays.copyOf(aside, asideBytes));
      aside = NOTHING;
      asideBytes = 0;
    }
  }

  /** Bytes written for it that its socket has not taken. */
  public long waitingBytes() {
    return reply.bytesPending()
        + asideBytes
        + (connection == null ? 0 : connection.bytesOutstanding());
  }

  /** The memory it was last counted with for the limit of all clients; 0 when it was not. */
  public long countedBytes() {
    return countedBytes;
  }

  public void countedBytes(long bytes) {
    this.countedBytes = bytes;
  }

  /** Since when it is over the soft limit of its output, in milliseconds; 0 when it is not. */
  public long overSoftLimitSince() {
    return overSoftLimitSince;
  }

  public void overSoftLimitSince(long millis) {
    this.overSoftLimitSince = millis;
  }
}
