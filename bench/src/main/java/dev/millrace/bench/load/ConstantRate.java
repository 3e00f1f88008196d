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
  private static final int AHEAD = 1 << 16;
  private static final long SILENCE_MILLIS = 30_000;
  private static final long SETTLE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final int port;
  private final int connections;
  private final Supplier<RequestBatch> requests;

  /** A run is done by {@link #run}; nothing is connected before. */
  public ConstantRate(int port, int connections, Form form, int valueBytes, KeyDraw keys) {
    this.port = port;
    this.connections = connections;
    this.requests = () -> new RequestBatch(form, 1, valueBytes, keys);
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
        long start = System.nanoTime() + SETTLE_NANOS;
        Future<Long> sender = sending.submit(() -> send(clients, total, start, 1e9 / perSecond));
        long cpu = ClosedLoop.threadCpuNanos();
        Histogram latency = Measured.newHistogram();
        receive(selector, total, latency, sender);
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

  private static void receive(Selector selector, long total, Histogram latency, Future<Long> sender)
      throws IOException, ExecutionException, InterruptedException {
    ByteBuffer space = ByteBuffer.allocateDirect(READ_BYTES);
    long done = 0;
    while (done < total) {
      if (selector.select(SILENCE_MILLIS) == 0) {
        if (sender.isDone()) {
          sender.get();
        }
        throw new IOException("no reply for " + SILENCE_MILLIS / 1000 + " s");
      }
      for (SelectionKey key : selector.selectedKeys()) {
        Client client = (Client) key.attachment();
        int replies = client.connection.receive(space);
        long now = System.nanoTime();
        long first = client.answered.get();
        for (long i = first; i < first + replies; i++) {
          latency.recordValue(Math.max(0, now - client.due[(int) (i % AHEAD)]) / 1000);
        }
        client.answered.set(first + replies);
        done += replies;
      }
      selector.selectedKeys().clear();
    }
  }

  /** Returns the processor time it took. */
  private static long send(List<Client> clients, long total, long start, double nanosBetween)
      throws IOException {
    for (long i = 0; i < total; i++) {
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
