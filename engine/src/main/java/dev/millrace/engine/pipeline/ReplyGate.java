package dev.millrace.engine.pipeline;

import dev.millrace.engine.command.Client;
import dev.millrace.engine.net.Connection;
import dev.millrace.engine.net.RequestBatch;
import dev.millrace.engine.protocol.ReplyBuffer;
import java.util.ArrayDeque;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends replies, and with {@code appendfsync always} holds each back until every byte of the stream
 * that stood before it is durable. Reads are held too: they may have seen a write that is not.
 *
 * <p>One fsync covers whatever was appended while the one before was under way (group commit); the
 * journal wakes the executor after each, and the executor lets go of what it covers.
 *
 * <p>Bounded (L7): a client has at most one finished batch here, and messages within its output
 * limits, for what is held counts as outstanding.
 *
 * <p>Owned by: executor thread.
 */
public final class ReplyGate {
  private static final class Held {
    long offset;
    long bytes;
    @Nullable Connection connection;
    @Nullable ReplyBuffer first;
    @Nullable RequestBatch completes;
    boolean closeAfter;
  }

  private final LongSupplier durableOffset;
  private final ArrayDeque<Held> held = new ArrayDeque<>();
  private final ArrayDeque<Held> spare = new ArrayDeque<>();
  private boolean untilDurable;

  /**
   * A gate that is open.
   *
   * @param durableOffset replication offset up to which the log is durable
   */
  public ReplyGate(LongSupplier durableOffset) {
    this.durableOffset = durableOffset;
  }

  /** Holds replies back until they are durable, or no longer. */
  public void holdUntilDurable(boolean value) {
    untilDurable = value;
    release();
  }

  /**
   * Sends what was replied to {@code client} in this round.
   *
   * @param completes the client's batch when it is done with
   * @param offset replication offset at the end of the round
   */
  void send(Client client, @Nullable RequestBatch completes, long offset) {
    Connection connection = client.connection();
    if (connection == null) {
      return;
    }
    if (!untilDurable || (held.isEmpty() && offset <= durableOffset.getAsLong())) {
      client.reply().flush(completes, client.isClosing());
      return;
    }
    Held entry = spare.isEmpty() ? new Held() : spare.pop();
    entry.offset = offset;
    entry.connection = connection;
    entry.first = client.reply().take();
    entry.bytes = entry.first == null ? 0 : entry.first.chainMemoryBytes();
    connection.held(entry.bytes);
    entry.completes = completes;
    entry.closeAfter = client.isClosing();
    held.add(entry);
  }

  /** Sends what is durable by now. */
  void release() {
    if (held.isEmpty()) {
      return;
    }
    long durable = untilDurable ? durableOffset.getAsLong() : Long.MAX_VALUE;
    for (Held entry = held.peek(); entry != null && entry.offset <= durable; entry = held.peek()) {
      held.poll();
      Connection connection = entry.connection;
      assert connection != null;
      connection.held(-entry.bytes);
      connection.send(entry.first, entry.completes, entry.closeAfter);
      entry.connection = null;
      entry.first = null;
      entry.completes = null;
      spare.push(entry);
    }
  }
}
