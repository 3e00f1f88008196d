package dev.millrace.engine.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import dev.millrace.engine.protocol.Request;
import dev.millrace.engine.snapshot.WorkAhead;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class StreamDecodingTest {
  private static final long SEED = Long.getLong("millrace.seed", System.nanoTime());

  private long stopsAt = -1;

  private static String command(String... arguments) {
    StringBuilder text = new StringBuilder("*" + arguments.length + "\r\n");
    for (String argument : arguments) {
      text.append('$').append(argument.length()).append("\r\n").append(argument).append("\r\n");
    }
    return text.toString();
  }

  /** What is found in the stream, by a thread that is two parts ahead at most. */
  private List<String> decoded(String stream) throws IOException {
    List<String> found = new ArrayList<>();
    byte[] bytes = stream.getBytes(StandardCharsets.ISO_8859_1);
    Request request = new Request();
    try (Region region = new Region(Math.max(1, bytes.length));
        DecodedPart one = new DecodedPart();
        DecodedPart other = new DecodedPart()) {
      Memory.put(region.address(), bytes, 0, bytes.length);
      StreamDecoding decoding =
          new StreamDecoding((name, length) -> null, region.address(), bytes.length);
      try (WorkAhead<DecodedPart> ahead = new WorkAhead<>("test", List.of(one, other), decoding)) {
        for (DecodedPart p = ahead.take(() -> {}); p != null; p = ahead.take(() -> {})) {
          for (int i = 0; i < p.commands.count(); i++) {
            p.commands.select(i, request);
            found.add(request.text(request.argc() - 1));
          }
          stopsAt = p.torn || p.commands.error() != null ? p.from : -1;
          ahead.giveBack(p);
        }
      }
      one.commands.clear();
      other.commands.clear();
    }
    return found;
  }

  @Test
  void shouldFindEveryCommandOfAnyLengthInItsOrder() throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    StringBuilder stream = new StringBuilder();
    List<String> last = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      int length = i % 700 == 5 ? random.nextInt(5 << 20) : random.nextInt(60);
      String value = i + "v".repeat(length);
      stream.append(i % 100 == 7 ? "*0\r\n" : "").append(command("SET", "k", value));
      last.add(value);
    }
    assertThat(decoded(stream.toString())).as("seed %d", SEED).isEqualTo(last);
    assertThat(stopsAt).isEqualTo(-1);
    assertThat(decoded("")).isEmpty();
  }

  @Test
  void shouldSayWhereNoCommandIs() throws IOException {
    String whole = command("SET", "k", "v");
    assertThat(decoded(whole + "*1\r\n$4\r\nPI")).containsExactly("v");
    assertThat(stopsAt).isEqualTo(whole.length());
    assertThat(decoded(whole + "*1\r\n!\r\n")).containsExactly("v");
    assertThat(stopsAt).isZero();
  }

  @Test
  void shouldPassOnWhatTheWorkThrowsAfterThePiecesBeforeIt() throws IOException {
    IOException broken = new IOException("broken");
    int[] calls = new int[1];
    WorkAhead.Work<Object> work =
        holder -> {
          if (++calls[0] == 3) {
            throw broken;
          }
          return true;
        };
    try (WorkAhead<Object> ahead = new WorkAhead<>("test", List.of(1, 2, 3), work)) {
      assertThat(ahead.take(() -> {})).isNotNull();
      assertThat(ahead.take(() -> {})).isNotNull();
      assertThatThrownBy(() -> ahead.take(() -> {})).isSameAs(broken);
    }
  }
}
