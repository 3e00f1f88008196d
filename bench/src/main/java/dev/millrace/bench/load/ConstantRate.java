package dev.millrace.bench.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;

/**
 * A fixed number of requests per second whatever the server does. Each latency counts from the
 * moment the request was due, so a stall is felt by every request that fell into it and not only by
 * the one that met it (what Gil Tene calls coordinated omission).
 *
 * <p>Two threads: one sends what is due, the caller's receives.
 */
public final class ConstantRate {
  private static final int READ_BYTES = 1 << 18;

  /** Requests of one connection that may be unanswered. */
  private static final int AHEAD = 1 << 13;

  private static final long LOOK_MILLIS = 1000;
  private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long SETTLE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final int port;
  private final int connections;
  private final Supplier<RequestBatch> requests;

  /** A run is done by {@link #run}; nothing is connected before. */
  public ConstantRate(int port, int connections, Form form, int valueBytes, KeyDraw keys) {
    this(port, connections, form, "x".repeat(valueBytes), keys);
  }

  /** The same with a value of the caller's, which is ASCII. */
  public ConstantRate(int port, int connections, Form form, String value, KeyDraw keys) {
    this.port = port;
    this.connections = connections;
    this.requests = () -> new RequestBatch(form, 1, value, keys);
  }

  /** A connection with the times at which its unanswered requests were due, in nanoseconds. */
  private static final class Client {
    final Connection connection;
    final long[] due = new long[AHEAD];

    /** Written by the sender after the time is stored, read by the receiver. */
    final AtomicLong sent = new AtomicLong();

    /** Written by the receiver, read by the sender for room. */
    final AtomicLong answered = new AtomicLong();

    Client(Connection connection) {
      this.connection = connection;
    }
  }

  /**
   * Sends so many requests, one each {@code 1 / perSecond}, the connections taking turns.
   *
   * @throws IOException when the server closes a connection or is silent for half a minute
   */
  public Measured run(long total, double perSecond) throws IOException, InterruptedException {
    Histogram latency = Measured.newHistogram();
    return run(total, perSecond, () -> false, latency, latency::recordValue);
  }

  /**
   * Sends until it is ended or so many are sent, and gives each latency away as it is measured.
   *
   * @param ended asked before each request, by the thread that sends
   * @param micros told the latencies, by the caller's thread
   * @return how many requests were answered
   * @throws IOException when the server closes a connection or is silent for half a minute
   */
  public long run(long most, double perSecond, BooleanSupplier ended, LongConsumer micros)
      throws IOException, InterruptedException {
    return run(most, perSecond, ended, Measured.newHistogram(), micros).requests();
  }

  private Measured run(
      long most, double perSecond, BooleanSupplier ended, Histogram latency, LongConsumer micros)
      throws IOException, InterruptedException {
    List<Client> clients = new ArrayList<>();
    try (Selector selector = Selector.open();
        ExecutorService sending =
            Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory())) {
      try {
        for (int i = 0; i < connections; i++) {
          Client client = new Client(new Connection(port, requests.get()));
          clients.add(client);
          client.connection.register(selector, client);
        }
        // What lives as long as the run is put away now: a collection in its midst that finds it
        // young takes a tenth of a second, and looks like a stall of the server.
        System.gc();
        long start = System.nanoTime() + SETTLE_NANOS;
        Future<Long> sender =
            sending.submit(() -> {
              try {
                return send(clients, most, start, 1e9 / perSecond, ended);
              } finally {
                selector.wakeup(); // all may be answered already
              }
            });
        long cpu = ClosedLoop.threadCpuNanos();
        long total = receive(selector, clients, micros, sender);
        long nanos = System.nanoTime() - start;
        cpu = ClosedLoop.threadCpuNanos() - cpu;
        return new Measured(total, nanos, latency, cpu + sender.get());
      } catch (ExecutionException e) {
        throw new IOException("sending failed", e.getCause());
      } finally {
        for (Client client : clients) {
          client.connection.close();
        }
        sending.shutdownNow();
      }
    }
  }

  /** Returns how many replies came: all there were to come, once the sender has ended. */
  private static long receive(
      Selector selector, List<Client> clients, LongConsumer micros, Future<Long> sender)
      throws IOException, ExecutionException, InterruptedException {
    ByteBuffer space = ByteBuffer.allocateDirect(READ_BYTES);
    long done = 0;
    long heard = System.nanoTime();
    while (!sender.isDone() || done < sent(clients)) {
      if (selector.select(LOOK_MILLIS) == 0) {
        if (sender.isDone()) {
          sender.get();
        }
        if (System.nanoTime() - heard > SILENCE_NANOS) {
          throw new IOException("no reply for " + SILENCE_NANOS / 1_000_000_000 + " s");
        }
        continue;
      }
      heard = System.nanoTime();
      for (SelectionKey key : selector.selectedKeys()) {
        Client client = (Client) key.attachment();
        int replies = client.connection.receive(space);
        long now = System.nanoTime();
        long first = client.answered.get();
        for (long i = first; i < first + replies; i++) {
          micros.accept(Math.max(0, now - client.due[(int) (i % AHEAD)]) / 1000);
        }
        client.answered.set(first + replies);
        done += replies;
      }
      selector.selectedKeys().clear();
    }
    return done;
  }

  private static long sent(List<Client> clients) {
    long sum = 0;
    for (Client client : clients) {
      sum += client.sent.get();
    }
    return sum;
  }

  /** Returns the processor time it took. */
  private static long send(
      List<Client> clients, long most, long start, double nanosBetween, BooleanSupplier ended)
      throws IOException {
    for (long i = 0; i < most && !ended.getAsBoolean(); i++) {
      long due = start + (long) (i * nanosBetween);
      for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
        LockSupport.parkNanos(wait);
      }
      Client client = clients.get((int) (i % clients.size()));
      long sent = client.sent.get();
      // A server so far behind is waited for; what waits is late, and counted as late.
      while (sent - client.answered.get() >= AHEAD) {
        pause();
      }
      client.due[(int) (sent % AHEAD)] = due;
      client.sent.set(sent + 1);
      boolean gone = client.connection.send();
      while (!gone) {
        pause();
        gone = client.connection.sendRest();
      }
    }
    return ClosedLoop.threadCpuNanos();
  }

  private static void pause() throws IOException {
    if (Thread.currentThread().isInterrupted()) {
      throw new IOException("stopped");
    }
    LockSupport.parkNanos(100_000);
  }
}
