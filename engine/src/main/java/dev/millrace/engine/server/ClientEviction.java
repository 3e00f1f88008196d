package dev.millrace.engine.server;

import dev.millrace.engine.admin.ClientDescription;
import dev.millrace.engine.admin.ClientMemory;
import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Clients;
import dev.millrace.engine.config.Config;
import dev.millrace.engine.net.Connection;
import dev.millrace.engine.pipeline.Periodic;
import dev.millrace.engine.pipeline.Statistics;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what clients take within {@code maxmemory-clients}: over it, those that take most are
 * closed, replicas and those that asked for {@code CLIENT NO-EVICT} spared. The sum also counts for
 * {@code maxmemory}.
 *
 * <p>While neither limit is set nobody is counted. Otherwise a client is counted at the end of each
 * round in which it got a reply, and all of them ten times a second: a request that is still
 * arriving grows unseen by the executor.
 *
 * <p>Owned by: executor thread.
 */
final class ClientEviction implements Periodic {
  private static final Logger LOG = LoggerFactory.getLogger(ClientEviction.class);

  /** With less than this nobody could talk to the server any more. */
  private static final long LIMIT_BYTES_MIN = 128 * 1024;

  private final Config config;
  private final Clients clients;
  private final Statistics statistics;
  private long totalBytes;
  private long limitBytes = Long.MAX_VALUE;

  /** Nobody is counted yet. */
  ClientEviction(Config config, Clients clients, Statistics statistics) {
    this.config = config;
    this.clients = clients;
    this.statistics = statistics;
  }

  /** What clients took when they were counted last; 0 while there is no limit. */
  long countedBytes() {
    return totalBytes;
  }

  /** What clients take now: replicas, or all others. */
  long bytesNow(boolean replicas) {
    long bytes = 0;
    for (Client client : clients.all()) {
      if ((client.replica() != null) == replicas) {
        bytes += ClientMemory.totalBytes(client);
      }
    }
    return bytes;
  }

  /** Counts whoever got a reply in this round. */
  void endOfRound() {
    if (!isCounting()) {
      return;
    }
    long limit = limitBytes();
    if (limit != limitBytes) {
      limitBytes = limit;
      countAll();
    }
    List<Client> active = clients.withOutput();
    for (int i = 0; i < active.size(); i++) {
      count(active.get(i));
    }
    evict(limit);
  }

  @Override
  public void tick(long nowMillis) {
    if (!isCounting()) {
      totalBytes = 0;
      return;
    }
    countAll();
    evict(limitBytes());
  }

  private void countAll() {
    totalBytes = 0;
    for (Client client : clients.all()) {
      client.countedBytes(0);
      count(client);
    }
  }

  /** A client is gone. */
  void forget(Client client) {
    totalBytes = Math.max(0, totalBytes - client.countedBytes());
    client.countedBytes(0);
  }

  private boolean isCounting() {
    return config.network.maxmemoryClients.value() != 0 || config.memory.maxmemory.value() != 0;
  }

  private void count(Client client) {
    long now = client.isClosing() || client.replica() != null ? 0 : ClientMemory.totalBytes(client);
    totalBytes += now - client.countedBytes();
    client.countedBytes(now);
  }

  private long limitBytes() {
    long limit = config.network.maxmemoryClients.bytesOf(config.memory.maxmemory.value());
    return limit == 0 ? Long.MAX_VALUE : Math.max(limit, LIMIT_BYTES_MIN);
  }

  private void evict(long limit) {
    if (totalBytes < limit) {
      return;
    }
    List<Client> candidates = new ArrayList<>();
    for (Client client : clients.all()) {
      if (client.connection() != null && client.countedBytes() > 0 && !client.isNoEvict()) {
        candidates.add(client);
      }
    }
    candidates.sort((a, b) -> Long.compare(b.countedBytes(), a.countedBytes()));
    for (int i = 0; i < candidates.size() && totalBytes >= limit; i++) {
      close(candidates.get(i));
    }
  }

  private void close(Client client) {
    LOG.info("Evicting client: {}", ClientDescription.line(client, client.lastInteractionMillis()));
    statistics.clientEvicted();
    Connection connection = Objects.requireNonNull(client.connection());
    forget(client);
    client.closeAfterReply();
    client.reply().drop();
    connection.close();
  }
}
