package dev.millrace.bench.servers;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongFunction;

/**
 * A connection that asks for facts and fills a server with keys. Replies are simple strings and
 * bulk strings only.
 *
 * <p>Owned by: one thread.
 */
public final class PlainClient implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int TIMEOUT_MILLIS = 60_000;
  private static final int PIPELINE = 256;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  /** Connects to a port of this machine. */
  public PlainClient(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    in = new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES);
    out = new BufferedOutputStream(socket.getOutputStream(), BUFFER_BYTES);
  }

  /**
   * Sends one inline command.
   *
   * @throws IOException also when the server answers with an error
   */
  public String call(String command) throws IOException {
    send(command + "\r\n");
    out.flush();
    return reply();
  }

  /** One number of INFO. */
  public long info(String section, String field) throws IOException {
    return number(info(section), field);
  }

  /** One section of INFO, by field. */
  public Map<String, String> info(String section) throws IOException {
    Map<String, String> fields = new LinkedHashMap<>();
    for (String line : call("INFO " + section).split("\r\n", -1)) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        fields.put(line.substring(0, colon), line.substring(colon + 1));
      }
    }
    return fields;
  }

  /** A number among such fields. */
  public static long number(Map<String, String> fields, String field) throws IOException {
    String text = fields.get(field);
    if (text == null) {
      throw new IOException("INFO has no " + field);
    }
    return Long.parseLong(text);
  }

  /**
   * Sets {@code key:000000000000} and so many more, the keys {@code redis-benchmark -r} uses, to
   * values of that many bytes.
   */
  public void fill(long keys, int valueBytes) throws IOException {
    fill(keys, "x".repeat(valueBytes));
  }

  /** Sets the same keys to this value, which is ASCII. */
  public void fill(long keys, String value) throws IOException {
    fill(keys, i -> command("SET", String.format(Locale.ROOT, "key:%012d", i), value));
  }

  /** Sends so many commands, as {@link #command} encodes them, pipelined; none may fail. */
  public void fill(long commands, LongFunction<String> command) throws IOException {
    long sent = 0;
    while (sent < commands) {
      long end = Math.min(commands, sent + PIPELINE);
      for (long i = sent; i < end; i++) {
        send(command.apply(i));
      }
      out.flush();
      for (long i = sent; i < end; i++) {
        reply();
      }
      sent = end;
    }
  }

  /** A command as a client sends it; its arguments are ASCII. */
  public static String command(String... arguments) {
    StringBuilder wire = new StringBuilder(128).append('*').append(arguments.length).append("\r\n");
    for (String argument : arguments) {
      wire.append('$').append(argument.length()).append("\r\n").append(argument).append("\r\n");
    }
    return wire.toString();
  }

  private void send(String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private String reply() throws IOException {
    String line = line();
    char type = line.charAt(0);
    String rest = line.substring(1);
    return switch (type) {
      case '+', ':' -> rest;
      case '$' -> {
        byte[] bulk = in.readNBytes(Integer.parseInt(rest) + 2);
        yield new String(bulk, 0, bulk.length - 2, StandardCharsets.ISO_8859_1);
      }
      default -> throw new IOException("the server said: " + line);
    };
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException("the server closed the connection");
      }
      line.append((char) next);
    }
    if (line.length() < 2) {
      throw new IOException("an empty reply");
    }
    line.setLength(line.length() - 1);
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
