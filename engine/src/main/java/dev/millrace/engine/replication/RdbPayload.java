package dev.millrace.engine.replication;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * How a master sends a dataset: {@code $<bytes>} and so many bytes, or {@code $EOF:<mark>}, any
 * number of bytes, and the 40 bytes of the mark again (diskless, where the length is not known).
 *
 * <p>Owned by: the link's thread.
 */
final class RdbPayload {
  private static final String MARK_PREFIX = "$EOF:";
  private static final int MARK_BYTES = 40;
  private static final int BUFFER_BYTES = 64 << 10;

  /** Takes what has come. */
  @FunctionalInterface
  interface Receiver {
    void take(ByteBuffer bytes) throws IOException;
  }

  private final long bytes;
  private final byte[] mark;

  private RdbPayload(long bytes, byte[] mark) {
    this.bytes = bytes;
    this.mark = mark;
  }

  /** A payload as the line before it announces it. */
  static RdbPayload announcedBy(String line) throws IOException {
    if (line.startsWith(MARK_PREFIX) && line.length() == MARK_PREFIX.length() + MARK_BYTES) {
      return new RdbPayload(
          -1, line.substring(MARK_PREFIX.length()).getBytes(StandardCharsets.ISO_8859_1));
    }
    try {
      if (line.startsWith("$")) {
        long bytes = Long.parseLong(line.substring(1));
        if (bytes >= 0) {
          return new RdbPayload(bytes, new byte[0]);
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

  /** Receives all of it, and nothing after it. */
  void receive(MasterConnection from, Receiver to) throws IOException {
    if (bytes >= 0) {
      receiveCounted(from, to);
    } else {
      receiveMarked(from, to);
    }
  }

  private void receiveCounted(MasterConnection from, Receiver to) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    long left = bytes;
    while (left > 0) {
      int n = from.read(buffer, 0, (int) Math.min(buffer.length, left));
      to.take(ByteBuffer.wrap(buffer, 0, n));
      left -= n;
    }
  }

  private void receiveMarked(MasterConnection from, Receiver to) throws IOException {
    // The master waits for our first acknowledgement before it sends more, so that nothing follows
    // the mark in the same read; the last bytes are kept back until they are known not to be it.
    byte[] buffer = new byte[BUFFER_BYTES + MARK_BYTES];
    int kept = 0;
    while (true) {
      int n = from.read(buffer, kept, BUFFER_BYTES);
      int filled = kept + n;
      int end = filled - MARK_BYTES;
      if (end >= 0 && Arrays.equals(buffer, end, filled, mark, 0, MARK_BYTES)) {
        if (end > 0) {
          to.take(ByteBuffer.wrap(buffer, 0, end));
        }
        return;
      }
      if (end > 0) {
        to.take(ByteBuffer.wrap(buffer, 0, end));
        System.arraycopy(buffer, end, buffer, 0, MARK_BYTES);
        kept = MARK_BYTES;
      } else {
        kept = filled;
      }
    }
  }
}
