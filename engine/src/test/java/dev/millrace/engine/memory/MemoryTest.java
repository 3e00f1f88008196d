package dev.millrace.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Raw memory operations against those of byte arrays. */
class MemoryTest {
  private static final int BYTES = 4096;
  private final Region region = new Region(BYTES);
  private final long base = region.address();

  @AfterEach
  void close() {
    region.close();
  }

  private void put(long address, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    Memory.put(address, bytes, 0, bytes.length);
  }

  @Test
  void shouldStoreNumbersInLittleEndianAtAnyAlignment() {
    Memory.putLong(base + 3, 0x0102030405060708L);
    assertThat(Memory.bytes(base + 3, 8)).containsExactly(8, 7, 6, 5, 4, 3, 2, 1);
    assertThat(Memory.getInt(base + 5)).isEqualTo(0x03040506);
    assertThat(Memory.getShort(base + 9)).isEqualTo((short) 0x0102);
    assertThat(Memory.getByte(base + 3)).isEqualTo((byte) 8);
    Memory.putInt(base + 1, -2);
    Memory.putShort(base + 7, (short) -3);
    assertThat(Memory.getInt(base + 1)).isEqualTo(-2);
    assertThat(Memory.getShort(base + 7)).isEqualTo((short) -3);
  }

  @Test
  void shouldCompareEqualAndMismatchAsArraysDo() {
    SplittableRandom random = new SplittableRandom(11);
    for (int round = 0; round < 20_000; round++) {
      byte[] a = new byte[random.nextInt(40)];
      random.nextBytes(a);
      byte[] b = Arrays.copyOf(a, random.nextInt(4) == 0 ? random.nextInt(40) : a.length);
      if (b.length > 0 && random.nextBoolean()) {
        b[random.nextInt(b.length)] += (byte) random.nextInt(3);
      }
      long there = base + 1000 + random.nextInt(8);
      Memory.put(base, a, 0, a.length);
      Memory.put(there, b, 0, b.length);
      assertThat(Integer.signum(Memory.compare(base, a.length, there, b.length)))
          .isEqualTo(Integer.signum(Arrays.compareUnsigned(a, b)));
      assertThat(Memory.equalAscii(base, a.length, b)).isEqualTo(Arrays.equals(a, b));
      if (a.length == b.length) {
        assertThat(Memory.equal(base, there, a.length)).isEqualTo(Arrays.equals(a, b));
        assertThat(Memory.mismatch(base, there, a.length)).isEqualTo(Arrays.mismatch(a, b));
        assertThat(Memory.hash(base, a.length) == Memory.hash(there, a.length))
            .isEqualTo(Arrays.equals(a, b));
      }
    }
  }

  @Test
  void shouldCopyOverlappingRangesBothWays() {
    put(base, "abcdefghijklmnopqrstuvwxyz");
    Memory.copy(base, base + 5, 20);
    assertThat(new String(Memory.bytes(base, 26), StandardCharsets.ISO_8859_1))
        .isEqualTo("abcdeabcdefghijklmnopqrstz");
    Memory.copy(base + 5, base, 20);
    assertThat(new String(Memory.bytes(base, 20), StandardCharsets.ISO_8859_1))
        .isEqualTo("abcdefghijklmnopqrst");
  }

  @Test
  void shouldCompareKeywordsInAnyCase() {
    byte[] keyword = "keepttl".getBytes(StandardCharsets.US_ASCII);
    put(base, "KeePTTL");
    assertThat(Memory.equalIgnoreCase(base, 7, keyword)).isTrue();
    assertThat(Memory.equalIgnoreCase(base, 6, keyword)).isFalse();
    put(base, "keep\u0154TL");
    assertThat(Memory.equalIgnoreCase(base, 7, keyword)).isFalse();
  }

  @Test
  void shouldHashEveryLengthDependingOnEveryBit() {
    SplittableRandom random = new SplittableRandom(3);
    for (int bytes = 1; bytes <= 130; bytes++) {
      byte[] key = new byte[bytes];
      random.nextBytes(key);
      Memory.put(base, key, 0, bytes);
      long hash = Memory.hash(base, bytes);
      int flipped = 0;
      for (int bit = 0; bit < bytes * 8; bit++) {
        byte old = Memory.getByte(base + bit / 8);
        Memory.putByte(base + bit / 8, (byte) (old ^ (1 << (bit % 8))));
        long other = Memory.hash(base, bytes);
        assertThat(other).isNotEqualTo(hash);
        flipped += Long.bitCount(other ^ hash);
        Memory.putByte(base + bit / 8, old);
      }
      assertThat(flipped / (bytes * 8.0)).as("%d bytes", bytes).isBetween(26.0, 38.0);
      assertThat(Memory.hash(base, bytes - 1)).isNotEqualTo(hash);
    }
  }

  @Test
  void shouldSpreadSequentialKeysEvenlyOverLowAndHighBits() {
    int[] low = new int[1024];
    int[] high = new int[1024];
    Set<Long> hashes = new HashSet<>();
    for (int i = 0; i < 102_400; i++) {
      put(base, "key:" + (1_000_000 + i));
      long hash = Memory.hash(base, 11);
      low[(int) (hash & 1023)]++;
      high[(int) (hash >>> 54)]++;
      hashes.add(hash);
    }
    assertThat(hashes).hasSize(102_400);
    assertThat(Arrays.stream(low).min().orElse(0)).isGreaterThan(40);
    assertThat(Arrays.stream(low).max().orElse(0)).isLessThan(170);
    assertThat(Arrays.stream(high).min().orElse(0)).isGreaterThan(40);
    assertThat(Arrays.stream(high).max().orElse(0)).isLessThan(170);
  }

  @Test
  void shouldCountMappedBytesAndGiveZeroedPages() {
    long before = Pages.mappedBytes();
    long address = Pages.mapAligned(300_000, 1 << 20);
    assertThat(address & ((1 << 20) - 1)).isZero();
    assertThat(Pages.mappedBytes() - before).isEqualTo(Pages.roundUp(300_000));
    Memory.adopt(address, 300_000);
    Memory.putLong(address + 8192, 5);
    Pages.discard(address + 8192, 4096);
    assertThat(Memory.getLong(address + 8192)).isZero();
    Memory.disown(address);
    Pages.unmap(address, 300_000);
    assertThat(Pages.mappedBytes()).isEqualTo(before);
  }

  @Test
  void shouldSayHowMuchTheSystemRefused() {
    assertThat(catchThrowable(() -> Pages.map(1L << 60)))
        .isInstanceOf(OutOfMemoryError.class)
        .hasMessageContaining(String.valueOf(1L << 60));
  }
}
