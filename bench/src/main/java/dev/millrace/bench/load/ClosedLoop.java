package dev.millrace.bench.load;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;

/**
 * As fast as the server answers: each connection sends a batch, awaits all its replies and sends
 * the next, as {@code redis-benchmark} does. One thread, the caller's.
 */
public final class ClosedLoop {
  private static final int READ_BYTES = 1 << 18;
  private static final long SILENCE_MILLIS = 30_000;

  private final int port;
  private final int connections;
  private final int pipeline;
  private final Supplier<RequestBatch> batches;

  /** A run is done by {@link #run}; nothing is connected before. */
  public ClosedLoop(
      int port, int connections, int pipeline, Form form, int valueBytes, KeyDraw keys) {
    this(port, connections, pipeline, form, "x".repeat(valueBytes), keys);
  }

  /** The same with a value of the caller's, which is ASCII. */
  public ClosedLoop(
      int port, int connections, int pipeline, Form form, String value, KeyDraw keys) {
    this.port = port;
    this.connections = connections;
    this.pipeline = pipeline;
    this.batches = () -> new RequestBatch(form, pipeline, value, keys);
  }

  /** A connection, and what it waits for. */
  private static final class Client {
    final Connection connection;
    int awaited;
    long sentAt;

    Client(Connection connection) {
      this.connection = connection;
    }
  }

  /**
   * Sends so many requests, rounded up to whole batches.
   *
   * @throws IOException when the server closes a connection or is silent for half a minute
   */
  public Measured run(long requests) throws IOException {
    return run(requests, Long.MAX_VALUE);
  }

  /**
   * Sends so many requests, rounded up to whole batches, or fewer when the time is over before:
   * then what was sent is still awaited.
   *
   * @throws IOException when the server closes a connection or is silent for half a minute
   */
  public Measured run(long requests, long nanosMax) throws IOException {
    long batchesLeft = (requests + pipeline - 1) / pipeline;
    Histogram latency = Measured.newHistogram();
    ByteBuffer space = ByteBuffer.allocateDirect(READ_BYTES);
    List<Client> clients = new ArrayList<>();
    try (Selector selector = Selector.open()) {
      for (int i = 0; i < connections; i++) {
        Connection connection = new Connection(port, batches.get());
        Client client = new Client(connection);
        clients.add(client);
        connection.register(selector, client);
      }
      long cpu = threadCpuNanos();
      long start = System.nanoTime();
      int awaited = 0;
      for (SelectionKey key : selector.keys()) {
        if (batchesLeft > 0) {
          batchesLeft--;
          awaited++;
          send(key, System.nanoTime());
        }
      }
      long done = 0;
      long now = start;
      while (awaited > 0) {
        if (selector.select(SILENCE_MILLIS) == 0) {
          throw new IOException("no reply for " + SILENCE_MILLIS / 1000 + " s");
        }
        for (SelectionKey key : selector.selectedKeys()) {
          Client client = (Client) key.attachment();
          if (key.isWritable() && client.connection.sendRest()) {
            key.interestOps(SelectionKey.OP_READ);
          }
          if (!key.isReadable()) {
            continue;
          }
          client.awaited -= client.connection.receive(space);
          if (client.awaited == 0) {
            now = System.nanoTime();
            latency.recordValueWithCount((now - client.sentAt) / 1000, pipeline);
            done += pipeline;
            awaited--;
            if (batchesLeft > 0 && now - start < nanosMax) {
              batchesLeft--;
              awaited++;
              send(key, now);
            }
          }
        }
        selector.selectedKeys().clear();
      }
      return new Measured(done, now - start, latency, threadCpuNanos() - cpu);
    } finally {
      for (Client client : clients) {
        client.connection.close();
      }
    }
  }

  private void send(SelectionKey key, long now) throws IOException {
    Client client = (Client) key.attachment();
    client.awaited = pipeline;
    client.sentAt = now;
    if (!client.connection.send()) {
      key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
    }
  }

  static long threadCpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }
}
