package dev.millrace.engine.pubsub;

import dev.millrace.engine.command.KeyEventListener;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.keyspace.Database;
import java.util.function.IntSupplier;

/**
 * Publishes what happens to keys, as far as {@code notify-keyspace-events} asks for it: the event
 * to the channel of the key, the key to the channel of the event. Allocates nothing.
 *
 * <p>Owned by: executor thread.
 */
public final class KeyspaceNotifications implements KeyEventListener, AutoCloseable {
  private final PubSub pubSub;
  private final IntSupplier wanted;
  private final Frame channel = new Frame();
  private final Frame message = new Frame();

  /**
   * Publishes there.
   *
   * @param wanted bits of {@link KeyspaceEvents}
   */
  public KeyspaceNotifications(PubSub pubSub, IntSupplier wanted) {
    this.pubSub = pubSub;
    this.wanted = wanted;
  }

  @Override
  public void happened(
      int eventClass, String event, Database database, long keyAddress, int keyLength) {
    int flags = wanted.getAsInt();
    if ((flags & eventClass) == 0 || !pubSub.hasListeners()) {
      return;
    }
    if ((flags & KeyspaceEvents.KEYSPACE) != 0) {
      channel.beginPart().raw("__keyspace@").digits(database.index()).raw("__:");
      channel.raw(keyAddress, keyLength);
      message.beginPart().raw(event);
      pubSub.publish(channel.address(), (int) channel.bytes(), message.address(), message.bytes());
    }
    if ((flags & KeyspaceEvents.KEYEVENT) != 0) {
      channel.beginPart().raw("__keyevent@").digits(database.index()).raw("__:").raw(event);
      pubSub.publish(channel.address(), (int) channel.bytes(), keyAddress, keyLength);
    }
  }

  @Override
  public void close() {
    channel.close();
    message.close();
  }
}
