package dev.millrace.tools.aof;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandTextTest {
  private static StreamCursor over(String bytes) {
    return new StreamCursor(MemorySegment.ofArray(bytes.getBytes(StandardCharsets.ISO_8859_1)));
  }

  private static String command(String... words) {
    StringBuilder text = new StringBuilder("*" + words.length + "\r\n");
    for (String word : words) {
      text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    return text.toString();
  }

  private static String text(boolean full, String... words) {
    StreamCursor cursor = over(command(words));
    assertThat(cursor.next()).isTrue();
    return new CommandText(full).of(cursor);
  }

  @Test
  void shouldQuoteOnlyWhatIsNotPlain() {
    assertThat(text(false, "SET", "k:1", "a b")).isEqualTo("SET k:1 \"a b\"");
    assertThat(text(false, "SET", "", "\"\\'\r\n\t\u00ff\u0000"))
        .isEqualTo("SET \"\" \"\\\"\\\\'\\r\\n\\t\\xff\\x00\"");
  }

  @Test
  void shouldShortenLongWordsUnlessAskedNotTo() {
    String word = "x".repeat(65);
    assertThat(text(false, "SET", "k", word))
        .isEqualTo("SET k " + "x".repeat(40) + "...(65 bytes)");
    assertThat(text(true, "SET", "k", word)).isEqualTo("SET k " + word);
    assertThat(text(false, "SET", "k", word.substring(1))).endsWith("x".repeat(64));
  }

  @Test
  void shouldWalkFromCommandToCommand() {
    String many = command("DEL", "a", "b", "c", "d", "e", "f", "g", "h", "i");
    StreamCursor cursor = over(command("PING") + many);
    List<Long> starts = new ArrayList<>();
    while (cursor.next()) {
      starts.add(cursor.start());
    }
    assertThat(starts).containsExactly(0L, (long) command("PING").length());
    assertThat(cursor.end()).isEqualTo(command("PING").length() + many.length());
    assertThat(cursor.count()).isEqualTo(10);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PING\r\n",
        "*0\r\n",
        "*1\r\n$4\r\nPING",
        "*1\r\n$4\r\nPINGS\r\n",
        "*1\r\n$-1\r\n",
        "*1\r\n:4\r\n",
        "*1\n$4\r\nPING\r\n",
        "*1\r\n$99999999999\r\nPING\r\n",
        "*",
        ""
      })
  void shouldStopAtWhatIsNoWholeCommand(String bytes) {
    StreamCursor cursor = over(command("PING") + bytes);
    assertThat(cursor.next()).isTrue();
    assertThat(cursor.next()).isFalse();
    assertThat(cursor.end()).isEqualTo(command("PING").length());
  }
}
