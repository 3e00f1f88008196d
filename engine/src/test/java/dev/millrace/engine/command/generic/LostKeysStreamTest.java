package dev.millrace.engine.command.generic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.testing.Conversation;
import dev.millrace.engine.testing.LoggedCommands;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * How keys that expire or are evicted under a command go to the log, beside redis-server's file.
 */
@Timeout(60)
class LostKeysStreamTest {
  private static final String MARKER = "the end of the test";

  @TempDir Path directory;

  private Conversation talk;

  @BeforeEach
  void start() {
    talk =
        new Conversation(
            directory,
            1,
            "--appendonly",
            "yes",
            "--auto-aof-rewrite-percentage",
            "0",
            "--enable-debug-command",
            "yes");
    talk.play("0 DEBUG|SET-ACTIVE-EXPIRE|0");
  }

  @AfterEach
  void stop() {
    talk.close();
  }

  @Test
  void shouldPropagateExpiredKeysOneByOneWhereScanFindsThem() throws IOException {
    talk.play(
        """
        0 SET|x1|1|pxat|1
        0 SET|x2|1|PXAT|1
        0 SET|x3|1|ExAt|1
        0 SCAN|0
        0 SET|x1|1|PXAT|1
        0 SET|x2|1|PXAT|1
        0 RANDOMKEY
        0 SET|x1|1|PXAT|1
        0 SET|x2|1|PXAT|1
        0 MGET|x1|x2
        0 SET|x1|1|PXAT|1
        0 SET|x2|1|PXAT|1
        0 MULTI
        0 SCAN|0
        0 EXEC
        0 SET|x1|1|PXAT|1
        0 SET|x2|1|PXAT|1
        0 EVAL|redis.call('randomkey') redis.call('set', 'a', 1)|0
        """);
    sameLogs();
  }

  @Test
  void shouldPropagateEvictedKeysOneByOneBeforeTheCommandThatNeededRoom() throws IOException {
    talk.play(
        """
        0 SET|x1|1
        0 SET|x2|1
        0 SET|x3|1
        0 CONFIG|SET|maxmemory-policy|allkeys-lru
        0 CONFIG|SET|maxmemory|1
        0 DBSIZE
        0 CONFIG|SET|maxmemory|0
        0 SET|a|1
        """);
    sameLogs();
  }

  private void sameLogs() throws IOException {
    talk.say(0, "SET", "marker", MARKER);
    assertThat(withoutOrder(LoggedCommands.ours(directory, MARKER)))
        .isEqualTo(withoutOrder(LoggedCommands.real(talk.real(), MARKER)));
  }

  /** Which of the keys comes first is the tables' affair. */
  private static List<String> withoutOrder(List<String> words) {
    return words.stream().map(word -> word.replaceAll("^x[0-9]$", "x")).toList();
  }
}
