package dev.millrace.bench.load;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** One connection of a generator: what it sends and how many replies it has seen. */
final class Connection implements AutoCloseable {
  private final SocketChannel channel;
  private final RequestBatch batch;
  private final ReplyCounter counter = new ReplyCounter();

  /** Connects to a port of this machine. */
  Connection(int port, RequestBatch batch) throws IOException {
    this.batch = batch;
    this.channel =
        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.configureBlocking(false);
  }

  /** Has the selector tell of what can be read. */
  void register(Selector selector, Object attachment) throws IOException {
    channel.register(selector, SelectionKey.OP_READ, attachment);
  }

  /**
   * Sends the next batch.
   *
   * @return false when the system took only a part: {@link #sendRest} until it is all gone
   */
  boolean send() throws IOException {
    channel.write(batch.drawn());
    return !batch.rest().hasRemaining();
  }

  /** Goes on where {@link #send} stopped; true when all is gone. */
  boolean sendRest() throws IOException {
    channel.write(batch.rest());
    return !batch.rest().hasRemaining();
  }

  /** Reads what has come, once; returns the number of replies that are now complete. */
  int receive(ByteBuffer space) throws IOException {
    space.clear();
    if (channel.read(space) < 0) {
      throw new EOFException("the server closed the connection");
    }
    return counter.count(space.flip());
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
