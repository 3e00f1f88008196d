package dev.millrace.engine.pubsub;

import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Subscriptions;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What one client listens to.
 *
 * <p>Owned by: executor thread.
 */
final class Subscriber implements Subscriptions {
  final Client client;

  /** By kind, in the order of {@link Kind}; the oldest first. Topics are equal by identity. */
  private final Map<Topic, Subscription>[] byKind;

  @SuppressWarnings({"unchecked", "rawtypes"})
  Subscriber(Client client) {
    this.client = client;
    this.byKind = new Map[Kind.values().length];
    for (int i = 0; i < byKind.length; i++) {
      byKind[i] = new LinkedHashMap<>();
    }
  }

  /** Its subscriptions of one kind. */
  Map<Topic, Subscription> of(Kind kind) {
    return byKind[kind.ordinal()];
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
