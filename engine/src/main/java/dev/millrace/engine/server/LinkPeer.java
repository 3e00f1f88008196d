package dev.millrace.engine.server;

import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.MasterPeer;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.replication.LinkEnds;
import dev.millrace.engine.replication.MasterLink;
import org.jspecify.annotations.Nullable;

/**
 * A link that is up, as CLIENT sees it.
 *
 * <p>Owned by: executor thread.
 */
record LinkPeer(Client client, MasterLink link, LinkEnds ends) implements MasterPeer {
  /** A client that stands for masters, whose replies go nowhere. */
  static Client newClient(Server server) {
    Client client =
        new Client(
            server.clients.nextId(),
            null,
            new ReplyWriter(server.dataset.replies, new DroppedReplies()),
            server.dataset.clock.getAsLong());
    client.authenticate(true);
    client.obeyed(true);
    return client;
  }

  /** The link while it is up, null otherwise. */
  static @Nullable MasterPeer of(Client master, @Nullable MasterLink link) {
    LinkEnds ends = link == null ? null : link.ends();
    return link == null || ends == null ? null : new LinkPeer(master, link, ends);
  }

  @Override
  public String remoteAddress() {
    return ends.remoteAddress();
  }

  @Override
  public String localAddress() {
    return ends.localAddress();
  }

  @Override
  public long connectedMillis() {
    return ends.sinceMillis();
  }

  @Override
  public long silentSeconds() {
    return link.silentSeconds();
  }

  @Override
  public void disconnect() {
    link.breakOff();
  }
}
