package dev.millrace.tools.demo;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * A client of a server on this machine, on a blocking socket. Commands gather in a buffer until
 * {@link #flush}; replies come in the order of the commands. Owned by: one thread.
 */
final class RespConnection implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 << 10;
  private static final int CONNECT_MILLIS_MAX = 2000;
  private static final byte[] LINE_END = {'\r', '\n'};

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  /**
   * Connects.
   *
   * @param replyMillisMax how long to wait for a reply before giving up
   */
  RespConnection(int port, int replyMillisMax) throws IOException {
    socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(replyMillisMax);
      InetAddress local = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
      socket.connect(new InetSocketAddress(local, port), CONNECT_MILLIS_MAX);
      in = new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES);
      out = new BufferedOutputStream(socket.getOutputStream(), BUFFER_BYTES);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Sends one command and gives its reply: a status, a number or a string, as text. */
  String ask(String... words) throws IOException {
    StringBuilder command = new StringBuilder("*").append(words.length).append("\r\n");
    for (String word : words) {
      int bytes = word.getBytes(StandardCharsets.UTF_8).length;
      command.append('$').append(bytes).append("\r\n").append(word).append("\r\n");
    }
    out.write(command.toString().getBytes(StandardCharsets.UTF_8));
    flush();
    return reply();
  }

  /** Asks {@code INFO} of one section. */
  InfoText info(String section) throws IOException {
    return new InfoText(ask("INFO", section));
  }

  /** Adds bytes of a command to those to be sent. */
  void write(byte[] bytes, int offset, int length) throws IOException {
    out.write(bytes, offset, length);
  }

  void lineEnd() throws IOException {
    out.write(LINE_END);
  }

  /** Sends what gathered. */
  void flush() throws IOException {
    out.flush();
  }

  /**
   * The next reply: a status, a number or a string, as text.
   *
   * @throws IOException when it is an error, or of another kind
   */
  String reply() throws IOException {
    int kind = in.read();
    if (kind < 0) {
      throw new EOFException("the server closed the connection");
    }
    String line = line();
    return switch (kind) {
      case '+', ':' -> line;
      case '$' -> string(Integer.parseInt(line));
      case '-' -> throw new IOException("the server answered: " + line);
      default -> throw new IOException("a reply that was not expected: " + (char) kind + line);
    };
  }

  /** Reads the reply of a write that must have succeeded. */
  void expectOk() throws IOException {
    String reply = reply();
    if (!reply.equals("OK")) {
      throw new IOException("the server answered " + reply + " to a write");
    }
  }

  private String string(int bytes) throws IOException {
    if (bytes < 0) {
      return "";
    }
    byte[] text = in.readNBytes(bytes);
    if (text.length < bytes || in.readNBytes(LINE_END.length).length < LINE_END.length) {
      throw new EOFException("the server closed the connection within a reply");
    }
    return new String(text, StandardCharsets.UTF_8);
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    int b;
    while ((b = in.read()) != '\n') {
      if (b < 0) {
        throw new EOFException("the server closed the connection within a reply");
      }
      if (b != '\r') {
        line.append((char) b);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
