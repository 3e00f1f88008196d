package dev.millrace.engine.pubsub;

import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Subscriptions;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What one client listens to.
 *
 * <p>Owned by: executor thread.
 */
final class Subscriber implements Subscriptions {
  /** The objects that stand for one client's listening to one topic. */
  private static final int SUBSCRIPTION_BYTES = 160;

  final Client client;
  private long bytes;

  /** By kind; the oldest first. Topics are equal by identity. */
  private final Map<Kind, Map<Topic, Subscription>> byKind = new EnumMap<>(Kind.class);

  Subscriber(Client client) {
    this.client = client;
    for (Kind kind : Kind.values()) {
      byKind.put(kind, new LinkedHashMap<>());
    }
  }

  /** Its subscriptions of one kind. */
  Map<Topic, Subscription> of(Kind kind) {
    return Objects.requireNonNull(byKind.get(kind));
  }

  /** Listens to one topic more. */
  void add(Kind kind, Subscription subscription) {
    of(kind).put(subscription.topic, subscription);
    bytes += SUBSCRIPTION_BYTES + subscription.topic.length;
  }

  /** Listens to a topic no longer; null when it did not. */
  @Nullable Subscription remove(Kind kind, Topic topic) {
    Subscription ended = of(kind).remove(topic);
    if (ended != null) {
      bytes -= SUBSCRIPTION_BYTES + topic.length;
    }
    return ended;
  }

  @Override
  public long memoryBytes() {
    return bytes;
  }

  @Override
  public int channels() {
    return of(Kind.CHANNEL).size();
  }

  @Override
  public int patterns() {
    return of(Kind.PATTERN).size();
  }

  @Override
  public int shardChannels() {
    return of(Kind.SHARD_CHANNEL).size();
  }
}
