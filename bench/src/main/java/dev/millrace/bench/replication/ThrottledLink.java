package dev.millrace.bench.replication;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A link to a server of this machine that carries only so many bytes a second from the server to
 * its client. Its buffers are small, so that the server feels at once how slow it is.
 *
 * <p>Threads: one accepts, two carry each connection; all end at {@link #close}, which is the
 * owner's to call.
 */
final class ThrottledLink implements AutoCloseable {
  private static final int BUFFER_BYTES = 16 * 1024;
  private static final int SLICE_MILLIS = 10;

  private final ServerSocket listener = new ServerSocket();
  private final int targetPort;
  private final long bytesPerSlice;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicInteger drops = new AtomicInteger();
  private volatile boolean closing;

  /** Opens a link to the server at this port. */
  ThrottledLink(int targetPort, long bytesPerSecond) throws IOException {
    this.targetPort = targetPort;
    this.bytesPerSlice = Math.max(1, bytesPerSecond * SLICE_MILLIS / 1000);
    listener.setReceiveBufferSize(BUFFER_BYTES);
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    Thread.ofPlatform().daemon().name("link-accept").start(this::accept);
  }

  /** Where to connect to instead of the server's own port. */
  int port() {
    return listener.getLocalPort();
  }

  /** How often the server has closed a connection. */
  int drops() {
    return drops.get();
  }

  @Override
  public void close() throws IOException {
    closing = true;
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  private void accept() {
    while (!closing) {
      try {
        Socket client = listener.accept();
        Socket server = new Socket();
        sockets.add(client);
        sockets.add(server);
        server.setReceiveBufferSize(BUFFER_BYTES);
        client.setSendBufferSize(BUFFER_BYTES);
        server.setTcpNoDelay(true);
        client.setTcpNoDelay(true);
        server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), targetPort));
        Thread.ofPlatform().daemon().name("link-down").start(() -> carryDown(server, client));
        Thread.ofPlatform().daemon().name("link-up").start(() -> carryUp(client, server));
      } catch (IOException e) {
        // The link was closed, or the server is gone; then the run fails where it asks the server.
        return;
      }
    }
  }

  private void carryUp(Socket client, Socket server) {
    try (client;
        server) {
      client.getInputStream().transferTo(server.getOutputStream());
    } catch (IOException e) {
      // Either side is gone: both are closed, which the other direction sees.
    } finally {
      forget(client, server);
    }
  }

  private void carryDown(Socket server, Socket client) {
    try (client;
        server) {
      InputStream in = server.getInputStream();
      OutputStream out = client.getOutputStream();
      byte[] buffer = new byte[BUFFER_BYTES];
      long slice = System.nanoTime();
      long left = bytesPerSlice;
      int n = read(in, buffer, left);
      while (n >= 0) {
        out.write(buffer, 0, n);
        left -= n;
        if (left <= 0) {
          slice = awaitNextSlice(slice);
          left = bytesPerSlice;
        }
        n = read(in, buffer, left);
      }
    } catch (IOException e) {
      // The client is gone.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      forget(client, server);
    }
  }

  /** Counts the server's closing, which ends in a reset when it leaves something unread. */
  private int read(InputStream in, byte[] buffer, long left) throws IOException {
    int n = -1;
    try {
      n = in.read(buffer, 0, (int) Math.min(buffer.length, left));
      return n;
    } finally {
      if (n < 0 && !closing) {
        drops.incrementAndGet();
      }
    }
  }

  private void forget(Socket client, Socket server) {
    sockets.remove(client);
    sockets.remove(server);
  }

  /** Time that was not used is not made up for, but for one slice of it. */
  private static long awaitNextSlice(long slice) throws InterruptedException {
    long nanos = TimeUnit.MILLISECONDS.toNanos(SLICE_MILLIS);
    long next = Math.max(slice, System.nanoTime() - nanos) + nanos;
    TimeUnit.NANOSECONDS.sleep(Math.max(0, next - System.nanoTime()));
    return next;
  }
}
