package dev.millrace.engine.replication;

import dev.millrace.engine.config.ReplicaOf;
import io.netty.util.NetUtil;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * The socket to a master: commands out, lines and bytes in.
 *
 * <p>Reading belongs to the link's thread; {@link #send} is for any thread, one command at a time.
 */
final class MasterConnection implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 << 10;
  private static final int LINE_BYTES_MAX = 1024;

  private final Socket socket = new Socket();
  private final InputStream in;
  private final OutputStream out;

  /**
   * Connects.
   *
   * @param from the address of ours to connect from; empty for any
   * @param timeoutMillis how long connecting, and later the master's silence, may last
   */
  MasterConnection(ReplicaOf master, String from, int timeoutMillis) throws IOException {
    try {
      if (!from.isEmpty()) {
        socket.bind(new InetSocketAddress(from, 0));
      }
      socket.connect(new InetSocketAddress(master.host(), master.port()), timeoutMillis);
      socket.setTcpNoDelay(true);
      socket.setKeepAlive(true);
      socket.setSoTimeout(timeoutMillis);
      in = new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES);
      out = socket.getOutputStream();
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Between which addresses the stream comes from now on. */
  LinkEnds ends() {
    return new LinkEnds(
        text(socket.getInetAddress(), socket.getPort()),
        text(socket.getLocalAddress(), socket.getLocalPort()),
        System.currentTimeMillis());
  }

  private static String text(InetAddress address, int port) {
    return NetUtil.toSocketAddressString(new InetSocketAddress(address, port));
  }

  /** Sends one command. */
  synchronized void send(String... words) throws IOException {
    StringBuilder command = new StringBuilder().append('*').append(words.length).append("\r\n");
    for (String word : words) {
      byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
      command.append('$').append(bytes.length).append("\r\n").append(word).append("\r\n");
    }
    out.write(command.toString().getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  /** Sends an empty line, which means nothing but that we are here, busy with a dataset. */
  synchronized void keepAlive() throws IOException {
    out.write('\n');
    out.flush();
  }

  /**
   * Says who we are, where a password is set.
   *
   * @param user empty for the default user
   */
  void authenticate(String user, String password) throws IOException {
    if (!password.isEmpty()) {
      String answer = user.isEmpty() ? ask("AUTH", password) : ask("AUTH", user, password);
      if (!answer.startsWith("+")) {
        throw new IOException("it refused masterauth: " + answer);
      }
    }
  }

  /** Sends one command and reads the line that answers it. */
  String ask(String... words) throws IOException {
    send(words);
    return line();
  }

  /**
   * The next line that is not empty, without its end: a master that is still busy sends empty ones.
   */
  String line() throws IOException {
    String line = "";
    while (line.isEmpty()) {
      line = anyLine();
    }
    return line;
  }

  private String anyLine() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int next = in.read();
    while (next != '\n') {
      if (next < 0) {
        throw new EOFException("the master closed the connection");
      }
      if (line.size() == LINE_BYTES_MAX) {
        throw new IOException("the master sent a line of more than " + LINE_BYTES_MAX + " bytes");
      }
      if (next != '\r') {
        line.write(next);
      }
      next = in.read();
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }

  /** Reads what is there, at least one byte and at most {@code length}. */
  int read(byte[] into, int offset, int length) throws IOException {
    int n = in.read(into, offset, length);
    if (n < 0) {
      throw new EOFException("the master closed the connection");
    }
    return n;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
