package dev.millrace.engine.pubsub;

import org.jspecify.annotations.Nullable;

/** One client listening to one topic: a link of the topic's list. Owned by: executor thread. */
final class Subscription {
  final Topic topic;
  final Subscriber subscriber;
  @Nullable Subscription previous;
  @Nullable Subscription next;

  Subscription(Topic topic, Subscriber subscriber) {
    this.topic = topic;
    this.subscriber = subscriber;
  }
}
