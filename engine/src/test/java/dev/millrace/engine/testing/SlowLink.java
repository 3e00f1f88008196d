package dev.millrace.engine.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A TCP link to a server on this machine that carries only so many bytes a second from the server
 * to the client, and can be cut. Its buffers are small, so that the server feels the slowness at
 * once.
 *
 * <p>Threads: one accepts, two carry each connection; all end at {@link #close}.
 */
public final class SlowLink implements AutoCloseable {
  private static final int BUFFER_BYTES = 16 * 1024;
  private static final int SLICE_MILLIS = 10;

  private final ServerSocket listener;
  private final int target;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicLong carried = new AtomicLong();
  private volatile long bytesPerSecond;
  private volatile long endsAt = Long.MAX_VALUE;
  private volatile boolean silent;

  private SlowLink(int target, long bytesPerSecond) throws IOException {
    this.target = target;
    this.bytesPerSecond = bytesPerSecond;
    this.listener = new ServerSocket();
    listener.setReceiveBufferSize(BUFFER_BYTES);
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  /** Opens a link to the server at this port. */
  public static SlowLink to(int port, long bytesPerSecond) {
    try {
      SlowLink link = new SlowLink(port, bytesPerSecond);
      Thread.ofPlatform().daemon().name("slow-link").start(link::accept);
      return link;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The port to connect to instead of the server's. */
  public int port() {
    return listener.getLocalPort();
  }

  /** Carries only this many bytes a second from the server to the client from now on. */
  public void speed(long bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** Bytes carried from the server so far. */
  public long carriedBytes() {
    return carried.get();
  }

  /**
   * Cuts every connection once this many more bytes have come from the server, and carries no new
   * one until it is {@link #mend}ed.
   */
  public void failAfter(long bytes) {
    endsAt = carried.get() + bytes;
    if (bytes == 0) {
      cut();
    }
  }

  /** Carries new connections again. */
  public void mend() {
    silent = false;
    endsAt = Long.MAX_VALUE;
  }

  /**
   * Carries nothing more either way, and closes nothing: as a network does that drops every packet.
   * Both ends must find out by themselves. Until it is {@link #mend}ed no new connection is
   * carried.
   */
  public void fallSilent() {
    silent = true;
    endsAt = 0;
  }

  private boolean hasFailed() {
    return carried.get() >= endsAt;
  }

  /** Cuts every connection at once; new ones are carried again. */
  public void cut() {
    sockets.forEach(SlowLink::end);
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    cut();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        if (hasFailed()) {
          end(client);
          continue;
        }
        Socket server = new Socket();
        sockets.add(client);
        sockets.add(server);
        server.setReceiveBufferSize(BUFFER_BYTES);
        client.setSendBufferSize(BUFFER_BYTES);
        server.setTcpNoDelay(true);
        client.setTcpNoDelay(true);
        server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
        Thread.ofPlatform().daemon().start(() -> carry(client, server, false));
        Thread.ofPlatform().daemon().start(() -> carry(server, client, true));
      } catch (IOException e) {
        // The listener was closed, or the server is down: the client sees its connection closed.
        cut();
      }
    }
  }

  private void carry(Socket from, Socket to, boolean limited) {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[BUFFER_BYTES];
      long slice = System.nanoTime();
      long left = 0;
      while (true) {
        long perSlice = Math.max(1, bytesPerSecond * SLICE_MILLIS / 1000);
        if (limited && left <= 0) {
          slice = awaitNextSlice(slice);
          left = perSlice;
        }
        left = Math.min(left, perSlice); // the speed may have been lowered meanwhile
        int most = limited ? (int) Math.min(buffer.length, left) : buffer.length;
        most = limited ? Math.clamp(endsAt - carried.get(), 1, most) : most;
        int n = in.read(buffer, 0, most);
        if (n < 0) {
          break;
        }
        if (silent) {
          // What was on its way is lost with the connection, which stays open on both sides.
          continue;
        }
        out.write(buffer, 0, n);
        left -= n;
        if (limited) {
          carried.addAndGet(n);
          if (hasFailed()) {
            cut();
          }
        }
      }
    } catch (IOException e) {
      // Either side is gone: so is the other, below.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      end(from);
      end(to);
    }
  }

  private static long awaitNextSlice(long slice) throws InterruptedException {
    long next = Math.max(slice, System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(SLICE_MILLIS));
    next += TimeUnit.MILLISECONDS.toNanos(SLICE_MILLIS);
    TimeUnit.NANOSECONDS.sleep(Math.max(0, next - System.nanoTime()));
    return next;
  }

  private static void end(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
