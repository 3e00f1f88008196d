package dev.millrace.engine.admin;

import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.MasterPeer;
import dev.millrace.engine.command.Subscriptions;
import dev.millrace.engine.net.Connection;
import dev.millrace.engine.protocol.ReplyPool;
import dev.millrace.engine.tracking.Tracking;
import dev.millrace.engine.tracking.TrackingState;

/** A client as one line of CLIENT LIST, with Redis's fields in its order. */
public final class ClientDescription {
  private ClientDescription() {}

  /** The line, without its end. */
  public static String line(Client client, long nowMillis) {
    Connection connection = client.connection();
    return line(
        client,
        address(client),
        connection == null ? "" : connection.localAddress(),
        Math.max(0, nowMillis - client.createdMillis()) / 1000,
        Math.max(0, nowMillis - client.lastInteractionMillis()) / 1000);
  }

  /** The line of the link to this server's master. */
  static String line(MasterPeer master, long nowMillis) {
    return line(
        master.client(),
        master.remoteAddress(),
        master.localAddress(),
        Math.max(0, nowMillis - master.connectedMillis()) / 1000,
        Math.max(0, master.silentSeconds()));
  }

  private static String line(
      Client client, String address, String localAddress, long ageSeconds, long idleSeconds) {
    Connection connection = client.connection();
    long outstanding = connection == null ? 0 : connection.bytesOutstanding();
    long pending = client.reply().bytesPending();
    long replyBuffer = pending == 0 ? 0 : Math.max(pending, ReplyPool.SMALL_BYTES);
    Command last = client.lastCommand();
    TrackingState tracking = Tracking.of(client);
    return "id="
        + client.id()
        + " addr="
        + address
        + " laddr="
        + localAddress
        + " fd="
        + (connection == null ? -1 : connection.descriptor())
        + " name="
        + client.name()
        + " age="
        + ageSeconds
        + " idle="
        + idleSeconds
        + " flags="
        + flags(client)
        + " db="
        + client.database()
        + subscriptions(client)
        + " multi="
        + (client.transaction().isOpen() ? client.transaction().size() : -1)
        + " qbuf="
        + ClientMemory.queryBytes(client)
        + " qbuf-free="
        + ClientMemory.queryFreeBytes(client)
        + " argv-mem="
        + ClientMemory.argumentBytes(client)
        + " multi-mem="
        + ClientMemory.transactionBytes(client)
        + " rbs="
        + replyBuffer
        + " rbp="
        + pending
        + " obl="
        + pending
        + " oll="
        + (outstanding + ReplyPool.SMALL_BYTES - 1) / ReplyPool.SMALL_BYTES
        + " omem="
        + outstanding
        + " tot-mem="
        + ClientMemory.totalBytes(client)
        + (outstanding > 0 ? " events=rw cmd=" : " events=r cmd=")
        + (last == null ? "NULL" : last.fullName())
        + " user="
        + (client.master() == null ? client.user().name() : "(superuser)")
        + " redir="
        + (tracking == null ? -1 : tracking.redirect())
        + " resp="
        + client.reply().protocol();
  }

  /** The client's address as CLIENT LIST tells it. */
  static String address(Client client) {
    Connection connection = client.connection();
    return connection == null ? "" : connection.remoteAddress();
  }

  private static String subscriptions(Client client) {
    Subscriptions all = client.subscriptions();
    return all == null
        ? " sub=0 psub=0 ssub=0"
        : " sub=" + all.channels() + " psub=" + all.patterns() + " ssub=" + all.shardChannels();
  }

  private static String flags(Client client) {
    StringBuilder flags = new StringBuilder();
    if (client.replica() != null) {
      flags.append('S');
    } else if (client.isMonitor()) {
      flags.append('O');
    }
    if (client.master() != null) {
      flags.append('M');
    }
    if (client.isSubscriber()) {
      flags.append('P');
    }
    if (client.transaction().isOpen()) {
      flags.append('x');
    }
    if (client.isBlocked() || client.isSuspended()) {
      flags.append('b');
    }
    TrackingState tracking = Tracking.of(client);
    if (tracking != null) {
      flags.append('t').append(tracking.isBroken() ? "R" : "");
      flags.append(tracking.isBroadcast() ? "B" : "");
    }
    if (client.watcher().hasSeenChange()) {
      flags.append('d');
    }
    if (client.isClosing()) {
      flags.append('c');
    }
    if (client.isUnblocked()) {
      flags.append('u');
    }
    Connection connection = client.connection();
    if (connection != null) {
      flags.append(connection.isClosing() ? "A" : "").append(connection.isUnix() ? "U" : "");
    }
    if (client.isNoEvict()) {
      flags.append('e');
    }
    return flags.isEmpty() ? "N" : flags.toString();
  }
}
