package dev.millrace.engine.pubsub;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Clients;
import dev.millrace.engine.config.Config;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.memory.SlabAllocator;
import java.util.function.LongSupplier;

/**
 * Everything that reaches clients without their asking for it each time, wired together.
 *
 * <p>Owned by: executor thread.
 */
public final class Messaging implements AutoCloseable {
  private final Outbox outbox;
  private final PubSub pubSub;
  private final KeyspaceNotifications keyEvents;
  private final Monitors monitors;

  /** The parts, for these clients; what they keep off-heap lies in {@code memory}. */
  public Messaging(SlabAllocator memory, Clients clients, Config config, LongSupplier clockMicros) {
    outbox = new Outbox(clients, config.network.clientOutputBufferLimit::value);
    pubSub = new PubSub(memory, outbox);
    keyEvents = new KeyspaceNotifications(pubSub, () -> config.server.notifyKeyspaceEvents.value());
    monitors = new Monitors(outbox, clockMicros);
  }

  public Outbox outbox() {
    return outbox;
  }

  public PubSub pubSub() {
    return pubSub;
  }

  public Monitors monitors() {
    return monitors;
  }

  /** Makes commands and the keyspace tell what happens to keys. */
  public void listenTo(Call call, Keyspace keyspace) {
    call.onKeyEvent(keyEvents);
    keyspace.onAdded((database, key, length) ->
        keyEvents.happened(KeyspaceEvents.NEW, "new", database, key, length));
    keyspace.onMissed((database, key, length) ->
        keyEvents.happened(KeyspaceEvents.KEY_MISS, "keymiss", database, key, length));
  }

  /** Forgets a client that is gone or begins anew (RESET). */
  public void forget(Client client) {
    pubSub.forget(client);
    monitors.forget(client);
  }

  @Override
  public void close() {
    pubSub.close();
    keyEvents.close();
    monitors.close();
  }
}
