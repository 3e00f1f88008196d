package dev.millrace.engine.command.blocking;

import dev.millrace.engine.testing.Conversation;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that wait in XREAD and XREADGROUP, beside clients that wait in a stock redis-server. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class WaitingForEntriesBesideRedisTest {
  private static final int CLIENTS = 6;

  @TempDir Path directory;
  private Conversation talk;

  @BeforeEach
  void start() {
    talk = new Conversation(directory, CLIENTS);
    talk.play("5 HELLO|3\n4 HELLO|3");
  }

  @AfterEach
  void stop() {
    talk.close();
  }

  @Test
  void shouldServeReadersFromTheStreamThatGetsAnEntry() {
    talk.play(
        """
        0* XREAD|BLOCK|0|STREAMS|k|other|$|$
        1* XREAD|COUNT|1|BLOCK|0|STREAMS|k|0
        5* XREAD|BLOCK|0|STREAMS|k|$
        2 XADD|other|1-1|f|v
        2 XADD|k|1-1|f|v
        2 XADD|k|2-1|f|v
        0 PING
        5 PING
        0* XREAD|BLOCK|0|STREAMS|k|other|$|1
        2 MULTI
        2 XADD|other|3-1|f|v
        2 XADD|k|3-1|f|v
        2 XADD|k|3-2|f|v
        2 EXEC
        0 PING
        """);
  }

  @Test
  void shouldNotServeReadersWhatIsNotBehindTheirId() {
    talk.play(
        """
        2 XADD|k|5-5|f|v
        0* XREAD|BLOCK|0|STREAMS|k|7
        1* XREAD|BLOCK|0|STREAMS|k|$
        2 XADD|k|6-6|f|v
        2 DEL|k
        2 XADD|k|1-1|f|v
        2 XADD|k|6-7|f|v
        2 XADD|k|7-1|f|v
        2 XADD|k|8-1|f|v
        """);
  }

  @Test
  void shouldTellAConsumerWhenItsStreamOrGroupIsGone() {
    for (String end :
        new String[] {
          "DEL|k",
          "SET|k|x",
          "FLUSHALL",
          "FLUSHDB",
          "RENAME|k|z",
          "RENAME|y|k",
          "EXPIRE|k|0",
          "XGROUP|DESTROY|k|g",
          "UNLINK|k",
          "MOVE|k|3",
          "SWAPDB|0|7"
        }) {
      talk.play(
          """
          2 FLUSHALL
          2 XADD|k|1-1|f|v
          2 XGROUP|CREATE|k|g|$
          2 RPUSH|y|1
          0* XREADGROUP|GROUP|g|c|BLOCK|0|STREAMS|k|>
          5* XREADGROUP|GROUP|g|c|BLOCK|0|STREAMS|missing-not|k|>|>
          1* XREAD|BLOCK|0|STREAMS|k|$
          4* XREADGROUP|GROUP|g|d|BLOCK|0|STREAMS|k|>
          3 %s
          3 DEL|k
          3 XADD|k|1-1|f|v
          3 XADD|k|1-2|f|v
          """
              .formatted(end));
    }
  }

  @Test
  void shouldKeepAConsumerWaitingWhenNothingNewComes() {
    talk.play(
        """
        2 XADD|k|1-1|f|v
        2 XGROUP|CREATE|k|g|$
        0* XREADGROUP|GROUP|g|c|BLOCK|0|STREAMS|k|>
        2 XTRIM|k|MAXLEN|0
        2 XSETID|k|9-9
        2 XGROUP|CREATE|k|h|0
        2 XGROUP|DESTROY|k|h
        2 EXPIRE|k|1000
        2 XADD|k|10-1|f|v
        0 PING
        """);
  }

  @Test
  void shouldAnswerWithNothingWhereAnEntryIsDeletedAtOnce() {
    talk.play(
        """
        2 XADD|k|1-1|f|v
        2 XADD|k|3-1|f|v
        2 XGROUP|CREATE|k|g|1-1
        2 XDEL|k|3-1
        0* XREAD|BLOCK|0|STREAMS|k|2
        1* XREADGROUP|GROUP|g|c|BLOCK|0|STREAMS|k|>
        2 XDEL|k|1-1
        2 XTRIM|k|MAXLEN|0
        2 MULTI
        2 XADD|k|4-1|f|v
        2 XDEL|k|4-1
        2 EXEC
        2 XINFO|GROUPS|k
        2 XLEN|k
        """);
  }

  @Test
  void shouldGiveEachEntryToOneConsumerInTheOrderTheyCame() {
    talk.play(
        """
        3 XGROUP|CREATE|k|g|$|MKSTREAM
        3 XGROUP|CREATE|k|h|$
        0* XREADGROUP|GROUP|g|a|COUNT|1|BLOCK|0|STREAMS|k|>
        1* XREADGROUP|GROUP|g|b|COUNT|1|BLOCK|0|STREAMS|k|>
        4* XREADGROUP|GROUP|h|a|NOACK|BLOCK|0|STREAMS|k|>
        5* XREADGROUP|GROUP|g|b|BLOCK|0|STREAMS|k|>
        2* XREAD|BLOCK|0|STREAMS|k|$
        3 XADD|k|1-1|f|v
        3 XADD|k|2-1|f|v
        3 MULTI
        3 XADD|k|3-1|f|v
        3 XADD|k|3-2|f|v
        3 XDEL|k|3-1
        3 EXEC
        3 XPENDING|k|g
        3 XPENDING|k|h
        3 XINFO|GROUPS|k
        0* XREADGROUP|GROUP|g|a|BLOCK|0|STREAMS|k|0
        0* XREADGROUP|GROUP|g|a|BLOCK|0|STREAMS|k|>
        3 XADD|k|4-1|f|v
        3 XPENDING|k|g
        """);
  }

  @Test
  void shouldEndWaitsByTimeOrByAnotherClient() {
    talk.play(
        """
        0* XREAD|BLOCK|30|STREAMS|k|$
        5* XREAD|BLOCK|40|STREAMS|k|$
        """);
    talk.awaitEnd(0);
    talk.awaitEnd(5);
    talk.play(
        """
        2 XGROUP|CREATE|k|g|$|MKSTREAM
        0* XREADGROUP|GROUP|g|c|BLOCK|30|STREAMS|k|>
        """);
    talk.awaitEnd(0);
    talk.play("1* XREAD|BLOCK|0|STREAMS|k|$\n2 XINFO|CONSUMERS|k|g");
    talk.ours(2).send("CLIENT", "UNBLOCK", talk.ourId(1));
    talk.real(2).send("CLIENT", "UNBLOCK", talk.realId(1));
    talk.ours(2).readWire();
    talk.real(2).readWire();
    talk.awaitEnd(1);
    talk.play("1* XREADGROUP|GROUP|g|c|BLOCK|0|STREAMS|k|>");
    talk.ours(2).send("CLIENT", "UNBLOCK", talk.ourId(1), "ERROR");
    talk.real(2).send("CLIENT", "UNBLOCK", talk.realId(1), "ERROR");
    talk.ours(2).readWire();
    talk.real(2).readWire();
    talk.awaitEnd(1);
    talk.play(
        """
        3 MULTI
        3 XREAD|BLOCK|0|STREAMS|k|$
        3 XREADGROUP|GROUP|g|c|BLOCK|0|STREAMS|k|>
        3 EXEC
        0 XREAD|BLOCK|-1|STREAMS|k|$
        0 XREAD|BLOCK|x|STREAMS|k|$
        0 XREAD|BLOCK|99999999999999999999|STREAMS|k|$
        0* XREAD|BLOCK|9223372036854775807|STREAMS|k|$
        1* XREADGROUP|GROUP|g|c|BLOCK|9223372036854775000|STREAMS|k|>
        3 XADD|k|1-1|f|v
        """);
  }
}
