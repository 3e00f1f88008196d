package dev.millrace.engine.admin;

import dev.millrace.engine.memory.Memory;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What MIGRATE says to the other server: filled on the executor, then run once by another thread.
 * Signing in and the choice of the database are answered before the first key is sent, so that none
 * lands where it does not belong.
 */
final class MigrateExchange {
  static final String NOT_CONNECTED = "IOERR error or timeout connecting to the client";
  private static final String NOT_WRITTEN = "IOERR error or timeout writing to target instance";
  private static final String NOT_READ = "IOERR error or timeout reading to target instance";
  private static final int LINE_BYTES_MAX = 64 * 1024;

  /**
   * How it went.
   *
   * @param refusal the error for the caller, or null
   * @param arrived which keys the other server has
   */
  record Outcome(@Nullable String refusal, boolean[] arrived) {}

  private final String host;
  private final String port;
  private final int timeoutMillis;
  private final List<byte[]> opening = new ArrayList<>();
  private final List<byte[]> restores = new ArrayList<>();

  MigrateExchange(
      String host, String port, int timeoutMillis, List<byte[]> credentials, long database) {
    this.host = host;
    this.port = port;
    this.timeoutMillis = timeoutMillis;
    if (!credentials.isEmpty()) {
      List<byte[]> auth = new ArrayList<>(List.of(ascii("AUTH")));
      auth.addAll(credentials);
      opening.add(command(auth));
    }
    opening.add(command(List.of(ascii("SELECT"), ascii(Long.toString(database)))));
  }

  /** Adds a key to be restored there. */
  void restore(byte[] key, long ttlMillis, long payload, long bytes, boolean replaces) {
    List<byte[]> words = new ArrayList<>();
    words.add(ascii("RESTORE"));
    words.add(key);
    words.add(ascii(Long.toString(ttlMillis)));
    words.add(Memory.bytes(payload, Math.toIntExact(bytes)));
    if (replaces) {
      words.add(ascii("REPLACE"));
    }
    restores.add(command(words));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] command(List<byte[]> words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(ascii("*" + words.size() + "\r\n"));
    for (byte[] word : words) {
      out.writeBytes(ascii("$" + word.length + "\r\n"));
      out.writeBytes(word);
      out.writeBytes(ascii("\r\n"));
    }
    return out.toByteArray();
  }

  /** Connects, sends everything and reads the answers. */
  Outcome run() {
    boolean[] arrived = new boolean[restores.size()];
    try (Socket socket = new Socket()) {
      try {
        socket.connect(new InetSocketAddress(host, Integer.parseInt(port)), timeoutMillis);
        socket.setSoTimeout(timeoutMillis);
        socket.setTcpNoDelay(true);
      } catch (ConnectException refused) {
        return new Outcome(NOT_WRITTEN, arrived);
      } catch (IOException | IllegalArgumentException unreachable) {
        return new Outcome(NOT_CONNECTED, arrived);
      }
      InputStream in = new BufferedInputStream(socket.getInputStream());
      String refusal = sendAll(socket.getOutputStream(), in, opening, new boolean[opening.size()]);
      if (refusal == null) {
        refusal = sendAll(socket.getOutputStream(), in, restores, arrived);
      }
      return new Outcome(refusal, arrived);
    } catch (IOException e) {
      return new Outcome(NOT_READ, arrived);
    }
  }

  /** Sends commands one by one; returns the first thing that went wrong, or null. */
  private static @Nullable String sendAll(
      OutputStream out, InputStream in, List<byte[]> commands, boolean[] done) {
    String refusal = null;
    for (int i = 0; i < commands.size(); i++) {
      try {
        out.write(commands.get(i));
        out.flush();
      } catch (IOException e) {
        return NOT_WRITTEN;
      }
      String answer;
      try {
        answer = line(in);
      } catch (IOException e) {
        return NOT_READ;
      }
      done[i] = !answer.startsWith("-");
      if (!done[i] && refusal == null) {
        refusal = "ERR Target instance replied with error: " + answer.substring(1);
      }
    }
    return refusal;
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0 || out.size() > LINE_BYTES_MAX) {
        throw new IOException("no whole answer");
      }
      if (b != '\r') {
        out.write(b);
      }
    }
    return out.toString(StandardCharsets.ISO_8859_1);
  }
}
