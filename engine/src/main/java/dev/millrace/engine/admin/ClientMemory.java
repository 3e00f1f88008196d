package dev.millrace.engine.admin;

import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Subscriptions;
import dev.millrace.engine.net.Connection;
import dev.millrace.engine.net.RequestBatch;
import dev.millrace.engine.tracking.Tracking;
import dev.millrace.engine.tracking.TrackingState;

/**
 * What memory one client takes, as CLIENT LIST tells it and {@code maxmemory-clients} counts it.
 *
 * <p>Arguments are not copied out of the query buffer here, so {@code argv-mem} is the index that
 * says where they lie. Buffers of the usual size are shared by all clients: of these, only the
 * bytes a client has in them count; a buffer that has grown for a client counts whole.
 *
 * <p>Executor thread.
 */
public final class ClientMemory {
  /** About what the objects of a connection take on the Java heap: client, channel, pipeline. */
  static final long OBJECT_BYTES = 4096;

  private ClientMemory() {}

  /** Bytes received and not carried out, those of the command under way included. */
  static long queryBytes(Client client) {
    Connection connection = client.connection();
    RequestBatch batch = client.batch();
    return (connection == null ? 0 : connection.inputBytes())
        + (batch == null ? 0 : batch.filled());
  }

  /** Room for more in the buffers that {@link #queryBytes} lie in. */
  static long queryFreeBytes(Client client) {
    Connection connection = client.connection();
    RequestBatch batch = client.batch();
    return (connection == null ? 0 : connection.inputFreeBytes())
        + (batch == null ? 0 : batch.capacity() - batch.filled());
  }

  /** The index of the arguments of what is with the executor. */
  static long argumentBytes(Client client) {
    RequestBatch batch = client.batch();
    return batch == null ? 0 : batch.indexBytes();
  }

  /** What MULTI has queued, and the keys watched. */
  static long transactionBytes(Client client) {
    return client.transaction().memoryBytes() + client.watcher().memoryBytes();
  }

  /** Everything. */
  public static long totalBytes(Client client) {
    Connection connection = client.connection();
    RequestBatch batch = client.batch();
    Subscriptions subscriptions = client.subscriptions();
    TrackingState tracking = Tracking.of(client);
    return OBJECT_BYTES
        + client.name().length()
        + (connection == null ? 0 : connection.inputMemoryBytes())
        + (batch == null ? 0 : batch.heldBytes())
        + transactionBytes(client)
        + client.waitingBytes()
        + (subscriptions == null ? 0 : subscriptions.memoryBytes())
        + (tracking == null ? 0 : tracking.memoryBytes());
  }
}
