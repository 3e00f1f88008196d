package dev.millrace.engine.command.blocking;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.testing.Conversation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
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
      Path theirs = talk.real().directory().resolve("appendonlydir");
      assertThat(await(directory.resolve("appendonlydir"), "stream-"))
          .isEqualTo(await(theirs, "appendonly.aof.1.incr"));
      talk.play("0 RPUSH|gone|1");
    }
  }

  /** The file's commands once the marker is there: words without their lengths. */
  private static List<String> await(Path directory, String name) throws IOException {
    Path file;
    try (Stream<Path> files = Files.list(directory)) {
      file =
          files
              .filter(each -> each.getFileName().toString().startsWith(name))
              .findFirst()
              .orElseThrow();
    }
    String text = Files.readString(file, StandardCharsets.ISO_8859_1);
    while (!text.contains(MARKER)) {
      text = Files.readString(file, StandardCharsets.ISO_8859_1);
    }
    return text.lines().map(String::strip).filter(line -> !line.startsWith("$")).toList();
  }
}
