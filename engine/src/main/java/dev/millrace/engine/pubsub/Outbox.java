package dev.millrace.engine.pubsub;

import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Clients;
import dev.millrace.engine.config.OutputBufferLimits;
import dev.millrace.engine.net.Connection;
import java.util.function.Supplier;

/**
 * Gives clients messages they did not ask for just now, and closes those that do not read them:
 * what waits for a client is bounded by {@code client-output-buffer-limit} (L7), for messages have
 * no back-pressure. A client of class normal (MONITOR, invalidations) for which no limit is set is
 * closed at {@link #NORMAL_BYTES_MAX}, where Redis would let its output grow.
 *
 * <p>Owned by: executor thread.
 */
public final class Outbox {
  /** Bound for what waits for a client whose class has no limit. */
  public static final long NORMAL_BYTES_MAX = 64L << 20;

  private final Clients clients;
  private final Supplier<OutputBufferLimits> limits;
  private long closed;

  /** Sends to these clients within these limits. */
  public Outbox(Clients clients, Supplier<OutputBufferLimits> limits) {
    this.clients = clients;
    this.limits = limits;
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
    long waiting = client.waitingBytes();
    OutputBufferLimits.Limit limit = limitFor(client);
    long hard = limit.hardBytes() == 0 ? NORMAL_BYTES_MAX : limit.hardBytes();
    if (waiting > hard) {
      close(client, connection);
    }
  }

  /** Closes the clients that have been over their soft limit for too long; called once a second. */
  public void closeSlow(long nowMillis) {
    for (Client client : clients.all()) {
      Connection connection = client.connection();
      if (connection == null || client.replica() != null || client.isClosing()) {
        continue;
      }
      OutputBufferLimits.Limit limit = limitFor(client);
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
    client.closeAfterReply();
    connection.close();
  }
}
