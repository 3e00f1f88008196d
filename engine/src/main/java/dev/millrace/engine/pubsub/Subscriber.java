package dev.millrace.engine.pubsub;

import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Subscriptions;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * What one client listens to.
 *
 * <p>Owned by: executor thread.
 */
final class Subscriber implements Subscriptions {
  final Client client;

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
