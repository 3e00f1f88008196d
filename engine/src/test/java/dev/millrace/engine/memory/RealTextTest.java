package dev.millrace.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Doubles to text and back, beside exact decimal arithmetic and the library's own parser. */
class RealTextTest {
  private static final int ROUNDS = 200_000;
  private static final MathContext SEVENTEEN = new MathContext(17, RoundingMode.HALF_EVEN);

  private final Region room = new Region(4096);
  private final RealParser parser = new RealParser();

  @AfterEach
  void close() {
    room.close();
  }

  @Test
  void shouldWriteDoublesAsPrintfDoes() {
    assertThat(text(0)).isEqualTo("0");
    assertThat(text(-0.0)).isEqualTo("-0");
    assertThat(text(0.1)).isEqualTo("0.10000000000000001");
    assertThat(text(-2.5)).isEqualTo("-2.5");
    assertThat(text(3.3)).isEqualTo("3.2999999999999998");
    assertThat(text(1e17)).isEqualTo("1e+17");
    assertThat(text(99999999999999984.0)).isEqualTo("99999999999999984");
    assertThat(text(0.0001)).isEqualTo("0.0001");
    assertThat(text(0.00001)).isEqualTo("1.0000000000000001e-05");
    assertThat(text(0.99999999999999989)).isEqualTo("0.99999999999999989");
    assertThat(text(-1.5e300)).isEqualTo("-1.5000000000000001e+300");
    assertThat(text(Double.MIN_VALUE)).isEqualTo("4.9406564584124654e-324");
    assertThat(text(Double.POSITIVE_INFINITY)).isEqualTo("inf");
    assertThat(text(Double.NEGATIVE_INFINITY)).isEqualTo("-inf");
    assertThat(text(Double.NaN)).isEqualTo("nan");
  }

  @Test
  void shouldWriteSeventeenRightDigitsOfAnyDouble() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < ROUNDS; i++) {
      double value = drawn(random);
      if (Double.isFinite(value) && value != 0) {
        BigDecimal exact = new BigDecimal(value).round(SEVENTEEN);
        assertThat(new BigDecimal(text(value))).as("%s", value).isEqualByComparingTo(exact);
        assertThat(text(value).length()).isLessThanOrEqualTo(RealText.MAX_LENGTH);
      }
    }
  }

  @Test
  void shouldReadBackWhatItWrote() {
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < ROUNDS; i++) {
      double value = drawn(random);
      if (!Double.isNaN(value)) {
        int length = RealText.write(value, room.address());
        parser.parse(room.address(), length);
        assertThat(parser.consumed()).isEqualTo(length);
        assertThat(Double.doubleToRawLongBits(parser.value()))
            .as("%s", value)
            .isEqualTo(Double.doubleToRawLongBits(value));
      }
    }
  }

  @Test
  void shouldReadAnyDecimalAsTheNearestDouble() {
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < ROUNDS; i++) {
      String text = decimal(random);
      parse(text);
      assertThat(parser.value()).as(text).isEqualTo(Double.parseDouble(text));
      assertThat(parser.consumed()).as(text).isEqualTo(text.length());
    }
  }

  @Test
  void shouldReadTheMiddleBetweenTwoDoublesAsTheEvenOne() {
    SplittableRandom random = new SplittableRandom(4);
    for (int i = 0; i < 20_000; i++) {
      double value = Math.abs(drawn(random));
      if (Double.isFinite(value) && value < 1e300 && value > 1e-300) {
        BigDecimal middle =
            new BigDecimal(value).add(new BigDecimal(Math.nextUp(value))).divide(BigDecimal.TWO);
        for (BigDecimal near :
            new BigDecimal[] {middle, middle.round(new MathContext(19)), middle.round(SEVENTEEN)}) {
          String text = near.toString();
          if (text.length() < 4000) {
            parse(text);
            assertThat(parser.value()).as(text).isEqualTo(Double.parseDouble(text));
          }
        }
      }
    }
  }

  @Test
  void shouldReadWhatStrtodReads() {
    requireRead("1", 1, 1);
    requireRead("  +1.5xyz", 1.5, 6);
    requireRead(".5", 0.5, 2);
    requireRead("5.", 5, 2);
    requireRead("1e", 1, 1);
    requireRead("1e+", 1, 1);
    requireRead("1e5x", 1e5, 3);
    requireRead("-inf", Double.NEGATIVE_INFINITY, 4);
    requireRead("Infinity", Double.POSITIVE_INFINITY, 8);
    requireRead("infinit", Double.POSITIVE_INFINITY, 3);
    requireRead("nan", Double.NaN, 3);
    requireRead("0x10", 16, 4);
    requireRead("0x1.8p3", 12, 7);
    requireRead("0X.4P-2", 0.0625, 7);
    requireRead("0x1p", 1, 3);
    requireRead("0x", 0, 1);
    requireRead("-0", -0.0, 2);
    requireRead("1\0002", 1, 1);
    requireRead("00012", 12, 5);
    requireRead("0.000000000000000000000000000001", 1e-30, 32);
    for (String nothing : new String[] {"", " ", "+", "-", ".", "e5", "x", "in", "--1", "+-1"}) {
      requireRead(nothing, 0, 0);
    }
  }

  @Test
  void shouldTellWhatADoubleCannotHold() {
    for (String beyond : new String[] {"1e400", "-1e400", "1e-400", "1e999999999999", "0x1p5000"}) {
      parse(beyond);
      assertThat(parser.outOfRange()).as(beyond).isTrue();
    }
    for (String within : new String[] {"inf", "0e400", "0", "5e-324", "1e308", "0x0p5000"}) {
      parse(within);
      assertThat(parser.outOfRange()).as(within).isFalse();
    }
  }

  private void requireRead(String text, double value, int consumed) {
    parse(text);
    assertThat(parser.value()).as(text).isEqualTo(Double.valueOf(value));
    assertThat(parser.consumed()).as(text).isEqualTo(consumed);
  }

  private void parse(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    Memory.put(room.address(), bytes, 0, bytes.length);
    parser.parse(room.address(), bytes.length);
  }

  private String text(double value) {
    int length = RealText.write(value, room.address());
    return new String(Memory.bytes(room.address(), length), StandardCharsets.US_ASCII);
  }

  private static double drawn(SplittableRandom random) {
    return switch (random.nextInt(5)) {
      case 0 -> Double.longBitsToDouble(random.nextLong());
      case 1 -> random.nextInt(2_000_000) / 1000.0 - 1000;
      case 2 -> random.nextDouble() * Math.pow(10, random.nextInt(25) - 7);
      case 3 -> random.nextLong() >> random.nextInt(64);
      default -> (random.nextLong() >> 11) / (double) (1L << random.nextInt(60));
    };
  }

  private static String decimal(SplittableRandom random) {
    StringBuilder text = new StringBuilder(random.nextInt(4) == 0 ? "-" : "");
    int digits = 1 + random.nextInt(random.nextInt(4) == 0 ? 40 : 19);
    int point = random.nextInt(digits + 1);
    for (int i = 0; i < digits; i++) {
      if (i == point) {
        text.append('.');
      }
      text.append((char) ('0' + (random.nextInt(5) == 0 ? 0 : random.nextInt(10))));
    }
    if (random.nextBoolean()) {
      text.append(random.nextBoolean() ? 'e' : 'E').append(random.nextInt(680) - 345);
    }
    return text.toString();
  }
}
