package dev.millrace.engine.command.script;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.command.SideBySide;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * Some hundreds of scripts, and the commands about them, to Millrace and a real Redis: every reply
 * is the same to the byte, in both protocols.
 */
class ScriptsBesideRedisTest {
  private static final int RESP2 = 0;
  private static final int RESP3 = 1;

  /** A line is a script, or after an exclamation mark a whole command. */
  private static List<String> lines(String name) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            ScriptsBesideRedisTest.class.getResourceAsStream("/scripts/" + name))) {
      String all = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
      return all.lines().filter(line -> !line.isBlank()).toList();
    }
  }

  private static Object[] command(String line) {
    if (!line.startsWith("!")) {
      return new Object[] {"EVAL", line, "0"};
    }
    List<Object> words = new ArrayList<>();
    for (String word : words(line.substring(1))) {
      words.add(word.replace("\\n", "\n"));
    }
    return words.toArray();
  }

  /** Words between blanks; double quotes hold one together. */
  private static List<String> words(String line) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean quoted = false;
    boolean any = false;
    for (char c : line.toCharArray()) {
      if (c == '"') {
        quoted = !quoted;
        any = true;
      } else if (c == ' ' && !quoted) {
        if (any) {
          words.add(word.toString());
          word.setLength(0);
          any = false;
        }
      } else {
        word.append(c);
        any = true;
      }
    }
    if (any) {
      words.add(word.toString());
    }
    return words;
  }

  private static void compare(String file) throws IOException, InterruptedException {
    List<String> script = lines(file);
    List<String> differences = new ArrayList<>();
    Thread thread =
        Thread.ofPlatform()
            .stackSize(ScriptEngine.STACK_BYTES)
            .uncaughtExceptionHandler((which, failure) -> differences.add(failure.toString()))
            .start(() -> compare(file, script, differences));
    thread.join();
    assertThat(differences).isEmpty();
  }

  private static void compare(String file, List<String> script, List<String> differences) {
    try (SideBySide both = new SideBySide(file, 1, 2)) {
      for (int client : new int[] {RESP2, RESP3}) {
        for (String line : script) {
          Object[] command = command(line);
          String ours = both.ourReply(client, command);
          String theirs = both.theirReply(client, command);
          // Libraries and functions come in each server's own order.
          boolean anyOrder = line.startsWith("!FUNCTION LIST");
          if (anyOrder ? !sorted(ours).equals(sorted(theirs)) : !ours.equals(theirs)) {
            differences.add(
                "RESP%d %s%n   ours %s%n theirs %s"
                    .formatted(client + 2, line, ours.strip(), theirs.strip()));
          }
        }
      }
    }
  }

  private static List<String> sorted(String reply) {
    return reply.lines().sorted().toList();
  }

  @Test
  void shouldAnswerScriptsAsRedisDoes() throws Exception {
    compare("evaluate.txt");
  }

  @Test
  void shouldRunCommandsOfAllTypesAsRedisDoes() throws Exception {
    compare("types.txt");
  }

  @Test
  void shouldAnswerFunctionsAsRedisDoes() throws Exception {
    compare("functions.txt");
  }

  @Test
  void shouldOfferTheLibrariesThatRedisOffers() throws Exception {
    compare("libraries.txt");
  }
}
