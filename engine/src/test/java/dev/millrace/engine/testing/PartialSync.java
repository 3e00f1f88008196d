package dev.millrace.engine.testing;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * One PSYNC over a bare socket: the stream from an offset on, read as far as the test likes and
 * then let go of at exactly that byte, as a link does that breaks.
 *
 * <p>Owned by: the test's thread.
 */
public final class PartialSync implements AutoCloseable {
  private static final int TIMEOUT_SECONDS = 30;
  private static final int RECEIVE_BUFFER_BYTES = 64 * 1024;

  private final Socket socket = new Socket();
  private final InputStream in;
  private final String answer;

  private PartialSync(int port, String id, long offset) throws IOException {
    // Small, so that the server is in the midst of sending whenever the link breaks.
    socket.setReceiveBufferSize(RECEIVE_BUFFER_BYTES);
    socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(TIMEOUT_SECONDS));
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    in = new BufferedInputStream(socket.getInputStream(), RECEIVE_BUFFER_BYTES);
    send("REPLCONF capa psync2\r\n");
    line();
    // On the wire an offset is that of the next byte, counted from 1.
    send("PSYNC " + id + " " + (offset + 1) + "\r\n");
    answer = line();
  }

  /** Asks for the stream of this history after its first {@code offset} bytes. */
  public static PartialSync ask(int port, String id, long offset) {
    try {
      return new PartialSync(port, id, offset);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the master answered: {@code +CONTINUE …} or another line. */
  public String answer() {
    return answer;
  }

  /** The next bytes of the stream. */
  public byte[] read(int bytes) throws IOException {
    byte[] read = in.readNBytes(bytes);
    if (read.length < bytes) {
      throw new EOFException("the master closed the link after " + read.length + " bytes");
    }
    return read;
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException("the master closed the link");
      }
      if (next == '\n' && !line.isEmpty()) {
        return line.toString().strip();
      }
      if (next != '\n' && next != '\r') {
        line.append((char) next);
      }
    }
  }
}
