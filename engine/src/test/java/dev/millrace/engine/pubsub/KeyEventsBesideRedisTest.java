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

/** What keyspace notifications tell, in which order, beside redis-server. */
@Timeout(120)
@SuppressWarnings("NullAway") // a reply that is null fails the test as well
class KeyEventsBesideRedisTest {
  @TempDir Path directory;
  private Conversation talk;

  @BeforeEach
  void start() {
    talk = new Conversation(directory, 4, "--notify-keyspace-events", "AKEmn");
    talk.play("0 PSUBSCRIBE|__key*@*__:*");
  }

  @AfterEach
  void stop() {
    talk.close();
  }

  @Test
  void shouldTellOfEachCommandWhatRedisTells() {
    talk.play(
        """
        1 SET|a|1
        1 SET|a|2
        1 SET|a|3|EX|100
        1 SET|a|3|KEEPTTL
        1 SET|a|3|NX
        1 SET|nx|3|XX
        1 SET|g|3|GET
        1 SET|g|3|GET|PXAT|99999999999999
        1 SET|g|3|EXAT|1
        1 GET|g
        1 SETNX|b|1
        1 SETNX|b|1
        1 SETEX|b|100|v
        1 PSETEX|b|100000|v
        1 GETSET|b|w
        1 GETSET|new|w
        1 MSET|a|1|c|2|a|3
        1 MSETNX|d|1|e|2
        1 MSETNX|d|1|f|2
        1 INCR|a
        1 INCR|n
        1 DECR|a
        1 INCRBY|a|5
        1 DECRBY|a|5
        1 INCRBYFLOAT|a|1.5
        1 INCRBYFLOAT|fl|1.5
        1 INCR|a
        1 APPEND|a|xyz
        1 APPEND|ap|xyz
        1 SETRANGE|a|2|zz
        1 SETRANGE|sr|2|zz
        1 SETRANGE|sr|2|
        """);
  }

  @Test
  void shouldTellOfReadingAndExpiryWhatRedisTells() {
    talk.play(
        """
        1 MSET|a|1|b|2|c|3|d|4|e|5|n|6|s|7
        1 GET|missing
        1 MGET|a|missing|missing2
        1 STRLEN|missing
        1 GETRANGE|missing|0|1
        1 GETDEL|a
        1 GETDEL|a
        1 GETEX|b|EX|10
        1 GETEX|b|PERSIST
        1 GETEX|b|PERSIST
        1 GETEX|b|PXAT|1
        1 GETEX|b
        1 LCS|c|d
        1 LCS|missing|d
        1 DEL|c|missing|d
        1 UNLINK|e
        1 EXISTS|c|n
        1 TOUCH|c|n
        1 TYPE|c
        1 TTL|c
        1 PTTL|c
        1 EXPIRETIME|c
        1 OBJECT|ENCODING|c
        1 OBJECT|FREQ|c
        1 DUMP|c
        1 MEMORY|USAGE|c
        1 DEBUG|OBJECT|c
        1 EXPIRE|n|100
        1 EXPIRE|n|100|NX
        1 PEXPIRE|n|100000
        1 EXPIREAT|n|9999999999
        1 PEXPIREAT|n|9999999999999
        1 PERSIST|n
        1 PERSIST|n
        1 EXPIRE|n|-1
        1 EXPIRE|n|-1
        1 SET|r|1
        1 RENAME|r|s
        1 SET|r|1
        1 RENAME|r|s
        1 RENAME|r|s
        1 RENAMENX|s|t
        1 SET|s|1
        1 RENAMENX|s|t
        1 RENAME|s|s
        1 COPY|s|u
        1 COPY|s|u
        1 COPY|s|u|REPLACE
        1 COPY|s|u|DB|1
        1 COPY|missing|u
        1 MOVE|s|2
        1 MOVE|u|1
        1 MOVE|missing|2
        1 SELECT|1
        1 FLUSHDB
        1 SET|x|y
        1 RESTORE|re|0|\\x00\\xc0\\x01\\n\\x00
        1 RANDOMKEY
        1 FLUSHDB
        1 FLUSHALL
        1 MULTI
        1 SET|a|1
        1 DEL|a
        1 EXEC
        1 GETDEL|a
        """);
  }

  @Test
  void shouldTellOfRestoredKeys() {
    talk.play("1 SET|a|hello");
    byte[] dump = (byte[]) talk.real().client().call("DUMP", "a");
    talk.say(1, "RESTORE", "b", "0", dump);
    talk.say(1, "RESTORE", "b", "0", dump);
    talk.say(1, "RESTORE", "b", "100000", dump, "REPLACE");
    talk.say(1, "RESTORE", "b", "1", dump, "REPLACE", "ABSTTL");
    talk.say(1, "RESTORE", "b", "1", dump, "ABSTTL");
  }

  @Test
  void shouldTellOnlyWhatIsAskedFor() {
    for (String flags : List.of("", "K", "E", "Kg", "E$", "KE$g", "KEA", "Em", "Kn", "KEx")) {
      talk.say(1, "CONFIG", "SET", "notify-keyspace-events", flags);
      talk.play(
          """
          2 SET|a|1|EX|100
          2 SET|new|1
          2 GET|missing
          2 DEL|a|new
          """);
    }
  }

  @Test
  void shouldTellWhenAKeyExpiresAndWhenItIsEvicted() {
    talk.play(
        """
        1 DEBUG|SET-ACTIVE-EXPIRE|0
        1 SET|a|1|PX|1
        """);
    // Until it is certainly past on both sides.
    long end = System.nanoTime() + 20_000_000;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    talk.play(
        """
        1 GET|a
        1 SET|keep|1
        1 SET|b|1|PX|1
        """);
    end = System.nanoTime() + 20_000_000;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    talk.play("1 SET|b|2");

    for (RespClient client : List.of(talk.ours().client(), talk.real().client())) {
      client.text("CONFIG", "SET", "maxmemory-policy", "allkeys-random", "maxmemory", "1");
      client.call("SET", "more", "1");
    }
    for (RespClient listener : List.of(talk.ours(0), talk.real(0))) {
      StringBuilder heard = new StringBuilder();
      while (!heard.toString().contains("evicted")) {
        heard.append(listener.readWire());
      }
      assertThat(heard.toString()).contains("__keyspace@0__:");
    }
  }

  @Test
  void shouldAgreeInALongRandomConversation() {
    long seed = Long.getLong("millrace.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    List<String> said = new ArrayList<>();
    try {
      for (int i = 0; i < Integer.getInteger("millrace.differential", 1500); i++) {
        int client = 1 + random.nextInt(3);
        String command = command(random);
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
    "SET|K|V",
    "SET|K|V|EX|1000",
    "SET|K|V|NX",
    "SET|K|V|XX|GET",
    "SET|K|V|keepttl",
    "GET|K",
    "SETNX|K|V",
    "SETEX|K|1000|V",
    "GETSET|K|V",
    "MSET|K|V|K|V",
    "MSETNX|K|V|K|V",
    "MGET|K|K",
    "INCR|K",
    "INCRBY|K|3",
    "DECR|K",
    "INCRBYFLOAT|K|0.5",
    "APPEND|K|V",
    "SETRANGE|K|3|V",
    "STRLEN|K",
    "GETRANGE|K|0|-1",
    "GETDEL|K",
    "GETEX|K|EX|1000",
    "GETEX|K|PERSIST",
    "DEL|K|K",
    "UNLINK|K",
    "EXISTS|K|K",
    "TOUCH|K|K",
    "TYPE|K",
    "TTL|K",
    "EXPIRETIME|K",
    "OBJECT|ENCODING|K",
    "EXPIRE|K|1000",
    "EXPIRE|K|2000|GT",
    "PEXPIRE|K|500000|LT",
    "EXPIRE|K|-1",
    "PERSIST|K",
    "RENAME|K|K",
    "RENAMENX|K|K",
    "COPY|K|K",
    "COPY|K|K|REPLACE",
    "COPY|K|K|DB|1",
    "MOVE|K|1",
    "SELECT|0",
    "SELECT|1",
    "LCS|K|K",
    "FLUSHDB",
    "MULTI",
    "EXEC",
    "EXEC",
    "DISCARD"
  };

  private static String command(SplittableRandom random) {
    StringBuilder command = new StringBuilder();
    for (char c : COMMANDS[random.nextInt(COMMANDS.length)].toCharArray()) {
      if (c == 'K' && isWord(command)) {
        command.append((char) ('a' + random.nextInt(5)));
      } else if (c == 'V' && isWord(command)) {
        command.append(random.nextInt(20));
      } else {
        command.append(c);
      }
    }
    return command.toString();
  }

  private static boolean isWord(StringBuilder before) {
    return before.length() > 0 && before.charAt(before.length() - 1) == '|';
  }
}
