package dev.millrace.engine.pubsub;

import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Clients;
import dev.millrace.engine.config.OutputBufferLimits;
import dev.millrace.engine.memory.MachineMemory;
import dev.millrace.engine.net.Connection;
import dev.millrace.engine.pipeline.OutputBound;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives clients messages they did not ask for just now, and closes those that do not read: what
 * waits for a client, messages and replies alike, is bounded by {@code client-output-buffer-limit}
 * (L7).
 *
 * <p>The class normal has no limit as a rule, where Redis lets the output grow. Here further
 * commands of such a client wait while it has {@link #UNREAD_BYTES_MAX} to read; one whose messages
 * (MONITOR, invalidations) reach {@link #NORMAL_BYTES_MAX}, for they cannot wait, and one whose
 * single reply reaches {@link #REPLY_BYTES_MAX}, are closed.
 *
 * <p>Owned by: executor thread.
 */
public final class Outbox implements OutputBound {
  /** Bound for what waits for a client whose class has no limit. */
  public static final long NORMAL_BYTES_MAX = 64L << 20;

  /** From here on commands wait, unless a limit is set: then the limit decides. */
  public static final long UNREAD_BYTES_MAX = 64L << 20;

  /** Bound for one reply where no limit is set: a quarter of the machine's memory. */
  public static final long REPLY_BYTES_MAX = Math.max(1L << 30, MachineMemory.totalBytes() / 4);

  private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);

  private final Clients clients;
  private final Supplier<OutputBufferLimits> limits;
  private long closed;
  private long harmlessBytes = UNREAD_BYTES_MAX;

  /** Sends to these clients within these limits. */
  public Outbox(Clients clients, Supplier<OutputBufferLimits> limits) {
    this.clients = clients;
    this.limits = limits;
    limitsChanged();
  }

  /** Looks at the limits anew. */
  public void limitsChanged() {
    OutputBufferLimits all = limits.get();
    harmlessBytes = Math.min(UNREAD_BYTES_MAX, Math.min(orMax(all.normal()), orMax(all.pubsub())));
  }

  private static long orMax(OutputBufferLimits.Limit limit) {
    return limit.hardBytes() == 0 ? Long.MAX_VALUE : limit.hardBytes();
  }

  @Override
  public long harmlessBytes() {
    return harmlessBytes;
  }

  @Override
  public boolean holdsBack(Client client) {
    OutputBufferLimits.Limit limit = limitFor(client);
    if (limit.hardBytes() == 0) {
      return client.waitingBytes() > UNREAD_BYTES_MAX;
    }
    return client.replica() == null && !admits(client, limit.hardBytes());
  }

  /** Whether a reply may go on growing; when not, its client is closed. */
  public boolean admitsReply(Client client) {
    long hard = limitFor(client).hardBytes();
    return client.replica() != null || admits(client, hard == 0 ? REPLY_BYTES_MAX : hard);
  }

  private boolean admits(Client client, long bytesMax) {
    Connection connection = client.connection();
    if (connection == null || client.waitingBytes() <= bytesMax) {
      return true;
    }
    close(client, connection);
    return false;
  }

  /** Sends bytes that are RESP already. */
  public void send(Client client, long address, long bytes) {
    send(client, address, bytes, address, 0);
  }

  /** Sends bytes that are RESP already, in two parts. */
  public void send(Client client, long head, long headBytes, long tail, long tailBytes) {
    if (client.isClosing() || client.replica() != null) {
      // What a replica receives is the stream and nothing else (L1).
      return;
    }
    if (client.dropsReplies()) {
      // What is written now would be cut off with the reply of the command under way.
      client.putAside(head, headBytes);
      client.putAside(tail, tailBytes);
    } else {
      client.reply().raw(head, headBytes);
      client.reply().raw(tail, tailBytes);
    }
    clients.wrote(client);
    check(client);
  }

  /** Closes a client for which too much waits. */
  public void check(Client client) {
    Connection connection = client.connection();
    if (connection == null || client.isClosing()) {
      return;
    }
    long hard = limitFor(client).hardBytes();
    boolean _ = admits(client, hard == 0 ? NORMAL_BYTES_MAX : hard);
  }

  /**
   * Closes the clients that are over their hard limit, or have been over their soft limit for too
   * long; called once a second.
   */
  public void closeSlow(long nowMillis) {
    for (Client client : clients.all()) {
      Connection connection = client.connection();
      if (connection == null || client.replica() != null || client.isClosing()) {
        continue;
      }
      OutputBufferLimits.Limit limit = limitFor(client);
      if (limit.hardBytes() != 0 && !admits(client, limit.hardBytes())) {
        continue;
      }
      boolean over = limit.softBytes() > 0 && client.waitingBytes() > limit.softBytes();
      if (!over) {
        client.overSoftLimitSince(0);
      } else if (client.overSoftLimitSince() == 0) {
        client.overSoftLimitSince(nowMillis);
      } else if (nowMillis - client.overSoftLimitSince() > limit.softSeconds() * 1000) {
        close(client, connection);
      }
    }
  }

  /** Clients closed because of what waited for them. */
  public long closedCount() {
    return closed;
  }

  private OutputBufferLimits.Limit limitFor(Client client) {
    OutputBufferLimits all = limits.get();
    return client.isSubscriber() ? all.pubsub() : all.normal();
  }

  private void close(Client client, Connection connection) {
    closed++;
    LOG.warn(
        "client id={} addr={} is closed: {} bytes wait for it, more than its output buffer limit",
        client.id(),
        connection.remoteAddress(),
        client.waitingBytes());
    client.closeAfterReply();
    client.reply().drop();
    connection.close();
  }
}
