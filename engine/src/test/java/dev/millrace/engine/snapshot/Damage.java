package dev.millrace.engine.snapshot;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Ways in which bytes go bad. */
final class Damage {
  /** How often a fuzz test tries: {@code -Dmillrace.fuzz.cycles=1000000} for a long run. */
  static final int CYCLES = Integer.getInteger("millrace.fuzz.cycles", 8_000);

  private static final int[] TELLING = {
    0, 1, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xf4, 0xf5, 0xf7, 0xf8, 0xf9,
    0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff
  };

  private Damage() {}

  /**
   * A damaged copy: bytes flipped, replaced by telling ones, cut, repeated, removed or inserted.
   */
  static byte[] some(RandomGenerator random, byte[] whole) {
    byte[] bytes = whole.clone();
    int times = 1 + random.nextInt(3);
    for (int i = 0; i < times && bytes.length > 0; i++) {
      bytes = once(random, bytes);
    }
    return bytes;
  }

  private static byte[] once(RandomGenerator random, byte[] bytes) {
    int at = random.nextInt(bytes.length);
    switch (random.nextInt(6)) {
      case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> bytes[at] = (byte) TELLING[random.nextInt(TELLING.length)];
      case 2 -> bytes[at] = (byte) random.nextInt();
      case 3 -> {
        return Arrays.copyOf(bytes, at);
      }
      case 4 -> {
        byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
        System.arraycopy(bytes, at, longer, at + 1, bytes.length - at);
        return longer;
      }
      default -> {
        byte[] shorter = Arrays.copyOf(bytes, bytes.length - 1);
        System.arraycopy(bytes, at + 1, shorter, at, bytes.length - at - 1);
        return shorter;
      }
    }
    return bytes;
  }
}
