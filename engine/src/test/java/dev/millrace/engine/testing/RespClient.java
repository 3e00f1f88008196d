package dev.millrace.engine.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A blocking RESP client of few lines, so that tests see exactly what a server sends.
 *
 * <p>Arguments are {@code byte[]} (as they are) or anything else (its text in UTF-8). Replies:
 * simple strings are {@link String}, errors {@link RespError}, integers {@link Long}, bulk and
 * verbatim strings {@code byte[]}, arrays, sets and pushes {@link List}, maps a {@link Map} in the
 * order received, doubles {@link Double}, booleans {@link Boolean}, big numbers {@link
 * java.math.BigInteger}, nulls of any kind {@code null}.
 *
 * <p>Owned by: the test's thread.
 */
public final class RespClient implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 20_000;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final ByteArrayOutputStream raw = new ByteArrayOutputStream();

  private RespClient(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
    this.out = socket.getOutputStream();
  }

  /** Connects to a server on this machine; every later read fails after 20 seconds of silence. */
  public static RespClient connect(int port) {
    try {
      return open(port);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same, with a socket that receives little that is not read. */
  public static RespClient connect(int port, int receiveBufferBytes) {
    try {
      return open(port, receiveBufferBytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static RespClient open(int port) throws IOException {
    return open(port, 0);
  }

  private static RespClient open(int port, int receiveBufferBytes) throws IOException {
    Socket socket = new Socket();
    try {
      if (receiveBufferBytes > 0) {
        socket.setReceiveBufferSize(receiveBufferBytes);
      }
      socket.setTcpNoDelay(true);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      return new RespClient(socket);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Sends one command and returns its reply; an error reply is returned, not thrown. */
  public @Nullable Object call(Object... arguments) {
    send(arguments);
    return read();
  }

  /**
   * Sends one command and returns its reply as text: bulk strings decoded as UTF-8, integers in
   * decimal, arrays in brackets, {@code (nil)} for a null.
   *
   * @throws IllegalStateException when the server answers with an error
   */
  public String text(Object... arguments) {
    Object reply = call(arguments);
    if (reply instanceof RespError error) {
      throw new IllegalStateException(arguments[0] + " was answered with: " + error.text());
    }
    return render(reply);
  }

  /** Sends one command and returns the bytes of its reply as they came, one char per byte. */
  public String wire(Object... arguments) {
    send(arguments);
    return readWire();
  }

  /** Sends one command without waiting for the reply. */
  public void send(Object... arguments) {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(ascii("*" + arguments.length + "\r\n"));
    for (Object argument : arguments) {
      byte[] bytes =
          argument instanceof byte[] given
              ? given
              : argument.toString().getBytes(StandardCharsets.UTF_8);
      request.writeBytes(ascii("$" + bytes.length + "\r\n"));
      request.writeBytes(bytes);
      request.writeBytes(ascii("\r\n"));
    }
    sendRaw(request.toByteArray());
  }

  /** Sends these bytes as they are. */
  public void sendRaw(byte[] bytes) {
    try {
      out.write(bytes);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads the next reply or push. */
  public @Nullable Object read() {
    try {
      raw.reset();
      return parse();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads the next reply or push and returns its bytes as they came, one char per byte. */
  public String readWire() {
    read();
    return raw.toString(StandardCharsets.ISO_8859_1);
  }

  /** The next line that is not empty, without its end: a master that is busy sends empty ones. */
  public String nextLine() {
    StringBuilder line = new StringBuilder();
    while (true) {
      char next = (char) readBytes(1)[0];
      if (next == '\n' && line.length() > 0) {
        return line.toString();
      } else if (next != '\r' && next != '\n') {
        line.append(next);
      }
    }
  }

  /** Reads this many bytes as they come, for streams that are not replies. */
  public byte[] readBytes(int count) {
    try {
      raw.reset();
      return take(count);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether something has come that was not read yet. */
  public boolean hasInput() {
    try {
      return in.available() > 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** True when the server has closed the connection (waits for the next byte or the end). */
  public boolean isAtEnd() {
    try {
      in.mark(1);
      if (in.read() < 0) {
        return true;
      }
      in.reset();
      return false;
    } catch (SocketException e) {
      return true; // reset by the server
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A reply as readable text, the form {@link #text} returns. */
  public static String render(@Nullable Object reply) {
    return switch (reply) {
      case null -> "(nil)";
      case byte[] bytes -> new String(bytes, StandardCharsets.UTF_8);
      case RespError error -> "-" + error.text();
      case List<?> list -> list.stream().map(RespClient::render).toList().toString();
      case Map<?, ?> map -> {
        Map<String, String> rendered = new LinkedHashMap<>();
        map.forEach((key, value) -> rendered.put(render(key), render(value)));
        yield rendered.toString();
      }
      default -> reply.toString();
    };
  }

  private @Nullable Object parse() throws IOException {
    String line = line();
    String rest = line.substring(1);
    return switch (line.charAt(0)) {
      case '+' -> rest;
      case '-' -> new RespError(rest);
      case ':' -> Long.valueOf(rest);
      case '(' -> new java.math.BigInteger(rest);
      case ',' -> real(rest);
      case '#' -> rest.equals("t");
      case '_' -> null;
      case '$', '!' -> bulk(line.charAt(0), Integer.parseInt(rest));
      case '=' -> {
        byte[] verbatim = java.util.Objects.requireNonNull(payload(Integer.parseInt(rest)));
        yield java.util.Arrays.copyOfRange(verbatim, 4, verbatim.length);
      }
      case '*', '~', '>' -> list(Integer.parseInt(rest));
      case '%' -> map(Integer.parseInt(rest));
      case '|' -> {
        map(Integer.parseInt(rest));
        yield parse();
      }
      default -> throw new IOException("not a reply: " + line);
    };
  }

  private static Double real(String text) {
    return switch (text) {
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      case "nan" -> Double.NaN;
      default -> Double.valueOf(text);
    };
  }

  private @Nullable Object bulk(char kind, int length) throws IOException {
    byte[] bytes = payload(length);
    return kind == '!' && bytes != null
        ? new RespError(new String(bytes, StandardCharsets.UTF_8))
        : bytes;
  }

  private byte @Nullable [] payload(int length) throws IOException {
    if (length < 0) {
      return null;
    }
    byte[] bytes = take(length);
    take(2);
    return bytes;
  }

  private @Nullable List<@Nullable Object> list(int count) throws IOException {
    if (count < 0) {
      return null;
    }
    List<@Nullable Object> list = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      list.add(parse());
    }
    return list;
  }

  private Map<@Nullable Object, @Nullable Object> map(int count) throws IOException {
    Map<@Nullable Object, @Nullable Object> map = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      Object key = parse();
      map.put(
          key instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : key, parse());
    }
    return map;
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (true) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException("the server closed the connection");
      }
      raw.write(next);
      if (next == '\n') {
        String text = line.toString(StandardCharsets.UTF_8);
        if (text.isEmpty() || text.equals("\r")) {
          throw new IOException("an empty line is not a reply");
        }
        return text.substring(0, text.length() - 1);
      }
      line.write(next);
    }
  }

  private byte[] take(int count) throws IOException {
    byte[] bytes = in.readNBytes(count);
    raw.writeBytes(bytes);
    if (bytes.length < count) {
      throw new EOFException("the server closed the connection inside a reply");
    }
    return bytes;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
