package dev.millrace.engine.net;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** A socket, and bytes as ISO-8859-1 text. */
final class RawClient implements AutoCloseable {
  static final int PATIENCE_MILLIS = 10_000;

  /** What came back, and whether the server closed the connection. */
  record Answer(String text, boolean closed) {}

  final Socket socket;

  RawClient(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MILLIS);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  RawClient send(String text) throws IOException {
    socket.getOutputStream().write(bytes(text));
    return this;
  }

  /** Reads exactly so many bytes. */
  String read(int bytes) throws IOException {
    return new String(socket.getInputStream().readNBytes(bytes), StandardCharsets.ISO_8859_1);
  }

  /** Reads until the server closes, or is silent for so long. */
  Answer rest(int silenceMillis) throws IOException {
    socket.setSoTimeout(silenceMillis);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] some = new byte[65536];
    InputStream in = socket.getInputStream();
    boolean closed = false;
    try {
      int n;
      while ((n = in.read(some)) > 0) {
        all.write(some, 0, n);
      }
      closed = true;
    } catch (SocketTimeoutException silent) {
      closed = false;
    } catch (SocketException reset) {
      closed = true;
    }
    return new Answer(all.toString(StandardCharsets.ISO_8859_1), closed);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
