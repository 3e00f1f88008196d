package dev.millrace.engine.server;

import dev.millrace.engine.acl.AccessControl;
import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Clients;
import dev.millrace.engine.keyspace.Watches;
import dev.millrace.engine.net.Connection;
import dev.millrace.engine.net.RequestBatch;
import dev.millrace.engine.net.RequestSink;
import dev.millrace.engine.pipeline.Executor;
import dev.millrace.engine.pipeline.RequestRing;
import dev.millrace.engine.pipeline.Statistics;
import dev.millrace.engine.protocol.ReplyPool;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.pubsub.Outbox;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Carries what the event loops deliver to the executor: batches through the ring, and the coming
 * and going of clients as control tasks beside it.
 *
 * <p>The sink's methods run on the event loops, everything they submit on the executor thread.
 */
final class ClientIntake implements RequestSink {
  private final RequestRing ring;
  private final Clients clients;
  private final Watches watches;
  private final ReplyPool replies;
  private final Statistics statistics;
  private final LongSupplier clockMillis;
  private final LongSupplier clientsMax;
  private final Outbox outbox;
  private final AccessControl access;
  private final Consumer<Client> onDisconnect;

  ClientIntake(
      RequestRing ring,
      Clients clients,
      Watches watches,
      ReplyPool replies,
      Statistics statistics,
      LongSupplier clockMillis,
      LongSupplier clientsMax,
      Outbox outbox,
      AccessControl access,
      Consumer<Client> onDisconnect) {
    this.ring = ring;
    this.clients = clients;
    this.watches = watches;
    this.replies = replies;
    this.statistics = statistics;
    this.clockMillis = clockMillis;
    this.clientsMax = clientsMax;
    this.outbox = outbox;
    this.access = access;
    this.onDisconnect = onDisconnect;
  }

  @Override
  public boolean offer(RequestBatch batch) {
    return ring.offer(batch);
  }

  @Override
  public void offered() {
    ring.wakeForBatches();
  }

  @Override
  public boolean connected(Connection connection) {
    ring.submitConnection(() -> admit(connection));
    return true;
  }

  @Override
  public boolean disconnected(Connection connection) {
    ring.submitConnection(() -> dismiss(connection));
    return true;
  }

  private void admit(Connection connection) {
    Client client =
        new Client(
            clients.nextId(),
            connection,
            new ReplyWriter(replies, connection),
            clockMillis.getAsLong());
    client.reply().bound(_ -> outbox.admitsReply(client));
    access.admit(client);
    connection.attachment(client);
    clients.add(client);
    if (clients.size() > clientsMax.getAsLong()) {
      statistics.connectionRejected();
      client.reply().error("ERR max number of clients reached");
      client.closeAfterReply();
      clients.wrote(client);
    } else {
      statistics.connected();
    }
  }

  private void dismiss(Connection connection) {
    if (!(connection.attachment() instanceof Client client)) {
      return;
    }
    if (client.runsScript()) {
      // Its request is in use until the script has ended.
      ring.submit(() -> dismiss(connection));
      return;
    }
    clients.remove(client);
    watches.unwatch(client.watcher());
    client.transaction().close();
    onDisconnect.accept(client);
    Executor.abandon(client);
  }
}
