package dev.millrace.engine.command.blocking;

import dev.millrace.engine.testing.Conversation;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which key events the commands of lists tell, in which order, beside redis-server. */
@Timeout(60)
class ListEventsBesideRedisTest {
  @TempDir Path directory;

  @Test
  void shouldTellOfEachCommandWhatRedisTells() {
    try (Conversation talk = new Conversation(directory, 5, "--notify-keyspace-events", "AKEmn")) {
      talk.play("0 PSUBSCRIBE|__key*@*__:*");
      talk.play(
          """
          1 RPUSH|a|1|2|3
          1 LPUSH|a|0
          1 LPUSHX|a|x
          1 RPUSHX|a|x
          1 LPUSHX|none|x
          1 LINSERT|a|BEFORE|1|i
          1 LINSERT|a|AFTER|nope|i
          1 LSET|a|0|z
          1 LSET|a|99|z
          1 LREM|a|0|x
          1 LREM|a|0|nope
          1 LTRIM|a|0|2
          1 LTRIM|a|0|-1
          1 LINDEX|a|0
          1 LINDEX|none|0
          1 LLEN|none
          1 LRANGE|none|0|1
          1 LPOS|none|0
          1 LPOP|none
          1 LPOP|a|0
          1 LPOP|a
          1 RPOP|a|9
          1 RPUSH|a|1|2|3
          1 LMOVE|a|b|LEFT|RIGHT
          1 LMOVE|a|a|LEFT|RIGHT
          1 RPOPLPUSH|a|b
          1 RPOPLPUSH|a|b
          1 RPOPLPUSH|a|b
          1 RPOPLPUSH|b|b
          1 LMPOP|2|a|b|LEFT|COUNT|2
          1 LMPOP|2|a|b|RIGHT
          1 RPUSH|a|1|1|1
          1 LREM|a|0|1
          1 RPUSH|a|1
          1 LTRIM|a|5|9
          1 RPUSH|a|1
          1 BLPOP|a|0
          1 RPUSH|a|1|2|3
          1 BRPOP|none|a|0
          1 BLMOVE|a|b|LEFT|LEFT|0
          1 BRPOPLPUSH|a|b|0
          1 BLMPOP|0|2|a|b|LEFT|COUNT|9
          2* BLPOP|a|0
          1 RPUSH|a|1
          2* BLMOVE|a|b|LEFT|LEFT|0
          3* BLPOP|b|0
          1 RPUSH|a|1
          2* BLMPOP|0|1|a|LEFT|COUNT|2
          1 RPUSH|a|1|2|3
          1 DEL|a
          1 RPUSH|a|3|1|2
          1 SORT|a|STORE|d
          1 SORT|a|STORE|a
          1 SORT|none|STORE|d
          1 SORT|none|STORE|d
          1 SORT|a|BY|w_*|GET|w_*
          """);
    }
  }
}
