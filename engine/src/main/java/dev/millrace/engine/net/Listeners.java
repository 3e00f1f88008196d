package dev.millrace.engine.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sockets that are listened on: one for each address, and one in the file system.
 *
 * <p>Threads: one at a time.
 */
final class Listeners {
  private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);
  private static final PosixFilePermission[] PERMISSIONS = PosixFilePermission.values();

  private final List<Channel> tcp = new ArrayList<>();
  private @Nullable Channel unix;
  private @Nullable Path unixPath;

  /**
   * Listens on every address of a list; see {@link NetworkOptions#addresses}.
   *
   * @throws IOException when one of them cannot be had; then none of them is listened on
   */
  void listen(ServerBootstrap server, List<String> addresses, int port) throws IOException {
    boolean all = false;
    boolean started = false;
    try {
      for (String name : addresses) {
        boolean wildcard = isWildcard(name);
        if (!(wildcard && all)) {
          listen(server, name, wildcard, tcp.isEmpty() ? port : port());
        }
        all |= wildcard;
      }
      if (tcp.isEmpty() && !addresses.isEmpty()) {
        throw new BindException("none of the addresses " + addresses + " is here");
      }
      started = true;
    } finally {
      if (!started) {
        stopTcp();
      }
    }
  }

  private static boolean isWildcard(String name) {
    String bare = name.startsWith("-") ? name.substring(1) : name;
    return bare.equals("*") || bare.equals("::*");
  }

  private void listen(ServerBootstrap server, String name, boolean wildcard, int port)
      throws IOException {
    boolean optional = name.startsWith("-");
    try {
      InetSocketAddress address =
          wildcard
              ? new InetSocketAddress(port)
              : new InetSocketAddress(
                  InetAddress.getByName(optional ? name.substring(1) : name), port);
      tcp.add(bind(server, address));
    } catch (IOException e) {
      if (!optional) {
        throw e;
      }
      LOG.info("{} is passed over: {}", name, e.getMessage());
    }
  }

  private static Channel bind(ServerBootstrap server, SocketAddress address) throws IOException {
    try {
      return server.bind(address).sync().channel();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while binding " + address, e);
    } catch (Exception e) { // Netty rethrows the I/O error undeclared
      throw e instanceof IOException io ? io : new IOException("cannot listen on " + address, e);
    }
  }

  /**
   * Listens on other addresses than before, or on another port. Another port is bound before the
   * old one is given up; the same one must be free first.
   *
   * @throws IOException when one of them cannot be had; then the old ones may be lost
   */
  void relisten(ServerBootstrap server, List<String> addresses, int port) throws IOException {
    if (!tcp.isEmpty() && port == port()) {
      stopTcp();
      listen(server, addresses, port);
      return;
    }
    Listeners fresh = new Listeners();
    fresh.listen(server, port == 0 ? List.of() : addresses, port);
    stopTcp();
    tcp.addAll(fresh.tcp);
  }

  /**
   * Listens on a socket in the file system, in place of whatever is there under that name.
   *
   * @param permissions as in {@code chmod}; 0 leaves them as they are
   */
  void listenUnix(ServerBootstrap server, SocketAddress address, Path path, int permissions)
      throws IOException {
    Files.deleteIfExists(path);
    unix = bind(server, address);
    unixPath = path;
    if (permissions != 0) {
      Set<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
      for (int bit = 0; bit < PERMISSIONS.length; bit++) {
        if ((permissions >> (PERMISSIONS.length - 1 - bit) & 1) != 0) {
          set.add(PERMISSIONS[bit]);
        }
      }
      Files.setPosixFilePermissions(path, set);
    }
  }

  /** The name that clients of the socket in the file system have: {@code path:0}. */
  String unixName() {
    return (unixPath == null ? "?" : unixPath.toString()) + ":0";
  }

  /** The TCP port; 0 for none. */
  int port() {
    return tcp.isEmpty() ? 0 : ((InetSocketAddress) tcp.getFirst().localAddress()).getPort();
  }

  private void stopTcp() {
    for (Channel channel : tcp) {
      ChannelFuture _ = channel.close().awaitUninterruptibly();
    }
    tcp.clear();
  }

  /** Listens no longer; the socket in the file system goes. */
  void stop() {
    stopTcp();
    if (unix != null && unixPath != null) {
      ChannelFuture _ = unix.close().awaitUninterruptibly();
      unix = null;
      try {
        Files.deleteIfExists(unixPath);
      } catch (IOException e) {
        LOG.warn("{} could not be deleted: {}", unixPath, e.getMessage());
      }
    }
  }
}
