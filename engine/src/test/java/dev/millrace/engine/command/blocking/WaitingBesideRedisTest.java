package dev.millrace.engine.command.blocking;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.testing.Conversation;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who is served when, of clients that wait for keys, beside redis-server. */
@Timeout(120)
@SuppressWarnings({"NullAway", "try"}) // a reply that is null fails the test as well
class WaitingBesideRedisTest {
  private static final int CLIENTS = 8;

  @TempDir Path directory;
  private Conversation talk;

  @BeforeEach
  void start() {
    talk = new Conversation(directory, CLIENTS);
  }

  @AfterEach
  void stop() {
    talk.close();
  }

  @Test
  void shouldServeClientsInTheOrderInWhichTheyBeganToWait() {
    talk.play(
        """
        1* BLPOP|a|0
        2* BRPOP|a|b|0
        3* BLPOP|b|a|0
        0 INFO|foo
        0 RPUSH|a|one
        0 RPUSH|a|two|three|four
        0 LRANGE|a|0|-1
        """);
    talk.play(
        """
        3* BLPOP|b|0
        1* BLPOP|b|0
        2* BLPOP|a|0
        """);
    talk.play("0 RPUSH|b|x|y|z");
    talk.play("0 LRANGE|b|0|-1");
  }

  @Test
  void shouldServeKeysInTheOrderInWhichTheyBecameReady() {
    talk.play(
        """
        1* BLPOP|a|b|c|0
        0 MULTI
        0 RPUSH|c|1
        0 RPUSH|b|2
        0 RPUSH|a|3
        0 EXEC
        0 LRANGE|a|0|-1
        0 LRANGE|b|0|-1
        0 LRANGE|c|0|-1
        1* BLPOP|x|y|0
        2* BLPOP|y|x|0
        0 MULTI
        0 SET|x|string
        0 RPUSH|y|1
        0 DEL|x
        0 RPUSH|x|2
        0 EXEC
        """);
  }

  @Test
  void shouldNotTakeAKeyForReadyAgainBecauseOneOfItsClientsTookFromIt() {
    talk.play(
        """
        1* BLMOVE|b|d|RIGHT|LEFT|0
        2* BRPOP|d|0
        3* BLMOVE|d|c|RIGHT|LEFT|0
        4* BLMOVE|d|c|LEFT|LEFT|0
        5* BLPOP|c|0
        0 MULTI
        0 RPUSH|d|1|2
        0 RPUSH|b|3
        0 EXEC
        """);
  }

  @Test
  void shouldSeeOnlyWhatATransactionLeavesBehind() {
    talk.play(
        """
        1* BLPOP|a|0
        0 MULTI
        0 RPUSH|a|1
        0 DEL|a
        0 EXEC
        0 MULTI
        0 RPUSH|a|1
        0 DEL|a
        0 SET|a|string
        0 EXEC
        0 DEL|a
        0 MULTI
        0 RPUSH|a|1
        0 RPUSH|a|2
        0 LPOP|a
        0 EXEC
        """);
    assertThat(talk.waits(1)).isFalse();
  }

  @Test
  void shouldNotTakeASecondKeyForAClientThatWasServed() {
    talk.play(
        """
        1* BLPOP|a|a|b|0
        2* BLPOP|b|0
        0 MULTI
        0 RPUSH|a|1
        0 RPUSH|b|2
        0 EXEC
        0 EXISTS|a|b
        """);
  }

  @Test
  void shouldGoOnWithTheCommandsThatTheClientHadSent() {
    talk.play("2* BLPOP|q|0");
    talk.ours(1)
        .sendRaw(
            "BLPOP a 0\r\nINCR n\r\nBLPOP b 0\r\nINCR n\r\n".getBytes(StandardCharsets.US_ASCII));
    talk.real(1)
        .sendRaw(
            "BLPOP a 0\r\nINCR n\r\nBLPOP b 0\r\nINCR n\r\n".getBytes(StandardCharsets.US_ASCII));
    for (var peer : List.of(talk.ours(), talk.real())) {
      while (!peer.client().text("INFO", "clients").contains("blocked_clients:2")) {
        Thread.onSpinWait();
      }
      peer.client().call("RPUSH", "b", "2");
      peer.client().call("RPUSH", "a", "1");
    }
    for (int i = 0; i < 4; i++) {
      assertThat(talk.ours(1).readWire()).isEqualTo(talk.real(1).readWire());
    }
    talk.play("0 RPUSH|q|1");
  }

  @Test
  void shouldMoveAnElementToWhoeverWaitsForItNext() {
    talk.play(
        """
        1* BLMOVE|a|b|LEFT|RIGHT|0
        2* BLMOVE|b|c|RIGHT|LEFT|0
        3* BRPOPLPUSH|c|d|0
        4* BLPOP|d|0
        0 RPUSH|a|traveller
        0 EXISTS|a|b|c|d
        1* BLMOVE|a|a|LEFT|RIGHT|0
        2* BLPOP|a|0
        0 RPUSH|a|1
        0 RPUSH|a|1|2
        0 LRANGE|a|0|-1
        """);
  }

  @Test
  void shouldAnswerAnErrorWhenTheTargetHasAnotherType() {
    talk.play(
        """
        0 SET|s|x
        1* BLMOVE|a|s|LEFT|LEFT|0
        2* BLPOP|a|0
        3* BRPOPLPUSH|a|s|0
        0 RPUSH|a|1|2
        0 LRANGE|a|0|-1
        1* BLPOP|s|0
        1* BLMOVE|s|a|LEFT|LEFT|0
        1* BLMPOP|0|2|none|s|LEFT
        """);
  }

  @Test
  void shouldTakeSeveralForOneThatWantsSeveral() {
    talk.play(
        """
        1* BLMPOP|0|2|a|b|RIGHT|COUNT|3
        2* BLMPOP|0|1|b|LEFT|COUNT|10
        3* BLMPOP|0|1|b|LEFT
        0 RPUSH|b|1|2|3|4
        0 RPUSH|b|5|6|7|8
        0 LRANGE|b|0|-1
        """);
  }

  @Test
  void shouldServeByEveryCommandThatMakesAList() {
    talk.play(
        """
        0 RPUSH|src|1|2|3|4|5|6|7|8
        1* BLPOP|k|0
        0 LMOVE|src|k|LEFT|LEFT
        1* BLPOP|k|0
        0 RPOPLPUSH|src|k
        1* BLPOP|k|0
        0 COPY|src|k
        0 DEL|k
        1* BLPOP|k|0
        0 RENAME|src|k
        0 RENAME|k|src
        1* BLPOP|k|0
        0 RENAMENX|src|k
        0 SELECT|1
        0 RPUSH|k2|1
        1* BLPOP|k2|0
        0 MOVE|k2|0
        0 LINSERT|k2|BEFORE|1|0
        0 LPUSHX|k2|1
        """);
    byte[] dump = (byte[]) talk.real().client().call("DUMP", "k");
    talk.play("0 SELECT|0");
    talk.play("0 DEL|k");
    talk.play("1* BLPOP|k|0");
    talk.say(0, "RESTORE", "k", "0", dump);
  }

  @Test
  void shouldWaitInTheDatabaseThatWasSelected() {
    talk.play(
        """
        1 SELECT|3
        1* BLPOP|a|0
        2* BLPOP|a|0
        0 SELECT|3
        0 RPUSH|a|three
        0 SELECT|0
        0 RPUSH|a|zero
        """);
  }

  @Test
  void shouldNotWaitInsideATransaction() {
    talk.play(
        """
        1 MULTI
        1 BLPOP|a|0
        1 BLMOVE|a|b|LEFT|LEFT|0
        1 BRPOPLPUSH|a|b|0
        1 BLMPOP|0|1|a|LEFT
        1 RPUSH|a|1
        1 BRPOP|a|0
        1 EXEC
        3 HELLO|3
        3 MULTI
        3 BLPOP|a|0
        3 BLMOVE|a|b|LEFT|LEFT|0
        3 BLMPOP|0|1|a|LEFT
        3 EXEC
        """);
  }

  @Test
  void shouldAnswerNothingWhenTheTimeIsOver() {
    talk.play(
        """
        2 HELLO|3
        6* BLPOP|a|0
        """);
    for (int client = 1; client <= 2; client++) {
      for (var peer : List.of(talk.ours(client), talk.real(client))) {
        peer.send("BLPOP", "a", "0.01");
        peer.send("BRPOP", "a", "b", "0.02");
        peer.send("BLMOVE", "a", "b", "LEFT", "LEFT", "0.03");
        peer.send("BLMPOP", "0.001", "1", "a", "LEFT");
        peer.send("BRPOPLPUSH", "a", "b", "0.0001");
      }
      for (int i = 0; i < 5; i++) {
        assertThat(talk.ours(client).readWire()).isEqualTo(talk.real(client).readWire());
      }
    }
    talk.play("0 RPUSH|a|1|2");
    talk.play("0 LRANGE|a|0|-1");
  }

  @Test
  void shouldWaitAtLeastAsLongAsItWasTold() {
    long begun = System.nanoTime();
    talk.ours(1).call("BLPOP", "a", "0.0501");
    assertThat(System.nanoTime() - begun).isBetween(50_000_000L, 5_000_000_000L);
  }

  @Test
  void shouldRefuseBadTimeouts() {
    String[] timeouts = {
      "-1",
      "x",
      "",
      "1e3x",
      "nan",
      "inf",
      "-inf",
      "1e400",
      "-0.0011",
      "9223372036854776",
      "1e100",
      " 1",
      "0x"
    };
    for (String timeout : timeouts) {
      talk.say(1, "BLPOP", "none", timeout);
      talk.say(1, "BLMOVE", "none", "a", "LEFT", "LEFT", timeout);
      talk.say(1, "BLMPOP", timeout, "1", "none", "LEFT");
    }
  }

  @Test
  void shouldEndAWaitWhenAnotherClientSaysSo() {
    talk.play(
        """
        1* BLPOP|a|0
        2* BLMOVE|a|b|LEFT|LEFT|0
        3* BLPOP|a|0
        """);
    unblock(1, "ERROR");
    unblock(2, "TIMEOUT");
    unblock(2, "TIMEOUT");
    unblock(2, "FOO");
    talk.play("0 RPUSH|a|1");
    talk.play("0 INFO|nosuchsection");
  }

  private void unblock(int client, String how) {
    for (var peer : List.of(talk.ours(), talk.real())) {
      String id = peer == talk.ours() ? talk.ourId(client) : talk.realId(client);
      peer.client().call("CLIENT", "UNBLOCK", id, how);
    }
    talk.play("0 PING");
  }

  @Test
  void shouldForgetAClientThatIsGone() {
    talk.play(
        """
        1* BLPOP|a|b|0
        2* BLPOP|b|a|0
        """);
    talk.disconnect(1);
    talk.play("0 RPUSH|a|1");
    assertThat(talk.waits(2)).isFalse();
    talk.play("3* BLPOP|a|0");
    talk.disconnect(3);
    talk.play("0 RPUSH|a|1");
    talk.play("0 LRANGE|a|0|-1");
  }

  @Test
  void shouldNotSendTheReplyOfAWaitToAClientThatWantsNone() {
    for (var client : List.of(talk.ours(1), talk.real(1))) {
      client.sendRaw(
          "CLIENT REPLY SKIP\r\nBLPOP a 0\r\nPING one\r\n".getBytes(StandardCharsets.US_ASCII));
    }
    for (var peer : List.of(talk.ours(), talk.real())) {
      while (!peer.client().text("INFO", "clients").contains("blocked_clients:1")) {
        Thread.onSpinWait();
      }
    }
    talk.ours().client().call("RPUSH", "a", "1");
    talk.real().client().call("RPUSH", "a", "1");
    assertThat(talk.ours(1).readWire()).isEqualTo(talk.real(1).readWire());
  }

  @Test
  void shouldTellInItsStatisticsWhatTheWaitBecame() {
    talk.play(
        """
        1* BLPOP|a|0
        0 RPUSH|a|1
        1* BLPOP|a|0.3
        """);
    talk.awaitEnd(1);
    talk.play("1* BLPOP|a|0");
    unblock(1, "ERROR");
    talk.play("1* BLPOP|a|0");
    for (var peer : List.of(talk.ours(), talk.real())) {
      String line =
          peer.client()
              .text("INFO", "commandstats")
              .lines()
              .filter(each -> each.startsWith("cmdstat_blpop:"))
              .map(each -> each.replaceAll("usec[a-z_]*=[^,]*,", ""))
              .collect(Collectors.joining());
      assertThat(line).isEqualTo("cmdstat_blpop:calls=4,rejected_calls=0,failed_calls=1");
    }
    talk.play("0 RPUSH|a|1");
  }

  @Test
  void shouldAgreeInALongRandomConversation() {
    long seed = Long.getLong("millrace.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    List<String> said = new ArrayList<>();
    try {
      for (int i = 0; i < Integer.getInteger("millrace.differential", 700); i++) {
        int client = random.nextInt(CLIENTS);
        if (talk.waits(client)) {
          continue;
        }
        // Somebody must be left to end the waits.
        String command = client < 2 ? giving(random) : taking(random);
        said.add(client + " " + command);
        if (client < 2) {
          talk.say(client, (Object[]) command.split("\\|", -1));
        } else {
          talk.begin(client, (Object[]) command.split("\\|", -1));
        }
      }
    } catch (AssertionError | RuntimeException e) {
      int from = Math.max(0, said.size() - 30);
      throw new AssertionError(
          "seed " + seed + "; the end was " + said.subList(from, said.size()), e);
    }
  }

  private static String key(SplittableRandom random) {
    return String.valueOf((char) ('a' + random.nextInt(4)));
  }

  private static String side(SplittableRandom random) {
    return random.nextBoolean() ? "LEFT" : "RIGHT";
  }

  private static String giving(SplittableRandom random) {
    String key = key(random);
    return switch (random.nextInt(14)) {
      case 0, 1, 2 -> "RPUSH|" + key + "|" + random.nextInt(100);
      case 3 -> "LPUSH|" + key + "|x|y|z|" + random.nextInt(100);
      case 4 -> "DEL|" + key;
      case 5 -> "SET|" + key + "|v";
      case 6 -> "RENAME|" + key + "|" + key(random);
      case 7 -> "COPY|" + key + "|" + key(random) + "|REPLACE";
      case 8 -> "LMOVE|" + key + "|" + key(random) + "|" + side(random) + "|" + side(random);
      case 9, 10 -> "MULTI";
      case 11, 12 -> "EXEC";
      default -> random.nextInt(8) == 0 ? "FLUSHALL" : "LRANGE|" + key + "|0|-1";
    };
  }

  private static String taking(SplittableRandom random) {
    String key = key(random);
    return switch (random.nextInt(6)) {
      case 0 -> "BLPOP|" + key + "|0";
      case 1 -> "BRPOP|" + key + "|" + key(random) + "|" + key(random) + "|0";
      case 2 ->
          "BLMOVE|" + key + "|" + key(random) + "|" + side(random) + "|" + side(random) + "|0";
      case 3 -> "BRPOPLPUSH|" + key + "|" + key(random) + "|0";
      case 4 -> "BLMPOP|0|2|" + key + "|" + key(random) + "|" + side(random) + "|COUNT|2";
      default -> "LPOP|" + key;
    };
  }
}
