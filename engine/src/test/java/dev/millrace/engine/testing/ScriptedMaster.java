package dev.millrace.engine.testing;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A master that says what the test has written for it: each connection is served by the next of the
 * scripts given, and further ones are closed at once. A script ends when the replica hangs up.
 *
 * <p>Threads: one of its own accepts, one per connection serves; the test's gives scripts and asks
 * what was said.
 */
public final class ScriptedMaster implements AutoCloseable {
  /** What is said on one connection; what it throws ends the connection. */
  @FunctionalInterface
  public interface Script {
    void serve(Link link) throws IOException, InterruptedException;
  }

  /** One connection of a replica. */
  public static final class Link {
    private final Socket socket;
    private final InputStream in;
    private final List<String> asked;

    Link(Socket socket, List<String> asked) throws IOException {
      this.socket = socket;
      this.in = new BufferedInputStream(socket.getInputStream());
      this.asked = asked;
    }

    /** Answers PING and REPLCONF; returns what comes then, PSYNC or SYNC, as one text. */
    public String shakeHands() throws IOException {
      while (true) {
        String command = command();
        if (command.startsWith("PING")) {
          send("+PONG\r\n");
        } else if (!command.startsWith("REPLCONF")) {
          return command;
        } else if (!command.startsWith("REPLCONF ACK")) {
          send("+OK\r\n");
        }
      }
    }

    /** The next command, its words with a blank between. */
    public String command() throws IOException {
      String line = line();
      while (line.isEmpty()) {
        // A replica that is busy loading sends an empty line now and then.
        line = line();
      }
      List<String> words = new ArrayList<>();
      if (!line.startsWith("*")) {
        words.add(line);
      } else {
        int count = Integer.parseInt(line.substring(1));
        for (int i = 0; i < count; i++) {
          int length = Integer.parseInt(line().substring(1));
          words.add(new String(in.readNBytes(length), StandardCharsets.UTF_8));
          line();
        }
      }
      String command = String.join(" ", words);
      asked.add(command);
      return command;
    }

    private String line() throws IOException {
      StringBuilder line = new StringBuilder();
      for (int next = in.read(); next != '\n'; next = in.read()) {
        if (next < 0) {
          throw new EOFException("the replica hung up");
        }
        if (next != '\r') {
          line.append((char) next);
        }
      }
      return line.toString();
    }

    /** Sends text. */
    public void send(String text) throws IOException {
      send(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Sends bytes. */
    public void send(byte[] bytes) throws IOException {
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
    }

    /** Sends a dataset as a bulk of its length. */
    public void sendDataset(byte[] rdb) throws IOException {
      send("$" + rdb.length + "\r\n");
      send(rdb);
    }

    /** Reads on until the replica hangs up. */
    public void stay() throws IOException {
      while (true) {
        command();
      }
    }
  }

  private final ServerSocket listening;
  private final Queue<Script> scripts = new ConcurrentLinkedQueue<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final Thread thread;
  private final List<Socket> open = new CopyOnWriteArrayList<>();
  private final List<Thread> serving = new CopyOnWriteArrayList<>();

  private ScriptedMaster() throws IOException {
    listening = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
    thread = Thread.ofPlatform().daemon().name("scripted-master").start(this::serve);
  }

  /** Listens; each of the scripts serves one connection. */
  public static ScriptedMaster start(Script... scripts) {
    try {
      ScriptedMaster master = new ScriptedMaster();
      master.then(scripts);
      return master;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A full sync: the dataset at an offset of a history, and nothing after it. */
  public static Script fullSync(String id, long offset, byte[] rdb) {
    return link -> {
      link.shakeHands();
      link.send("+FULLRESYNC " + id + " " + offset + "\r\n");
      link.sendDataset(rdb);
      link.stay();
    };
  }

  /** Adds scripts for further connections. */
  public void then(Script... more) {
    scripts.addAll(List.of(more));
  }

  /** Where it listens, on 127.0.0.1. */
  public int port() {
    return listening.getLocalPort();
  }

  /** All commands that came so far. */
  public List<String> asked() {
    return List.copyOf(asked);
  }

  /** Those of them that ask for the stream. */
  public List<String> syncsAsked() {
    return asked().stream().filter(each -> each.contains("SYNC")).toList();
  }

  private void serve() {
    while (!listening.isClosed()) {
      try {
        Socket socket = listening.accept();
        Script script = scripts.poll();
        if (script == null) {
          socket.close();
        } else {
          open.add(socket);
          serving.add(
              Thread.ofPlatform().daemon().name("scripted").start(() -> serve(script, socket)));
        }
      } catch (IOException e) {
        // The test is over.
      }
    }
  }

  private void serve(Script script, Socket socket) {
    try (socket) {
      script.serve(new Link(socket, asked));
    } catch (IOException e) {
      // The replica hung up, or the test is over.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    try {
      listening.close();
      thread.join();
      for (Socket socket : open) {
        socket.close();
      }
      for (Thread each : serving) {
        each.interrupt();
        each.join();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
