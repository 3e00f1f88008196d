package dev.millrace.engine.command.string;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import dev.millrace.engine.testing.RespError;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LongDoubleTest {
  private static @Nullable LongDouble parse(String text) {
    return LongDouble.parse(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** INCRBYFLOAT in terms of the class, errors in Redis's words. */
  private static String sum(String a, String b) {
    LongDouble first = parse(a);
    LongDouble second = parse(b);
    if (first == null || second == null) {
      return "ERR value is not a valid float";
    }
    LongDouble sum = first.plus(second);
    return sum == null || sum.isInfinite()
        ? "ERR increment would produce NaN or Infinity"
        : sum.toString();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void shouldAddAndPrintAsRedisDoes(long seed) {
    RandomGenerator random = new SplittableRandom(seed);
    try (RealRedis redis = RealRedis.start()) {
      RespClient client = redis.client();
      int pairs = 2_000;
      String[][] operands = new String[pairs][];
      for (int i = 0; i < pairs; i++) {
        operands[i] = new String[] {number(random), number(random)};
        client.send("SET", "k", operands[i][0]);
        client.send("INCRBYFLOAT", "k", operands[i][1]);
      }
      for (String[] pair : operands) {
        client.read();
        Object reply = client.read();
        String expected =
            reply instanceof RespError error
                ? error.text()
                : new String((byte[]) reply, StandardCharsets.US_ASCII);
        assertThat(sum(pair[0], pair[1]))
            .as("seed %d: %s + %s", seed, pair[0], pair[1])
            .isEqualTo(expected);
      }
    }
  }

  private static String number(RandomGenerator random) {
    String sign = random.nextInt(3) == 0 ? "-" : random.nextInt(6) == 0 ? "+" : "";
    return sign
        + switch (random.nextInt(9)) {
          case 0 -> Integer.toString(random.nextInt(1000));
          case 1 -> Long.toUnsignedString(random.nextLong());
          case 2 -> digits(random, 40) + "." + digits(random, 40);
          case 3 -> digits(random, 25) + "e" + (random.nextInt(10_200) - 5_100);
          case 4 -> digits(random, 19) + "." + digits(random, 19) + "E" + (random.nextInt(60) - 30);
          case 5 ->
              "0x"
                  + Long.toHexString(random.nextLong())
                  + "."
                  + Integer.toHexString(random.nextInt())
                  + "p"
                  + (random.nextInt(200) - 100);
          case 6 ->
              "0X" + Long.toHexString(random.nextLong()) + "P" + (random.nextInt(33_000) - 16_500);
          case 7 -> {
            // Halfway between two neighbours, and a little beside it: ties go to even.
            String half = Long.toString((1L << 62) + random.nextInt(100)) + "8";
            yield half + (random.nextBoolean() ? ".5" : ".5000000000000000000000000001");
          }
          default -> digits(random, 3) + (random.nextBoolean() ? "" : "x");
        };
  }

  private static String digits(RandomGenerator random, int lengthMax) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(lengthMax + 1); i > 0; i--) {
      text.append((char) ('0' + random.nextInt(10)));
    }
    return text.toString();
  }

  @Test
  void shouldRefuseATextTooLongForRedis() {
    String zeros = "0".repeat(LongDouble.TEXT_BYTES_MAX - 2);
    assertThat(parse(zeros + "1")).hasToString("1");
    assertThat(parse(zeros + "01")).isNull();
  }

  @Test
  void shouldReadTheLargestAndTheSmallestNumbers() {
    assertThat(parse("1.18973149535723176502e4932")).isNotNull();
    assertThat(parse("1.19e4932")).isNull();
    assertThat(parse("3.6e-4951")).isNotNull();
    assertThat(parse("1.8e-4951")).isNull();
  }

  @Test
  void shouldNotSpendTimeOnAbsurdExponents() {
    assertThat(parse("1e999999999999999999999")).isNull();
    assertThat(parse("1e-999999999999999999999")).isNull();
    assertThat(parse("0x1p-999999999999999999999")).isNull();
    assertThat(parse("0e999999999999999999999")).hasToString("0");
  }

  @Test
  void shouldHoldEveryLong() {
    assertThat(LongDouble.of(Long.MIN_VALUE)).hasToString(Long.toString(Long.MIN_VALUE));
    assertThat(LongDouble.of(Long.MAX_VALUE)).hasToString(Long.toString(Long.MAX_VALUE));
    assertThat(LongDouble.of(0)).hasToString("0");
  }
}
