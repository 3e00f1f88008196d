package dev.millrace.engine.pubsub;

import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Subscriptions;
import dev.millrace.engine.command.generic.GlobPattern;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Who listens to what, and the way of a message to them. A message is encoded once; each receiver
 * gets a copy in its reply buffers, behind the replies it has been given before. Publishing costs
 * one look-up, one comparison per pattern and one copy per receiver, and allocates nothing.
 *
 * <p>Owned by: executor thread.
 */
public final class PubSub implements AutoCloseable {
  private final Outbox outbox;
  private final Map<Kind, TopicTable> topics = new EnumMap<>(Kind.class);
  private final Frame head = new Frame();
  private final Frame tail = new Frame();

  // The message that is being published; fields, so that visiting the patterns captures nothing.
  private final Consumer<Topic> patternVisitor = this::publishToPattern;
  private long channel;
  private int channelBytes;
  private long receivers;

  /** Nobody listens yet; the names of channels are to lie in {@code memory}. */
  public PubSub(SlabAllocator memory, Outbox outbox) {
    this.outbox = outbox;
    for (Kind kind : Kind.values()) {
      topics.put(kind, new TopicTable(memory));
    }
  }

  private TopicTable table(Kind kind) {
    return Objects.requireNonNull(topics.get(kind));
  }

  /** Channels that have listeners. */
  public int channels() {
    return table(Kind.CHANNEL).size();
  }

  /** Patterns that have listeners. */
  public int patterns() {
    return table(Kind.PATTERN).size();
  }

  /** Shard channels that have listeners. */
  public int shardChannels() {
    return table(Kind.SHARD_CHANNEL).size();
  }

  /** Whether anybody could hear a message. */
  public boolean hasListeners() {
    return channels() + patterns() > 0;
  }

  /** Makes a client listen, and tells it so. */
  void subscribe(Client client, Kind kind, long name, int length) {
    Subscriber subscriber = (Subscriber) client.subscriptions();
    if (subscriber == null) {
      subscriber = new Subscriber(client);
      client.subscriptions(subscriber);
    }
    Topic topic = table(kind).findOrAdd(name, length, Memory.hash(name, length));
    if (!subscriber.of(kind).containsKey(topic)) {
      Subscription subscription = new Subscription(topic, subscriber);
      topic.add(subscription);
      subscriber.add(kind, subscription);
    }
    tell(client, kind, kind.subscribed(), name, length);
  }

  /** Ends a client's listening to one channel, and tells it so even if it did not listen. */
  void unsubscribe(Client client, Kind kind, long name, int length) {
    Topic topic = table(kind).find(name, length, Memory.hash(name, length));
    Subscriber subscriber = (Subscriber) client.subscriptions();
    Subscription ended =
        topic == null || subscriber == null ? null : subscriber.remove(kind, topic);
    if (ended != null) {
      ended.topic.remove(ended);
    }
    tell(client, kind, kind.unsubscribed(), name, length);
    if (ended != null) {
      dropIfSilent(kind, ended.topic);
    }
  }

  /** Ends a client's listening to everything of a kind, and tells it so for each. */
  void unsubscribeAll(Client client, Kind kind) {
    Subscriber subscriber = (Subscriber) client.subscriptions();
    if (subscriber == null || subscriber.of(kind).isEmpty()) {
      tell(client, kind, kind.unsubscribed(), 0, -1);
      return;
    }
    List<Subscription> all = new ArrayList<>(subscriber.of(kind).values());
    for (Subscription ended : all) {
      subscriber.remove(kind, ended.topic);
      ended.topic.remove(ended);
      tell(client, kind, kind.unsubscribed(), ended.topic.name, ended.topic.length);
      dropIfSilent(kind, ended.topic);
    }
  }

  /** Judges a channel, or a pattern of channels. */
  @FunctionalInterface
  public interface ChannelTest {
    /** Whether it is allowed. */
    boolean allows(long name, int length, boolean isPattern);
  }

  /** Whether everything that a client listens to passes a test. */
  public boolean listensOnlyTo(Client client, ChannelTest test) {
    Subscriber subscriber = (Subscriber) client.subscriptions();
    if (subscriber == null) {
      return true;
    }
    for (Kind kind : Kind.values()) {
      for (Topic topic : subscriber.of(kind).keySet()) {
        if (!test.allows(topic.name, topic.length, kind == Kind.PATTERN)) {
          return false;
        }
      }
    }
    return true;
  }

  /** Forgets a client that is gone or begins anew. */
  public void forget(Client client) {
    Subscriber subscriber = (Subscriber) client.subscriptions();
    if (subscriber == null) {
      return;
    }
    for (Kind kind : Kind.values()) {
      for (Subscription ended : subscriber.of(kind).values()) {
        ended.topic.remove(ended);
        dropIfSilent(kind, ended.topic);
      }
    }
    client.subscriptions(null);
  }

  private void dropIfSilent(Kind kind, Topic topic) {
    if (topic.listeners() == 0) {
      table(kind).remove(topic);
    }
  }

  /** Answers a subscription or its end; a negative length stands for no channel at all. */
  private void tell(Client client, Kind kind, String what, long name, int length) {
    int protocol = client.reply().protocol();
    head.begin(3).protocol(protocol).bulk(what);
    if (length < 0) {
      head.nullBulk(protocol);
    } else {
      head.bulk(name, length);
    }
    head.integer(listensTo(client, kind));
    outbox.send(client, head.address(), head.bytes());
  }

  /** Channels and patterns count together, shard channels for themselves. */
  private static int listensTo(Client client, Kind kind) {
    Subscriptions all = client.subscriptions();
    if (all == null) {
      return 0;
    }
    return kind == Kind.SHARD_CHANNEL ? all.shardChannels() : all.channels() + all.patterns();
  }

  /**
   * Sends a message to all who listen to a channel, by its name or by a pattern.
   *
   * @return how many copies were sent
   */
  public long publish(long name, int length, long message, long messageBytes) {
    if (!hasListeners()) {
      return 0;
    }
    Topic topic = table(Kind.CHANNEL).find(name, length, Memory.hash(name, length));
    if (topic == null && patterns() == 0) {
      return 0;
    }
    tail.beginPart().bulk(name, length).bulk(message, messageBytes);
    receivers = 0;
    if (topic != null) {
      head.begin(3).bulk("message");
      deliver(topic);
    }
    if (patterns() > 0) {
      channel = name;
      channelBytes = length;
      table(Kind.PATTERN).forEach(patternVisitor);
    }
    return receivers;
  }

  /** As {@link #publish}, to a shard channel. */
  long publishToShard(long name, int length, long message, long messageBytes) {
    Topic topic = table(Kind.SHARD_CHANNEL).find(name, length, Memory.hash(name, length));
    if (topic == null) {
      return 0;
    }
    tail.beginPart().bulk(name, length).bulk(message, messageBytes);
    receivers = 0;
    head.begin(3).bulk("smessage");
    deliver(topic);
    return receivers;
  }

  private void publishToPattern(Topic pattern) {
    if (GlobPattern.isEverything(pattern.name, pattern.length)
        || GlobPattern.matches(pattern.name, pattern.length, channel, channelBytes)) {
      head.begin(4).bulk("pmessage").bulk(pattern.name, pattern.length);
      deliver(pattern);
    }
  }

  private void deliver(Topic topic) {
    for (Subscription to = topic.first(); to != null; to = to.next) {
      Client client = to.subscriber.client;
      head.protocol(client.reply().protocol());
      outbox.send(client, head.address(), head.bytes(), tail.address(), tail.bytes());
      receivers++;
    }
  }

  /** Visits the topics of a kind whose names fit a pattern. The visitor changes nothing. */
  void visit(Kind kind, long pattern, int patternBytes, Consumer<Topic> visitor) {
    boolean everything = GlobPattern.isEverything(pattern, patternBytes);
    table(kind)
        .forEach(topic -> {
          if (everything || GlobPattern.matches(pattern, patternBytes, topic.name, topic.length)) {
            visitor.accept(topic);
          }
        });
  }

  /** Visits all topics of a kind. The visitor changes nothing. */
  void visit(Kind kind, Consumer<Topic> visitor) {
    table(kind).forEach(visitor);
  }

  /** How many listen to exactly this. */
  int listeners(Kind kind, long name, int length) {
    Topic topic = table(kind).find(name, length, Memory.hash(name, length));
    return topic == null ? 0 : topic.listeners();
  }

  @Override
  public void close() {
    for (TopicTable table : topics.values()) {
      table.clear();
    }
    head.close();
    tail.close();
  }
}
