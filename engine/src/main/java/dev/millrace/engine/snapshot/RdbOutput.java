package dev.millrace.engine.snapshot;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * Where encoded bytes go: through one buffer of fixed size to a channel, or, without a channel,
 * into a buffer that grows (a DUMP payload, which is one value and must be whole before its length
 * can be sent).
 *
 * <p>The checksum of everything put so far is kept as the bytes leave the buffer, so that it runs
 * over long pieces still in the cache.
 *
 * <p>Owned by: one thread.
 */
final class RdbOutput implements AutoCloseable {
  private final @Nullable WritableByteChannel channel;
  private final boolean checksum;
  private final int initialBytes;
  private Region buffer;
  private int position;
  private int summedTo;
  private long flushedBytes;
  private long crc = Crc64.EMPTY;

  RdbOutput(@Nullable WritableByteChannel channel, int bufferBytes, boolean checksum) {
    this.channel = channel;
    this.checksum = checksum;
    this.initialBytes = bufferBytes;
    this.buffer = new Region(bufferBytes);
  }

  /** Number of bytes put since the start. */
  long bytes() {
    return flushedBytes + position;
  }

  /** The bytes put since the last flush. */
  long address() {
    return buffer.address();
  }

  void putByte(int value) throws IOException {
    Memory.putByte(reserve(1), (byte) value);
  }

  void putShort(int value) throws IOException {
    Memory.putShort(reserve(Short.BYTES), (short) value);
  }

  void putInt(int value) throws IOException {
    Memory.putInt(reserve(Integer.BYTES), value);
  }

  void putLong(long value) throws IOException {
    Memory.putLong(reserve(Long.BYTES), value);
  }

  void putBytes(long address, long bytes) throws IOException {
    long from = address;
    long left = bytes;
    while (left > 0) {
      int piece = (int) Math.min(left, channel == null ? 1 << 20 : spaceLeft());
      Memory.copy(from, reserve(piece), piece);
      from += piece;
      left -= piece;
    }
  }

  void putBytes(byte[] source, int offset, int length) throws IOException {
    int from = offset;
    int left = length;
    while (left > 0) {
      int piece = Math.min(left, spaceLeft());
      Memory.put(reserve(piece), source, from, piece);
      from += piece;
      left -= piece;
    }
  }

  void putLength(long length) throws IOException {
    if (length >>> 6 == 0) {
      putByte((int) length);
    } else if (length >>> 14 == 0) {
      putByte(RdbFormat.LENGTH_14_BITS | (int) (length >>> 8));
      putByte((int) length);
    } else if (length >>> 32 == 0) {
      putByte(RdbFormat.LENGTH_32_BITS);
      putInt(Integer.reverseBytes((int) length));
    } else {
      putByte(RdbFormat.LENGTH_64_BITS);
      putLong(Long.reverseBytes(length));
    }
  }

  /** The checksum of all bytes put so far. */
  long crc() {
    if (checksum && summedTo < position) {
      int bytes = position - summedTo;
      crc = Crc64.update(crc, Memory.segment(buffer.address() + summedTo, bytes), 0, bytes);
      summedTo = position;
    }
    return crc;
  }

  /** Hands what is buffered to the channel. */
  void flush() throws IOException {
    if (channel == null || position == 0) {
      return;
    }
    crc();
    ByteBuffer view = buffer.view();
    view.clear().limit(position);
    while (view.hasRemaining()) {
      channel.write(view);
    }
    flushedBytes += position;
    position = 0;
    summedTo = 0;
  }

  /** Starts over, for the next payload; gives back memory that one large payload has taken. */
  void restart() {
    position = 0;
    summedTo = 0;
    flushedBytes = 0;
    crc = Crc64.EMPTY;
    if (buffer.bytes() > 16L * initialBytes) {
      buffer.close();
      buffer = new Region(initialBytes);
    }
  }

  @Override
  public void close() {
    buffer.close();
  }

  private int spaceLeft() throws IOException {
    if (position == buffer.bytes()) {
      makeRoom(1);
    }
    return (int) buffer.bytes() - position;
  }

  private long reserve(int bytes) throws IOException {
    if (buffer.bytes() - position < bytes) {
      makeRoom(bytes);
    }
    long at = buffer.address() + position;
    position += bytes;
    return at;
  }

  private void makeRoom(int bytes) throws IOException {
    if (channel != null) {
      flush();
      return;
    }
    long wanted =
        Math.max(position + (long) bytes, Math.min(2 * buffer.bytes(), Integer.MAX_VALUE));
    if (wanted > Integer.MAX_VALUE) {
      throw new IOException("a payload of more than 2 GiB");
    }
    Region larger = new Region(wanted);
    Memory.copy(buffer.address(), larger.address(), position);
    buffer.close();
    buffer = larger;
  }
}
