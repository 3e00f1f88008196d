package dev.millrace.engine.pubsub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.testing.Conversation;
import dev.millrace.engine.testing.RespClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every message and answer of publish/subscribe beside redis-server, several clients at once. */
@Timeout(120)
class PubSubBesideRedisTest {
  @TempDir Path directory;
  private Conversation talk;

  @BeforeEach
  void start() {
    talk = new Conversation(directory, 5);
    for (RespClient third : List.of(talk.ours(3), talk.real(3))) {
      third.call("HELLO", "3");
    }
  }

  @AfterEach
  void stop() {
    talk.close();
  }

  @Test
  void shouldDeliverAsRedisDoes() {
    talk.play(
        """
        0 SUBSCRIBE|a|b|a
        1 PSUBSCRIBE|a*
        3 SUBSCRIBE|a
        3 PSUBSCRIBE|*
        2 PUBLISH|a|hello
        2 PUBLISH|b|
        2 PUBLISH|zz|x
        3 PUBLISH|a|to myself
        2 SPUBLISH|a|x
        0 SSUBSCRIBE|a|s
        3 SSUBSCRIBE|s
        2 SPUBLISH|s|shard
        2 PUBLISH|s|not shard
        2 PUBSUB|NUMSUB|a|b|c|a
        2 PUBSUB|NUMSUB
        2 PUBSUB|NUMPAT
        2 PUBSUB|SHARDNUMSUB|s|a|b
        2 PUBSUB|CHANNELS|b*
        2 PUBSUB|CHANNELS|a|b
        2 PUBSUB|SHARDCHANNELS|s
        2 PUBSUB|nosuch
        2 PUBSUB
        2 PUBLISH|a
        0 UNSUBSCRIBE|a|nosuch
        0 UNSUBSCRIBE
        0 UNSUBSCRIBE
        0 PUNSUBSCRIBE
        0 SUNSUBSCRIBE|a
        0 SUNSUBSCRIBE
        0 SUNSUBSCRIBE
        3 PUNSUBSCRIBE
        3 PUNSUBSCRIBE|x|y
        1 PUNSUBSCRIBE|a*
        2 PUBSUB|CHANNELS
        2 PUBLISH|a|last
        """);
  }

  @Test
  void shouldKeepSubscribersToTheirCommands() {
    talk.play(
        """
        0 SUBSCRIBE|a
        0 GET|k
        0 SET|k
        0 nosuch
        0 CONFIG|GET|port
        0 CLIENT|ID
        0 MULTI
        0 EXEC
        0 PUBLISH|a|b
        0 PING
        0 PING|hello
        0 PING|a|b
        0 RESET
        0 GET|k
        0 SSUBSCRIBE|a
        0 GET|k
        0 SUNSUBSCRIBE|a
        0 GET|k
        3 SUBSCRIBE|a
        3 GET|k
        3 PING
        0 MULTI
        0 SUBSCRIBE|q
        0 GET|k
        0 EXEC
        0 GET|k
        2 PUBLISH|q|1
        0 RESET
        3 MULTI
        3 PUBLISH|a|1
        3 SUBSCRIBE|b
        3 EXEC
        3 RESET
        3 PUBLISH|a|1
        2 PUBSUB|CHANNELS
        """);
  }

  @Test
  void shouldSendMessagesEvenWhereRepliesAreOff() {
    talk.play(
        """
        3 SUBSCRIBE|a
        3 CLIENT|REPLY|OFF
        2 PUBLISH|a|1
        3 PUBLISH|a|2
        3 SUBSCRIBE|b
        3 CLIENT|REPLY|ON
        0 CLIENT|REPLY|OFF
        0 SUBSCRIBE|x
        2 PUBLISH|x|1
        """);
    for (RespClient silent : List.of(talk.ours(0), talk.real(0))) {
      assertThat(silent.readWire()).contains("subscribe");
      assertThat(silent.readWire()).contains("message");
    }
  }

  @Test
  void shouldForgetClientsThatAreGone() {
    talk.play(
        """
        0 SUBSCRIBE|a|b
        1 SUBSCRIBE|b
        1 PSUBSCRIBE|b
        """);
    talk.disconnect(0);
    talk.play(
        """
        2 PUBSUB|CHANNELS
        2 PUBLISH|b|x
        2 PUBLISH|a|x
        """);
  }

  @Test
  void shouldAgreeInALongRandomConversation() {
    long seed = Long.getLong("millrace.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    List<String> said = new ArrayList<>();
    try {
      for (int i = 0; i < Integer.getInteger("millrace.differential", 1500); i++) {
        int client = random.nextInt(5);
        Object[] command = command(random);
        said.add(
            client
                + " "
                + String.join("|", List.of(command).stream().map(Object::toString).toList()));
        talk.say(client, command);
      }
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError(
          "seed "
              + seed
              + "; the end was "
              + said.subList(Math.max(0, said.size() - 20), said.size()),
          e);
    }
  }

  private static Object[] command(SplittableRandom random) {
    String channel = channel(random);
    return switch (random.nextInt(20)) {
      case 0, 1 -> new Object[] {"SUBSCRIBE", channel, channel(random)};
      case 2 -> new Object[] {"UNSUBSCRIBE", channel, channel(random)};
      // One pattern in all: Redis visits patterns in no order.
      case 3 -> new Object[] {"PSUBSCRIBE", "c[0-9]*"};
      case 4 -> new Object[] {"PUNSUBSCRIBE", "c[0-9]*"};
      case 5 -> new Object[] {"SSUBSCRIBE", channel};
      case 6 -> new Object[] {"SUNSUBSCRIBE", channel};
      case 7 -> new Object[] {"SPUBLISH", channel, bytes(random)};
      case 8 -> new Object[] {"PUBSUB", "NUMSUB", channel, channel(random)};
      case 9 -> new Object[] {"PUBSUB", "NUMPAT"};
      case 10 -> new Object[] {"GET", channel};
      case 11 -> new Object[] {"RESET"};
      case 12 -> new Object[] {"HELLO", random.nextInt(4) == 0 ? "2" : "3"};
      case 13 -> new Object[] {"PING"};
      default -> new Object[] {"PUBLISH", channel, bytes(random)};
    };
  }

  private static String channel(SplittableRandom random) {
    return (random.nextBoolean() ? "c" : "d") + random.nextInt(6);
  }

  private static byte[] bytes(SplittableRandom random) {
    byte[] bytes = new byte[random.nextInt(8) == 0 ? random.nextInt(40_000) : random.nextInt(20)];
    random.nextBytes(bytes);
    return bytes;
  }
}
