package dev.millrace.engine.command;

import dev.millrace.engine.testing.Conversation;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What keyspace notifications and WATCH tell of hashes and sets, beside redis-server. */
@Timeout(120)
class CollectionEventsBesideRedisTest {
  @TempDir Path directory;
  private Conversation talk;

  @BeforeEach
  void start() {
    talk = new Conversation(directory, 3, "--notify-keyspace-events", "AKEmn");
  }

  @AfterEach
  void stop() {
    talk.close();
  }

  @Test
  void shouldTellOfEachCommandWhatRedisTells() {
    talk.play(
        """
        0 PSUBSCRIBE|__key*@*__:*
        1 HSET|h|a|1|b|2|a|3
        1 HSET|h|a|3
        1 HMSET|h|c|1
        1 HSETNX|h|c|1
        1 HSETNX|h|d|1
        1 HSETNX|new|d|1
        1 HINCRBY|h|a|5
        1 HINCRBY|counter|a|5
        1 HINCRBYFLOAT|h|a|0.5
        1 HINCRBY|h|a|5
        1 HGET|h|a
        1 HGET|missing|a
        1 HMGET|missing|a|b
        1 HGETALL|missing
        1 HLEN|missing
        1 HSCAN|missing|0
        1 HRANDFIELD|missing
        1 HDEL|h|none
        1 HDEL|missing|none
        1 HDEL|h|a|b|a
        1 HDEL|h|c|d|e
        1 SADD|s|1|2|3|1
        1 SADD|s|1
        1 SADD|t|a
        1 SREM|s|9
        1 SREM|missing|9
        1 SREM|s|1|9
        1 SMOVE|s|t|2
        1 SMOVE|s|t|2
        1 SADD|s|2
        1 SMOVE|s|t|2
        1 SMOVE|s|u|3
        1 SMOVE|u|u|3
        1 SMOVE|missing|u|3
        1 SADD|s|1|2|3
        1 SINTERSTORE|d|s|t
        1 SINTERSTORE|d|s|missing
        1 SINTERSTORE|d|s|missing
        1 SUNIONSTORE|d|s|t|missing
        1 SUNIONSTORE|s|s|t
        1 SUNIONSTORE|d|missing
        1 SUNIONSTORE|d|missing
        1 SDIFFSTORE|d|s|t
        1 SDIFFSTORE|d|t|s
        1 SDIFFSTORE|d|t|s
        1 SISMEMBER|missing|a
        1 SMEMBERS|missing
        1 SRANDMEMBER|missing|3
        1 SPOP|missing
        1 SPOP|missing|3
        1 SADD|one|x
        1 SPOP|one
        1 SADD|one|x
        1 SPOP|one|1
        1 SADD|one|x
        1 SPOP|one|0
        1 SPOP|one|7
        1 SADD|one|x
        1 SREM|one|x|y
        """);
  }

  @Test
  void shouldFailTheTransactionsOfWatchersExactlyWhereRedisDoes() {
    String[] changes = {
      "HSET|h|a|1",
      "HSETNX|h|a|2",
      "HSETNX|h|b|2",
      "HINCRBY|h|b|0",
      "HINCRBYFLOAT|h|b|0",
      "HDEL|h|none",
      "HDEL|h|b",
      "HGETALL|h",
      "HDEL|h|a",
      "SADD|s|1|2|3",
      "SADD|s|1",
      "SREM|s|9",
      "SREM|s|1",
      "SMOVE|s|h|2",
      "SMOVE|s|t|2",
      "SMOVE|t|s|9",
      "SINTERSTORE|s|none|h",
      "SUNIONSTORE|h|none",
      "SDIFFSTORE|h|t|s",
      "SPOP|none",
      "SPOP|h|0",
      "SPOP|h|5",
      "SMEMBERS|h"
    };
    StringBuilder script = new StringBuilder();
    for (String change : changes) {
      script.append(
          """
          1 WATCH|h|s|t
          2 %s
          1 MULTI
          1 PING
          1 EXEC
          """
              .formatted(change));
    }
    talk.play(script.toString());
  }
}
