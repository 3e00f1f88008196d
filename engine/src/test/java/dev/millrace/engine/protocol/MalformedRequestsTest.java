package dev.millrace.engine.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.memory.Memory;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Damaged requests, in checked memory: whatever comes is decoded or refused, in any pieces, and
 * takes memory in proportion to what came. For a long run {@code -Dmillrace.fuzz=10000000}, with
 * other damage by {@code -Dmillrace.fuzz.seed=N}.
 */
class MalformedRequestsTest {
  private static final long CYCLES = Long.getLong("millrace.fuzz", 30_000);
  private static final long SEED = Long.getLong("millrace.fuzz.seed", 1818);
  private static final List<String> TELLING =
      List.of(
          "*",
          "$",
          "\r\n",
          "\r",
          "\n",
          "-1",
          "0",
          "2147483647",
          "1048577",
          "536870913",
          "9223372036854775808",
          "-",
          "+",
          " ",
          "\"",
          "'",
          "\\x",
          "\0",
          "\u00ff",
          "*3\r\n",
          "$5\r\n");

  private final SplittableRandom random = new SplittableRandom(SEED);

  @Test
  @Timeout(unit = java.util.concurrent.TimeUnit.HOURS, value = 12)
  void shouldDecodeOrRefuseWhateverComesInProportionToItsBytes() {
    long whole = 0;
    long refused = 0;
    for (long cycle = 0; cycle < CYCLES; cycle++) {
      byte[] bytes = damaged(requests());
      try (RequestBuffer in = new RequestBuffer(512)) {
        RequestDecoder decoder = new RequestDecoder((name, length) -> null, new RequestLimits());
        Request request = new Request();
        int at = 0;
        while (at < bytes.length && in.error() == null) {
          int piece = Math.min(bytes.length - at, 1 + random.nextInt(1 + random.nextInt(200)));
          in.append(bytes, at, piece);
          at += piece;
          decoder.decode(in, Integer.MAX_VALUE);
        }
        for (int i = 0; i < in.count(); i++) {
          in.select(i, request);
          for (int argument = 0; argument < request.argc(); argument++) {
            Memory.hash(request.address(argument), request.length(argument));
          }
        }
        whole += in.count();
        refused += in.error() == null ? 0 : 1;
        assertThat(in.memoryBytes())
            .as("cycle %d of seed %d", cycle, SEED)
            .isLessThan((64 << 10) + 32L * bytes.length);
      }
    }
    assertThat(whole).isGreaterThan(CYCLES / 2);
    assertThat(refused).isBetween(CYCLES / 20, CYCLES);
  }

  private byte[] requests() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = random.nextInt(4); i >= 0; i--) {
      StringBuilder text = new StringBuilder();
      int arguments = random.nextInt(1, 6);
      if (random.nextInt(5) == 0) {
        for (int argument = 0; argument < arguments; argument++) {
          text.append(random.nextBoolean() ? "\"in \\x41line\" " : "inline ");
        }
        text.append("\r\n");
      } else {
        text.append('*').append(arguments).append("\r\n");
        for (int argument = 0; argument < arguments; argument++) {
          String value = "x".repeat(random.nextInt(random.nextInt(10) == 0 ? 600 : 12));
          text.append('$').append(value.length()).append("\r\n").append(value).append("\r\n");
        }
      }
      out.writeBytes(text.toString().getBytes(StandardCharsets.ISO_8859_1));
    }
    return out.toByteArray();
  }

  private byte[] damaged(byte[] whole) {
    byte[] bytes = whole;
    for (int times = random.nextInt(4); times > 0 && bytes.length > 0; times--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(4)) {
        case 0 -> bytes[at] = (byte) random.nextInt();
        case 1 -> bytes = Arrays.copyOf(bytes, at);
        default -> {
          byte[] telling =
              TELLING.get(random.nextInt(TELLING.size())).getBytes(StandardCharsets.ISO_8859_1);
          int removed = random.nextInt(2) * Math.min(telling.length, bytes.length - at);
          byte[] changed = new byte[bytes.length + telling.length - removed];
          System.arraycopy(bytes, 0, changed, 0, at);
          System.arraycopy(telling, 0, changed, at, telling.length);
          System.arraycopy(
              bytes, at + removed, changed, at + telling.length, bytes.length - at - removed);
          bytes = changed;
        }
      }
    }
    return bytes;
  }
}
