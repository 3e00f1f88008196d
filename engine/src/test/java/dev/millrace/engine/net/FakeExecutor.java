package dev.millrace.engine.net;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.protocol.CommandLookup;
import dev.millrace.engine.protocol.ReplyPool;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.protocol.Request;
import dev.millrace.engine.protocol.RequestLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A server with a handful of commands: a bounded ring and one thread behind it, as the real one.
 * Knows PING, ECHO, AUTH, BIG n, PARK (keeps the batch until {@link #unpark}), QUIT and NAP (waits
 * for {@link #nap}); answers anything else as an unknown command, in Redis's words.
 */
final class FakeExecutor implements RequestSink, AutoCloseable {
  private record Hello(Connection connection) {}

  private record Bye(Connection connection) {}

  private record Unpark(Connection connection) {}

  /** What the executor keeps for a client. */
  private static final class Client {
    final ReplyWriter out;
    @Nullable RequestBatch held;
    int next;
    boolean mustAuthenticate;

    Client(ReplyWriter out, boolean mustAuthenticate) {
      this.out = out;
      this.mustAuthenticate = mustAuthenticate;
    }
  }

  final NetworkServer server;
  final ReplyPool pool = new ReplyPool();
  final ConcurrentLinkedQueue<Connection> connected = new ConcurrentLinkedQueue<>();
  final ConcurrentLinkedQueue<Connection> disconnected = new ConcurrentLinkedQueue<>();
  final AtomicInteger commands = new AtomicInteger();
  final AtomicInteger batches = new AtomicInteger();
  final AtomicInteger refusals = new AtomicInteger();
  volatile CountDownLatch nap = new CountDownLatch(0);
  volatile @Nullable Throwable failure;

  private final BlockingQueue<Object> ring;
  private final boolean password;
  private final Thread thread = new Thread(this::run, "fake-executor");
  private final Request request = new Request();
  private volatile boolean stop;

  FakeExecutor(NetworkOptions options, int ringSize, boolean password) throws IOException {
    this.ring = new ArrayBlockingQueue<>(ringSize);
    this.password = password;
    CommandLookup lookup = (address, length) -> null;
    server = new NetworkServer(options, new RequestLimits(), lookup, this);
    server.restrictNewConnections(password);
    server.start();
    thread.start();
  }

  static FakeExecutor on(TransportChoice transport) throws IOException {
    return new FakeExecutor(
        NetworkOptions.on(List.of("127.0.0.1"), 0, 2).with(transport), 1024, false);
  }

  private boolean put(Object event) {
    boolean room = ring.offer(event);
    if (!room) {
      refusals.incrementAndGet();
    }
    return room;
  }

  @Override
  public boolean offer(RequestBatch batch) {
    return put(batch);
  }

  @Override
  public void offered() {
    // The ring wakes the thread by itself.
  }

  @Override
  public boolean connected(Connection connection) {
    return put(new Hello(connection));
  }

  @Override
  public boolean disconnected(Connection connection) {
    return put(new Bye(connection));
  }

  /** Lets the command after PARK go on. */
  void unpark(Connection connection) throws InterruptedException {
    ring.put(new Unpark(connection));
  }

  private void run() {
    try {
      while (!stop) {
        Object event = ring.poll(20, TimeUnit.MILLISECONDS);
        if (event != null) {
          handle(event);
        }
        if (ring.isEmpty()) {
          server.wakeLoops();
        }
      }
    } catch (Throwable t) {
      failure = t;
    }
  }

  private void handle(Object event) throws InterruptedException {
    switch (event) {
      case Hello hello -> {
        hello.connection.attachment(new Client(new ReplyWriter(pool, hello.connection), password));
        connected.add(hello.connection);
      }
      case Bye bye -> {
        Client client = client(bye.connection);
        if (client.held != null) {
          client.out.flush(client.held, false);
          client.held = null;
        }
        disconnected.add(bye.connection);
      }
      case Unpark unpark -> {
        Client client = client(unpark.connection);
        RequestBatch held = client.held;
        if (held != null) {
          client.held = null;
          execute(client, held);
        }
      }
      case RequestBatch batch -> {
        batches.incrementAndGet();
        Client client = client(batch.connection());
        client.next = 0;
        execute(client, batch);
      }
      default -> throw new IllegalStateException();
    }
  }

  private static Client client(Connection connection) {
    return (Client) Objects.requireNonNull(connection.attachment());
  }

  private void execute(Client client, RequestBatch batch) throws InterruptedException {
    while (client.next < batch.count()) {
      batch.select(client.next++, request);
      commands.incrementAndGet();
      String name = request.text(0).toUpperCase(Locale.ROOT);
      if (client.mustAuthenticate && !name.equals("AUTH")) {
        client.out.error("NOAUTH Authentication required.");
        continue;
      }
      switch (name) {
        case "PING" -> {
          if (request.argc() == 1) {
            client.out.simple("PONG");
          } else {
            client.out.bulk(request.address(1), request.length(1));
          }
        }
        case "ECHO" -> client.out.bulk(request.address(1), request.length(1));
        case "AUTH" -> {
          client.mustAuthenticate = false;
          batch.connection().restricted(false);
          client.out.ok();
        }
        case "BIG" -> client.out.bulk("b".repeat(Integer.parseInt(request.text(1))));
        case "NAP" -> {
          nap.await();
          client.out.ok();
        }
        case "PARK" -> {
          client.held = batch;
          batch.connection().park();
          return;
        }
        case "QUIT" -> {
          client.out.ok();
          client.out.flush(batch, true);
          return;
        }
        default -> client.out.error(unknown());
      }
    }
    boolean close = batch.error() != null;
    if (batch.error() != null) {
      batch.error().writeTo(client.out);
    }
    client.out.flush(batch, close);
  }

  private String unknown() {
    StringBuilder text = new StringBuilder("ERR unknown command '");
    text.append(request.text(0), 0, Math.min(128, request.length(0)));
    text.append("', with args beginning with: ");
    for (int i = 1; i < request.argc() && text.length() < 300; i++) {
      text.append('\'')
          .append(
              new String(
                  Memory.bytes(request.address(i), Math.min(128, request.length(i))),
                  StandardCharsets.ISO_8859_1))
          .append("' ");
    }
    return text.toString();
  }

  /** Stops everything and checks that nothing is left. */
  @Override
  public void close() {
    nap.countDown();
    server.stop();
    stop = true;
    try {
      thread.join();
      Object left;
      while ((left = ring.poll()) != null) {
        handle(left);
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    server.wakeLoops();
    pool.close();
    if (failure != null) {
      throw new AssertionError("the executor failed", failure);
    }
    if (pool.mapped() != 0 || server.batchesMapped() != 0) {
      throw new AssertionError(
          "leak: " + pool.mapped() + " reply buffers, " + server.batchesMapped() + " batches");
    }
    if (connected.size() != disconnected.size() || server.connectionCount() != 0) {
      throw new AssertionError(
          connected.size() + " connected, " + disconnected.size() + " disconnected");
    }
  }
}
