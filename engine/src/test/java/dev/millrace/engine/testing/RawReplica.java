package dev.millrace.engine.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * A replica of few lines that keeps every byte it is sent: the dataset's RDB, and the stream after
 * it byte for byte. It asks by PSYNC or by the old SYNC, and acknowledges once in a while what it
 * has.
 *
 * <p>Threads: its own reads; the test's asks.
 */
public final class RawReplica implements AutoCloseable {
  private static final int CONNECT_SECONDS = 60;

  private final Socket socket;
  private final InputStream in;
  private final boolean acknowledges;
  private final byte[] rdb;
  private final long startOffset;
  private final ByteArrayOutputStream stream = new ByteArrayOutputStream();
  private final Thread reader;

  private RawReplica(int port, boolean old) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(CONNECT_SECONDS));
    in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
    acknowledges = !old;
    if (old) {
      send("SYNC\r\n");
      startOffset = -1;
    } else {
      send("REPLCONF capa psync2\r\n");
      expect("+OK", line());
      send("PSYNC ? -1\r\n");
      String[] words = line().split(" ");
      expect("+FULLRESYNC", words[0]);
      startOffset = Long.parseLong(words[2]);
    }
    String length = line();
    expect("$", length.substring(0, 1));
    rdb = in.readNBytes(Integer.parseInt(length.substring(1)));
    reader = Thread.ofPlatform().daemon().name("raw-replica").unstarted(this::read);
  }

  /** Follows the server from a full sync by PSYNC on. */
  public static RawReplica psync(int port) {
    return open(port, false);
  }

  /**
   * Follows the server as replicas before Redis 2.8 did: by SYNC, and without a word afterwards.
   */
  public static RawReplica sync(int port) {
    return open(port, true);
  }

  private static RawReplica open(int port, boolean old) {
    try {
      RawReplica replica = new RawReplica(port, old);
      replica.reader.start();
      return replica;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The dataset as it was sent. */
  public byte[] rdb() {
    return rdb.clone();
  }

  /** Replication offset of the first stream byte; -1 after SYNC, which does not tell. */
  public long startOffset() {
    return startOffset;
  }

  /** The stream so far. */
  public synchronized byte[] stream() {
    return stream.toByteArray();
  }

  /** Replication offset after the last byte received. */
  public synchronized long offset() {
    return startOffset + stream.size();
  }

  @Override
  public void close() {
    try {
      socket.close();
      reader.join();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void read() {
    byte[] buffer = new byte[1 << 16];
    try {
      while (true) {
        int n = in.read(buffer);
        if (n < 0) {
          return;
        }
        synchronized (this) {
          stream.write(buffer, 0, n);
        }
        if (acknowledges && endsWithGetAck(Arrays.copyOf(buffer, n))) {
          acknowledge();
        }
      }
    } catch (IOException e) {
      // Closed by the test, or by the server: the test compares what has come.
    }
  }

  private static boolean endsWithGetAck(byte[] piece) {
    return new String(piece, StandardCharsets.ISO_8859_1).endsWith("GETACK\r\n$1\r\n*\r\n");
  }

  /** Tells the master how far this replica is. */
  public void acknowledge() throws IOException {
    String offset = Long.toString(offset());
    send("*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$" + offset.length() + "\r\n" + offset + "\r\n");
  }

  /** Sends a command that no replica should send, as an inline one. */
  public void say(String command) throws IOException {
    send(command + "\r\n");
  }

  private void send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** The next line that is not empty: empty ones only keep the link alive. */
  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (true) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException("the master closed the link");
      }
      if (next == '\n') {
        String text = line.toString(StandardCharsets.US_ASCII).strip();
        if (!text.isEmpty()) {
          return text;
        }
        line.reset();
      } else {
        line.write(next);
      }
    }
  }

  private static void expect(String wanted, String got) throws IOException {
    if (!wanted.equals(got)) {
      throw new IOException("expected " + wanted + ", got " + got);
    }
  }
}
