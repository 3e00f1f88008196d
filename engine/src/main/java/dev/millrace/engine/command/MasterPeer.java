package dev.millrace.engine.command;

/**
 * The connection to this server's master, which CLIENT shows among the clients while it is up.
 *
 * <p>Owned by: executor thread.
 */
public interface MasterPeer {
  /** The client that stands for the master. */
  Client client();

  /** The master's {@code ip:port}. */
  String remoteAddress();

  /** The {@code ip:port} we connected from. */
  String localAddress();

  /** When the link came up, in milliseconds since the epoch. */
  long connectedMillis();

  /** Seconds since the master was last heard of. */
  long silentSeconds();

  /** Breaks the connection; it is made again. */
  void disconnect();
}
