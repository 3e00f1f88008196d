package dev.millrace.engine.pubsub;

import org.jspecify.annotations.Nullable;

/**
 * One channel, shard channel or pattern that somebody listens to, with its listeners in the order
 * in which they came. It exists while it has a listener. Its name lies off-heap.
 *
 * <p>Owned by: executor thread.
 */
final class Topic {
  final long name;
  final int length;
  final long hash;

  /** The next topic in the same bucket of {@link TopicTable}. */
  @Nullable Topic nextInBucket;

  private @Nullable Subscription first;
  private @Nullable Subscription last;
  private int listeners;

  Topic(long name, int length, long hash) {
    this.name = name;
    this.length = length;
    this.hash = hash;
  }

  @Nullable Subscription first() {
    return first;
  }

  /** How many clients listen. */
  int listeners() {
    return listeners;
  }

  void add(Subscription subscription) {
    subscription.previous = last;
    if (last == null) {
      first = subscription;
    } else {
      last.next = subscription;
    }
    last = subscription;
    listeners++;
  }

  void remove(Subscription subscription) {
    Subscription before = subscription.previous;
    Subscription after = subscription.next;
    if (before == null) {
      first = after;
    } else {
      before.next = after;
    }
    if (after == null) {
      last = before;
    } else {
      after.previous = before;
    }
    listeners--;
  }
}
