package dev.millrace.engine.tracking;

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

/** Client-side caching: options, errors and every invalidation beside redis-server. */
@Timeout(120)
class TrackingBesideRedisTest {
  @TempDir Path directory;
  private Conversation talk;

  /** Clients 1 and 2 speak RESP3. */
  @BeforeEach
  void start() {
    talk = new Conversation(directory, 5);
    for (int client : new int[] {1, 2}) {
      talk.ours(client).call("HELLO", "3");
      talk.real(client).call("HELLO", "3");
    }
  }

  @AfterEach
  void stop() {
    talk.close();
  }

  /** Sends a command with the numbers that the clients have on each side. */
  private void withId(int client, int of, String... words) {
    for (int side = 0; side < 2; side++) {
      RespClient speaks = side == 0 ? talk.ours(client) : talk.real(client);
      RespClient asked = side == 0 ? talk.ours(of) : talk.real(of);
      String id = asked.text("CLIENT", "ID");
      List<Object> command = new ArrayList<>();
      for (String word : words) {
        command.add(word.equals("ID") ? id : word);
      }
      assertThat(speaks.text(command.toArray())).isEqualTo("OK");
    }
  }

  @Test
  void shouldRefuseWhatRedisRefuses() {
    talk.play(
        """
        0 CLIENT|TRACKING
        0 CLIENT|TRACKING|foo
        0 CLIENT|TRACKING|on|REDIRECT
        0 CLIENT|TRACKING|on|REDIRECT|x
        0 CLIENT|TRACKING|on|REDIRECT|99999
        0 CLIENT|TRACKING|foo|REDIRECT|99999
        0 CLIENT|TRACKING|on|PREFIX|a
        0 CLIENT|TRACKING|on|BCAST|OPTIN
        0 CLIENT|TRACKING|on|OPTIN|OPTOUT
        0 CLIENT|TRACKING|on|BCAST|PREFIX|a|PREFIX|ab
        0 CLIENT|TRACKING|on|BCAST|PREFIX|b|PREFIX|a
        0 CLIENT|TRACKING|on|BCAST|PREFIX|ac
        0 CLIENT|TRACKING|on|BCAST|PREFIX|c
        0 CLIENT|TRACKINGINFO
        0 CLIENT|TRACKING|on
        0 CLIENT|TRACKING|off
        0 CLIENT|TRACKINGINFO
        0 CLIENT|TRACKING|on|OPTIN
        0 CLIENT|TRACKING|on|OPTOUT
        0 CLIENT|CACHING|NO
        0 CLIENT|CACHING|x
        0 CLIENT|CACHING|YES
        0 CLIENT|TRACKINGINFO
        0 CLIENT|GETREDIR
        0 CLIENT|TRACKING|on|NOLOOP
        0 CLIENT|TRACKINGINFO
        0 CLIENT|CACHING|YES
        0 CLIENT|TRACKING|off|zz
        0 CLIENT|TRACKING|off
        0 CLIENT|GETREDIR
        0 CLIENT|CACHING|YES
        1 CLIENT|TRACKING|on|BCAST
        1 CLIENT|TRACKINGINFO
        """);
  }

  @Test
  void shouldTellOfKeysThatWereRead() {
    talk.play(
        """
        1 CLIENT|TRACKING|on
        1 GET|a
        1 MGET|a|b|c
        0 SET|a|1
        0 SET|a|2
        0 MSET|b|1|c|2
        1 GET|a
        1 SET|a|3
        1 GET|a
        1 MULTI
        1 SET|a|4
        1 GET|b
        1 SET|b|5
        1 EXEC
        1 GET|x
        1 EXISTS|y
        0 DEL|x
        0 SET|x|1
        0 SET|y|1
        1 GET|x
        0 RENAME|x|z
        1 GET|z
        0 EXPIRE|z|100
        1 GET|z
        0 EXPIRE|z|-1
        1 GET|a
        0 FLUSHALL
        1 GET|a
        1 FLUSHDB
        1 GET|a
        0 SELECT|1
        0 SET|a|1
        1 CLIENT|TRACKING|off
        1 GET|a
        0 SET|a|2
        1 CLIENT|TRACKING|on|NOLOOP
        1 GET|a
        1 SET|a|1
        1 GET|a
        0 SET|a|1
        1 OBJECT|ENCODING|a
        0 SET|a|1
        1 STRLEN|a
        0 APPEND|a|1
        1 TTL|a
        0 INCR|a
        1 RESET
        0 CLIENT|TRACKING|on
        0 GET|a
        1 SET|a|2
        """);
  }

  @Test
  void shouldTrackTheKeysOfAScriptThatReads() {
    talk.play("1 CLIENT|TRACKING|on");
    talk.say(1, "EVAL", "return redis.call('get','a')", "2", "a", "b");
    talk.play("0 MSET|a|1|b|2");
    talk.say(1, "EVAL", "return redis.call('set','a',1)", "2", "a", "b");
    talk.say(1, "EVAL", "return 1", "1", "a");
    talk.play("0 MSET|a|1|b|2");
  }

  @Test
  void shouldTrackWhatIsAskedForOnly() {
    talk.play(
        """
        1 CLIENT|TRACKING|on|OPTIN
        1 GET|a
        0 SET|a|1
        1 CLIENT|CACHING|YES
        1 CLIENT|TRACKINGINFO
        1 GET|a
        1 CLIENT|TRACKINGINFO
        1 GET|b
        0 MSET|a|1|b|1
        1 CLIENT|CACHING|YES
        1 PING
        1 GET|a
        0 SET|a|1
        1 CLIENT|CACHING|YES
        1 MULTI
        1 GET|a
        1 GET|b
        1 EXEC
        0 MSET|a|1|b|1
        2 CLIENT|TRACKING|on|OPTOUT
        2 GET|a
        2 CLIENT|CACHING|NO
        2 GET|b
        0 MSET|a|1|b|1
        """);
  }

  @Test
  void shouldBroadcastChangesUnderPrefixes() {
    talk.play(
        """
        1 CLIENT|TRACKING|on|BCAST|PREFIX|user:|PREFIX|item:
        2 CLIENT|TRACKING|on|BCAST|NOLOOP
        0 SET|user:1|a
        0 SET|other|a
        0 MSET|user:2|a|user:1|b|item:9|c|x|d
        2 SET|user:1|a
        1 SET|user:1|a
        1 MULTI
        1 SET|user:7|a
        1 SET|item:3|a
        1 DEL|user:7
        1 EXEC
        0 FLUSHALL
        2 CLIENT|TRACKING|off
        0 SET|user:1|a
        """);
    talk.disconnect(1);
    talk.say(0, "SET", "user:1", "a");
    assertThat(talk.ours().infoNumber("stats", "tracking_total_prefixes")).isZero();
  }

  @Test
  void shouldRedirectToAnotherClient() {
    withId(0, 3, "CLIENT", "TRACKING", "on", "REDIRECT", "ID");
    withId(1, 2, "CLIENT", "TRACKING", "on", "REDIRECT", "ID");
    withId(4, 3, "CLIENT", "TRACKING", "on", "BCAST", "REDIRECT", "ID");
    talk.play(
        """
        3 SUBSCRIBE|__redis__:invalidate
        0 GET|a
        1 GET|a
        0 SET|a|1
        1 GET|a
        2 SET|a|1
        0 GET|b
        1 GET|b
        1 FLUSHALL
        3 UNSUBSCRIBE
        0 GET|a
        1 SET|a|1
        """);
    talk.disconnect(2);
    talk.play(
        """
        1 GET|a
        0 SET|a|1
        1 CLIENT|TRACKING|off
        """);
  }

  @Test
  void l7_noMoreKeysAreRememberedThanTheLimit() {
    RespClient reader = talk.ours(1);
    reader.text("CONFIG", "SET", "tracking-table-max-keys", "100");
    reader.text("CLIENT", "TRACKING", "on");
    int invalidated = 0;
    for (int i = 0; i < 1000; i++) {
      String reply = reader.wire("GET", "key" + i);
      while (reply.contains("invalidate")) {
        invalidated++;
        reply = reader.readWire();
      }
    }
    assertThat(talk.ours().infoNumber("stats", "tracking_total_keys")).isEqualTo(100);
    assertThat(invalidated).isGreaterThanOrEqualTo(899);
    talk.ours(0).text("FLUSHALL");
    assertThat(talk.ours().infoNumber("stats", "tracking_total_keys")).isZero();
  }

  @Test
  void shouldAgreeInALongRandomConversation() {
    long seed = Long.getLong("millrace.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    List<String> said = new ArrayList<>();
    try {
      for (int i = 0; i < Integer.getInteger("millrace.differential", 1500); i++) {
        int client = random.nextInt(5);
        String command = COMMANDS[random.nextInt(COMMANDS.length)];
        while (command.contains("K")) {
          command = command.replaceFirst("K", String.valueOf((char) ('a' + random.nextInt(6))));
        }
        said.add(client + " " + command);
        talk.say(client, (Object[]) command.split("\\|", -1));
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

  private static final String[] COMMANDS = {
    "GET|K",
    "MGET|K|K|K",
    "SET|K|1",
    "DEL|K|K",
    "APPEND|K|x",
    "EXISTS|K",
    "STRLEN|K",
    "TTL|K",
    "RENAME|K|K",
    "EXPIRE|K|1000",
    "PERSIST|K",
    "INCR|K",
    "GETSET|K|1",
    "COPY|K|K|replace",
    "client|tracking|on",
    "client|tracking|on|noloop",
    "client|tracking|on|optin",
    "client|tracking|on|optout",
    "client|tracking|on|bcast",
    "client|tracking|off",
    "client|tracking|on|bcast|prefix|a|prefix|b|noloop",
    "client|caching|yes",
    "client|caching|no",
    "client|trackinginfo",
    "multi",
    "exec",
    "exec",
    "discard",
    "flushall",
    "GET|K",
    "MGET|K|K|K",
    "SET|K|1",
    "GET|K",
    "GET|K",
    "SET|K|2",
    "TYPE|K",
    "hello|3",
    "SET|K|2",
  };
}
