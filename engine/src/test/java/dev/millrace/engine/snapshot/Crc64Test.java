package dev.millrace.engine.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class Crc64Test {
  private static final long POLYNOMIAL = 0xad93d23594c935a9L;

  @Test
  void shouldGiveTheCheckValueOfTheStandardVector() {
    assertThat(crc("123456789")).isEqualTo(0xe9c6d914c4b8d9caL);
    assertThat(crc("")).isZero();
  }

  @Test
  void shouldAgreeWithTheBitwiseDefinitionAtEveryLengthAndAlignment() {
    RandomGenerator random = new java.util.SplittableRandom(64);
    byte[] bytes = Bytes.noise(random, 80);
    for (int from = 0; from < 9; from++) {
      for (int length = 0; length <= bytes.length - from; length++) {
        assertThat(Crc64.update(0, bytes, from, length))
            .as("%d bytes from %d", length, from)
            .isEqualTo(bitwise(bytes, from, length));
      }
    }
  }

  @Test
  void shouldContinueWhereAPartEnded() {
    byte[] bytes = Bytes.noise(new java.util.SplittableRandom(65), 1000);
    long whole = Crc64.update(0, MemorySegment.ofArray(bytes), 0, bytes.length);
    for (int cut = 0; cut <= bytes.length; cut += 7) {
      long first = Crc64.update(0, bytes, 0, cut);
      assertThat(Crc64.update(first, bytes, cut, bytes.length - cut)).isEqualTo(whole);
    }
  }

  private static long crc(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    return Crc64.update(Crc64.EMPTY, bytes, 0, bytes.length);
  }

  /** The textbook form: the message as a polynomial, most significant coefficient first. */
  private static long bitwise(byte[] bytes, int from, int length) {
    long remainder = 0;
    for (int i = from; i < from + length; i++) {
      for (int bit = 0; bit < 8; bit++) {
        boolean carry = remainder < 0 ^ (bytes[i] >>> bit & 1) == 1;
        remainder = carry ? remainder << 1 ^ POLYNOMIAL : remainder << 1;
      }
    }
    return Long.reverse(remainder);
  }
}
