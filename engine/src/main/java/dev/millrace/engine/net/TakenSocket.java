package dev.millrace.engine.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.unix.UnixChannel;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.concurrent.CompletableFuture;

/**
 * The sending side of a connection's socket, lent to a transfer thread. It has a descriptor of its
 * own for {@code sendfile}, but on NIO; {@link #writeFile} works on every transport.
 *
 * <p>Owned by: the transfer thread.
 */
public final class TakenSocket implements AutoCloseable {
  private static final int NO_DESCRIPTOR = -1;

  private final Connection connection;
  private final Channel channel;
  private final int descriptor;
  private final boolean wasBlocking;
  private boolean closed;

  private TakenSocket(Connection connection, Channel channel, int descriptor, boolean wasBlocking) {
    this.connection = connection;
    this.channel = channel;
    this.descriptor = descriptor;
    this.wasBlocking = wasBlocking;
  }

  static TakenSocket of(Connection connection, Channel channel) throws IOException {
    if (!(channel instanceof UnixChannel unix)) {
      return new TakenSocket(connection, channel, NO_DESCRIPTOR, false);
    }
    int own = Descriptors.duplicate(unix.fd().intValue());
    // io_uring's sockets block, for the kernel does the waiting; a transfer must not wait in a
    // call.
    boolean blocking = Descriptors.isBlocking(own);
    if (blocking) {
      Descriptors.blocking(own, false);
    }
    return new TakenSocket(connection, channel, own, blocking);
  }

  /** Whose socket it is. */
  public Connection connection() {
    return connection;
  }

  /** Whether there is a descriptor to send to. */
  public boolean hasDescriptor() {
    return descriptor != NO_DESCRIPTOR;
  }

  /** The descriptor: non-blocking, open until {@link #close} even when the client is gone. */
  public int descriptor() {
    if (descriptor == NO_DESCRIPTOR) {
      throw new IllegalStateException("this transport shows no descriptors");
    }
    return descriptor;
  }

  /**
   * Sends a part of a file by way of the event loop. Completes when the socket has taken it; fails
   * when the connection ends or the file is shorter. The channel stays open.
   */
  public CompletableFuture<Void> writeFile(FileChannel file, long position, long bytes) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    ChannelFuture _ =
        channel
            .writeAndFlush(new Part(file, position, bytes))
            .addListener(sent -> {
              if (sent.isSuccess()) {
                done.complete(null);
              } else {
                // A part of it may have left, and what follows would be taken for the rest.
                connection.close();
                done.completeExceptionally(sent.cause());
              }
            });
    return done;
  }

  /**
   * Gives the sending side back; the connection may be written to again. A second call does
   * nothing.
   */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      if (descriptor != NO_DESCRIPTOR) {
        giveBack();
      }
      LoopMailbox mailbox = connection.mailbox();
      mailbox.offer((Runnable) connection.intake()::socketReturned);
      mailbox.wake();
    }
  }

  private void giveBack() {
    try {
      if (wasBlocking) {
        Descriptors.blocking(descriptor, true);
      }
    } catch (IOException e) {
      // The socket is in a state nobody foresaw: the connection is not worth keeping.
      connection.close();
    } finally {
      Descriptors.close(descriptor);
    }
  }

  /** A file region that leaves the file open. */
  private static final class Part extends DefaultFileRegion {
    Part(FileChannel file, long position, long bytes) {
      super(file, position, bytes);
    }

    @Override
    protected void deallocate() {}
  }
}
