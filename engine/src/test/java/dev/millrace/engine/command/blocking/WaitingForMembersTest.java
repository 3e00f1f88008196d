package dev.millrace.engine.command.blocking;

import dev.millrace.engine.testing.Conversation;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that wait for members of sorted sets, beside redis-server. */
@Timeout(120)
class WaitingForMembersTest {
  private static final int CLIENTS = 5;

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
  void shouldServeWhoeverWaitedFirstFromTheEndItAskedFor() {
    talk.play(
        """
        1* BZPOPMIN|z|0
        2* BZPOPMAX|y|z|0
        3* BZMPOP|0|2|z|y|MAX|COUNT|2
        0 ZADD|z|1|a|2|b|3|c|4|d|5|e
        0 ZRANGE|z|0|-1|WITHSCORES
        1* BZMPOP|0|1|q|MIN
        0 ZADD|q|1.5|one
        0 EXISTS|q
        """);
  }

  @Test
  void shouldServeWhateverFillsTheKey() {
    talk.play(
        """
        0 ZADD|source|1|a|2|b
        1* BZPOPMIN|z|0
        0 ZUNIONSTORE|z|1|source
        0 ZRANGE|z|0|-1
        0 DEL|z
        1* BZPOPMIN|z|0
        0 ZRANGESTORE|z|source|0|-1
        0 DEL|z
        1* BZPOPMAX|z|0
        0 RENAME|source|z
        0 DEL|z
        1* BZPOPMIN|z|0
        0 ZINCRBY|z|3|m
        1* BZPOPMIN|z|0
        0 GEOADD|z|13.4|52.5|Berlin
        1* BZPOPMIN|z|0
        0 SADD|z|not
        0 DEL|z
        0 ZADD|z|1|x
        """);
  }

  @Test
  void shouldAnswerAtOnceWhereNobodyMayWait() {
    talk.play(
        """
        0 MULTI
        0 BZPOPMIN|z|0
        0 BZMPOP|0|1|z|MIN
        0 EXEC
        0 ZADD|z|1|a|2|b|3|c
        1 BZPOPMIN|none|z|0
        1 BZMPOP|0|2|none|z|MAX
        0 SET|text|x
        1 BZPOPMIN|text|z|0
        1 BZMPOP|0|2|text|z|MAX
        1 BZPOPMIN|none|0.01
        1 BZMPOP|0.01|1|none|MIN
        """);
  }
}
