package dev.millrace.engine.pubsub;

/** What can be listened to, and the words Redis uses when it is. */
enum Kind {
  CHANNEL("subscribe", "unsubscribe"),
  PATTERN("psubscribe", "punsubscribe"),
  SHARD_CHANNEL("ssubscribe", "sunsubscribe");

  private final String subscribed;
  private final String unsubscribed;

  Kind(String subscribed, String unsubscribed) {
    this.subscribed = subscribed;
    this.unsubscribed = unsubscribed;
  }

  /** First element of the answer to a subscription. */
  String subscribed() {
    return subscribed;
  }

  /** First element of the answer to its end. */
  String unsubscribed() {
    return unsubscribed;
  }
}
