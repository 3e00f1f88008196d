package dev.millrace.engine.command.blocking;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.testing.Conversation;
import dev.millrace.engine.testing.LoggedCommands;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What goes to the log when waiting clients are served, beside redis-server's file. */
@Timeout(60)
class WaitingStreamTest {
  private static final String MARKER = "the end of the test";

  @TempDir Path directory;

  @Test
  void shouldPropagateWhatWasTakenBehindWhatWasGiven() throws IOException {
    try (Conversation talk =
        new Conversation(
            directory, 6, "--appendonly", "yes", "--auto-aof-rewrite-percentage", "0")) {
      talk.play(
          """
          1* BLPOP|a|b|0
          2* BRPOP|a|0
          3* BLMOVE|a|c|LEFT|RIGHT|0
          4* BRPOPLPUSH|c|d|0
          5* BLMPOP|0|2|d|a|RIGHT|COUNT|5
          0 RPUSH|a|1|2|3|4|5|6
          1* BLPOP|x|0
          0 MULTI
          0 SET|k|v
          0 RPUSH|x|1
          0 RPUSH|x|2
          0 EXEC
          1* BLMOVE|s|t|LEFT|LEFT|0
          0 SET|t|string
          0 RPUSH|s|1
          1* BLPOP|gone|0
          0 MULTI
          0 RPUSH|gone|1
          0 DEL|gone
          0 EXEC
          """);
      talk.say(0, "SET", "marker", MARKER);
      assertThat(LoggedCommands.ours(directory, MARKER))
          .isEqualTo(LoggedCommands.real(talk.real(), MARKER));
      talk.play("0 RPUSH|gone|1");
    }
  }

  @Test
  void shouldDeleteWhatExpiredBeforeItsWaiterWasServed() throws IOException {
    try (Conversation talk =
        new Conversation(
            directory,
            2,
            "--appendonly",
            "yes",
            "--auto-aof-rewrite-percentage",
            "0",
            "--enable-debug-command",
            "yes")) {
      talk.play(
          """
          0 DEBUG|SET-ACTIVE-EXPIRE|0
          1* BRPOP|k|0
          0 MULTI
          0 RPUSH|k|hello
          0 PEXPIRE|k|50
          0 DEBUG|SLEEP|0.1
          0 EXEC
          0 SELECT|1
          0 RPUSH|k|hello
          0 PEXPIRE|k|50
          0 DEBUG|SLEEP|0.1
          0 SWAPDB|0|1
          0 SELECT|0
          0 RPUSH|k|world
          """);
      talk.say(0, "SET", "marker", MARKER);
      assertThat(withoutTimes(LoggedCommands.ours(directory, MARKER)))
          .isEqualTo(withoutTimes(LoggedCommands.real(talk.real(), MARKER)));
    }
  }

  private static List<String> withoutTimes(List<String> words) {
    return words.stream().map(word -> word.replaceAll("^[0-9]{13}$", "time")).toList();
  }
}
