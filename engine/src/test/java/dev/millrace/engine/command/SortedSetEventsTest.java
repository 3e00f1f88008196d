package dev.millrace.engine.command;

import dev.millrace.engine.testing.Conversation;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What keyspace notifications and WATCH tell of sorted sets and geo, beside redis-server. */
@Timeout(120)
class SortedSetEventsTest {
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
  void shouldTellOfMembersWhatRedisTells() {
    talk.play(
        """
        0 PSUBSCRIBE|__key*@*__:*
        1 ZADD|z|1|a|2|b|3|c|4|d
        1 ZADD|z|1|a
        1 ZADD|z|NX|9|a
        1 ZADD|z|XX|9|none
        1 ZADD|missing|XX|9|none
        1 ZADD|z|GT|CH|2|a|1|b
        1 ZADD|z|INCR|5|a
        1 ZADD|z|INCR|NX|5|a
        1 ZINCRBY|z|0|a
        1 ZINCRBY|z|1|e
        1 ZADD|inf|inf|a
        1 ZINCRBY|inf|-inf|a
        1 ZREM|z|none
        1 ZREM|missing|none
        1 ZREM|z|a|none|b
        1 ZREM|z|c|d|e|f
        1 ZSCORE|missing|a
        1 ZRANGE|missing|0|1
        1 ZCARD|missing
        1 ZRANK|missing|a
        1 ZSCAN|missing|0
        1 ZRANDMEMBER|missing
        1 ZCOUNT|missing|0|1
        1 ZMSCORE|missing|a
        """);
  }

  @Test
  void shouldTellOfRangesAndPopsWhatRedisTells() {
    talk.play(
        """
        0 PSUBSCRIBE|__key*@*__:*
        1 ZADD|z|0|a|0|b|0|c|0|d|1|e|2|f|3|g|4|h|5|i
        1 ZREMRANGEBYLEX|l|[a|[b
        1 ZREMRANGEBYRANK|z|50|60
        1 ZREMRANGEBYRANK|z|0|0
        1 ZREMRANGEBYSCORE|z|8|9
        1 ZREMRANGEBYSCORE|z|1|2
        1 ZPOPMIN|z
        1 ZPOPMAX|z|0
        1 ZPOPMAX|z|2
        1 ZPOPMIN|missing
        1 ZMPOP|2|missing|z|MIN|COUNT|1
        1 BZPOPMIN|missing|z|0.1
        1 BZMPOP|0.1|1|z|MAX|COUNT|10
        1 ZADD|l|0|a|0|b|0|c
        1 ZREMRANGEBYLEX|l|[a|[b
        1 ZREMRANGEBYLEX|l|-|+
        1 ZADD|z|1|a
        1 ZPOPMAX|z|9
        """);
  }

  @Test
  void shouldTellOfStoredResultsWhatRedisTells() {
    talk.play(
        """
        0 PSUBSCRIBE|__key*@*__:*
        1 ZADD|a|1|x|2|y
        1 ZADD|b|1|y|2|z
        1 ZUNIONSTORE|to|2|a|b
        1 ZINTERSTORE|to|2|a|b
        1 ZDIFFSTORE|to|2|a|b
        1 ZINTERSTORE|to|2|a|missing
        1 ZINTERSTORE|to|2|a|missing
        1 ZUNION|2|a|missing
        1 ZRANGESTORE|to|a|0|-1
        1 ZRANGESTORE|to|a|5|9
        1 ZRANGESTORE|to|missing|0|-1
        1 SET|to|text
        1 ZUNIONSTORE|to|1|a
        1 EXPIRE|to|100
        1 ZUNIONSTORE|to|1|a
        1 TTL|to
        1 GEOADD|geo|13.361389|38.115556|Palermo|15.087269|37.502669|Catania
        1 GEOADD|geo|13.361389|38.115556|Palermo
        1 GEOADD|geo|XX|CH|14|38|Palermo
        1 GEORADIUS|geo|15|37|200|km|STORE|to
        1 GEORADIUS|geo|15|37|1|km|STORE|to
        1 GEORADIUSBYMEMBER|geo|Palermo|200|km|STOREDIST|to
        1 GEOSEARCHSTORE|to|geo|FROMLONLAT|15|37|BYBOX|400|400|km
        1 GEOSEARCHSTORE|to|missing|FROMLONLAT|15|37|BYBOX|400|400|km
        1 GEOSEARCH|missing|FROMLONLAT|15|37|BYBOX|400|400|km
        1 GEODIST|missing|a|b
        1 GEOPOS|missing|a
        """);
  }

  @Test
  void shouldFailTransactionsThatWatchWhatChanged() {
    talk.play(
        """
        0 ZADD|z|1|a|2|b|3|c
        1 WATCH|z
        0 ZADD|z|1|a
        0 ZADD|z|NX|7|a
        0 ZREM|z|none
        0 ZREMRANGEBYRANK|z|7|8
        1 MULTI
        1 ZCARD|z
        1 EXEC
        1 WATCH|z
        0 ZADD|z|XX|5|a
        1 MULTI
        1 EXEC
        1 WATCH|z
        0 ZPOPMIN|z
        1 MULTI
        1 EXEC
        1 WATCH|to
        0 ZRANGESTORE|to|z|0|-1
        1 MULTI
        1 EXEC
        1 WATCH|to
        0 ZINTERSTORE|to|1|missing
        1 MULTI
        1 EXEC
        1 WATCH|to
        0 ZINTERSTORE|to|1|missing
        1 MULTI
        1 EXEC
        """);
  }
}
