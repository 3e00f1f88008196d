package dev.millrace.engine.replication;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.LongConsumer;

/**
 * A dataset as a master sends it: {@code $<bytes>} and so many bytes, or {@code $EOF:<mark>}, any
 * number of bytes, and the 40 bytes of the mark again (diskless, where the length is not known).
 * The channel ends where the dataset does, and takes nothing after it from the link.
 *
 * <p>Owned by: the link's thread.
 */
final class RdbPayload implements ReadableByteChannel {
  private static final String MARK_PREFIX = "$EOF:";
  private static final int MARK_BYTES = 40;
  private static final int BUFFER_BYTES = 64 << 10;

  private final MasterConnection from;
  private final LongConsumer received;
  private final long bytes;
  private final byte[] mark;
  private final byte[] buffer = new byte[BUFFER_BYTES + MARK_BYTES];
  private int start;
  private int filled;
  private long bytesReceived;
  private boolean markSeen;

  private RdbPayload(MasterConnection from, LongConsumer received, long bytes, byte[] mark) {
    this.from = from;
    this.received = received;
    this.bytes = bytes;
    this.mark = mark;
  }

  /**
   * A payload as the line before it announces it.
   *
   * @param received told after each read how many bytes of it have come
   */
  static RdbPayload announcedBy(String line, MasterConnection from, LongConsumer received)
      throws IOException {
    if (line.startsWith(MARK_PREFIX) && line.length() == MARK_PREFIX.length() + MARK_BYTES) {
      byte[] mark = line.substring(MARK_PREFIX.length()).getBytes(StandardCharsets.ISO_8859_1);
      return new RdbPayload(from, received, -1, mark);
    }
    try {
      if (line.startsWith("$")) {
        long bytes = Long.parseLong(line.substring(1));
        if (bytes >= 0) {
          return new RdbPayload(from, received, bytes, new byte[0]);
        }
      }
    } catch (NumberFormatException e) {
      // Falls through to the error below.
    }
    throw new IOException("it announced its dataset by " + line);
  }

  /** Its length, or -1 when only its end will tell. */
  long bytes() {
    return bytes;
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    if (start == deliverableEnd() && !fill()) {
      return -1;
    }
    int n = Math.min(into.remaining(), deliverableEnd() - start);
    into.put(buffer, start, n);
    start += n;
    return n;
  }

  /** Up to where the buffer is known to be dataset: its last bytes may be the mark. */
  private int deliverableEnd() {
    return bytes >= 0 || markSeen ? filled : Math.max(start, filled - MARK_BYTES);
  }

  /** Reads until there is something to deliver; false at the end. */
  private boolean fill() throws IOException {
    if (bytes >= 0) {
      if (bytesReceived == bytes) {
        return false;
      }
      start = 0;
      filled = 0;
      take((int) Math.min(BUFFER_BYTES, bytes - bytesReceived));
      return true;
    }
    while (start == deliverableEnd()) {
      if (markSeen) {
        return false;
      }
      System.arraycopy(buffer, start, buffer, 0, filled - start);
      filled -= start;
      start = 0;
      take(BUFFER_BYTES);
      // The master waits for our first acknowledgement before it sends more, so that nothing
      // follows the mark in the same read.
      int end = filled - MARK_BYTES;
      if (end >= 0 && Arrays.equals(buffer, end, filled, mark, 0, MARK_BYTES)) {
        markSeen = true;
        filled = end;
      }
    }
    return true;
  }

  private void take(int bytesMax) throws IOException {
    int n = from.read(buffer, filled, bytesMax);
    filled += n;
    bytesReceived += n;
    received.accept(bytesReceived);
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  /** The link belongs to others. */
  @Override
  public void close() {}
}
