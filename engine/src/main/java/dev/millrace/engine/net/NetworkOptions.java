package dev.millrace.engine.net;

import java.util.List;

/**
 * What the network is started with.
 *
 * @param addresses what to listen on, maybe nothing: names, addresses, {@code *} or {@code ::*} for
 *     all; with a minus before it, one that the machine lacks is passed over (as Redis's {@code
 *     bind})
 * @param port TCP port; 0 picks a free one
 * @param ioThreads event loops, at least 1
 * @param keepAliveSeconds idle seconds before TCP asks whether the peer lives ({@code
 *     tcp-keepalive}); 0 for never
 * @param acceptBacklog connections the system queues before they are accepted
 * @param transport how sockets are driven
 * @param outputPauseBytes replies a client may leave unread before its next requests wait, a bound
 *     that Redis lacks; 0 for none
 */
public record NetworkOptions(
    List<String> addresses,
    int port,
    int ioThreads,
    int keepAliveSeconds,
    int acceptBacklog,
    TransportChoice transport,
    long outputPauseBytes) {
  /** Default of {@link #outputPauseBytes}. */
  public static final long OUTPUT_PAUSE_BYTES = 256L << 20;

  public NetworkOptions {
    addresses = List.copyOf(addresses);
    if (ioThreads < 1 || port < 0 || port > 65535) {
      throw new IllegalArgumentException("port " + port + ", " + ioThreads + " threads");
    }
  }

  /** Redis's defaults on the given addresses and port. */
  public static NetworkOptions on(List<String> addresses, int port, int ioThreads) {
    return new NetworkOptions(
        addresses, port, ioThreads, 300, 511, TransportChoice.AUTO, OUTPUT_PAUSE_BYTES);
  }

  /** The same with another transport. */
  public NetworkOptions with(TransportChoice other) {
    return new NetworkOptions(
        addresses, port, ioThreads, keepAliveSeconds, acceptBacklog, other, outputPauseBytes);
  }
}
