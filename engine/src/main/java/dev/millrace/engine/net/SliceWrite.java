package dev.millrace.engine.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import java.nio.ByteBuffer;

/**
 * Bytes of somebody else (a block of the stream) on their way to a socket, with what to do once the
 * network no longer reads them.
 *
 * <p>Owned by: the writer, then the connection's event loop.
 */
final class SliceWrite implements Runnable {
  private final Connection connection;
  private final ByteBuf bytes;

  SliceWrite(Connection connection, ByteBuffer slice, Runnable released) {
    this.connection = connection;
    int length = slice.remaining();
    this.bytes = new Wire(connection, slice.slice(), length, released);
    this.bytes.writerIndex(length);
  }

  @Override
  public void run() {
    connection.intake().write(bytes);
  }

  /** Releases the bytes unsent. */
  void drop() {
    bytes.release();
  }

  private static final class Wire extends UnpooledDirectByteBuf {
    private final Connection connection;
    private final int length;
    private final Runnable released;

    Wire(Connection connection, ByteBuffer slice, int length, Runnable released) {
      super(UnpooledByteBufAllocator.DEFAULT, slice, length);
      this.connection = connection;
      this.length = length;
      this.released = released;
    }

    @Override
    protected void deallocate() {
      super.deallocate();
      released.run();
      connection.released(length);
    }
  }
}
