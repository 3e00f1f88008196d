package dev.millrace.tools.resp;

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
import java.util.ArrayList;
import java.util.List;

/**
 * A client of a server, on a blocking socket. Commands gather in a buffer until {@link #flush};
 * replies come in the order of the commands. Owned by: one thread.
 */
public final class RespConnection implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 << 10;
  private static final int CONNECT_MILLIS_MAX = 2000;
  private static final byte[] LINE_END = {'\r', '\n'};

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  /**
   * Connects to a server on this machine.
   *
   * @param replyMillisMax how long to wait for a reply before giving up
   */
  public RespConnection(int port, int replyMillisMax) throws IOException {
    this(
        new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port),
        replyMillisMax);
  }

  /**
   * Connects to any server.
   *
   * @param replyMillisMax how long to wait for a reply before giving up
   */
  public RespConnection(InetSocketAddress address, int replyMillisMax) throws IOException {
    socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(replyMillisMax);
      socket.connect(address, CONNECT_MILLIS_MAX);
      in = new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES);
      out = new BufferedOutputStream(socket.getOutputStream(), BUFFER_BYTES);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Sends one command and gives its reply: a status, a number or a string, as text. */
  public String ask(String... words) throws IOException {
    send(words);
    return reply();
  }

  /** Sends one command, whose reply is read later. */
  public void send(String... words) throws IOException {
    StringBuilder command = new StringBuilder("*").append(words.length).append("\r\n");
    for (String word : words) {
      int bytes = word.getBytes(StandardCharsets.UTF_8).length;
      command.append('$').append(bytes).append("\r\n").append(word).append("\r\n");
    }
    out.write(command.toString().getBytes(StandardCharsets.UTF_8));
    flush();
  }

  /** Asks {@code INFO} of one section. */
  public InfoText info(String section) throws IOException {
    return new InfoText(ask("INFO", section));
  }

  /** Adds bytes of a command to those to be sent. */
  public void write(byte[] bytes, int offset, int length) throws IOException {
    out.write(bytes, offset, length);
  }

  public void lineEnd() throws IOException {
    out.write(LINE_END);
  }

  /** Sends what gathered. */
  public void flush() throws IOException {
    out.flush();
  }

  /**
   * The next reply: a status, a number or a string, as text.
   *
   * @throws IOException when it is an error, or of another kind
   */
  public String reply() throws IOException {
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

  /**
   * The next reply: texts, numbers, and lists of such.
   *
   * @throws IOException when it is an error, or of another kind
   */
  public Object value() throws IOException {
    in.mark(1);
    int kind = in.read();
    if (kind != '*') {
      in.reset();
      return kind == ':' ? (Object) Long.valueOf(reply()) : reply();
    }
    List<Object> list = new ArrayList<>();
    for (int left = Integer.parseInt(line()); left > 0; left--) {
      list.add(value());
    }
    return list;
  }

  /** Reads the reply of a write that must have succeeded. */
  public void expectOk() throws IOException {
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
