package dev.millrace.engine.struct;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Intsets against a sorted set. */
class IntsetTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void shouldAgreeWithASortedSetUnderRandomChanges(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    TreeSet<Long> model = new TreeSet<>();
    try (Numbers numbers = new Numbers()) {
      int width = 2;
      for (int step = 0; step < 5000; step++) {
        String where = "seed " + seed + ", step " + step;
        // The widths come one after another, so that each is filled before the next begins.
        int bits = step < 1500 ? 12 : step < 3000 ? 30 : 62;
        long number = random.nextLong() >> 64 - bits;
        if (random.nextInt(3) == 0 && !model.isEmpty()) {
          number = model.ceiling(number) != null ? model.ceiling(number) : model.first();
        }
        int found = Intset.find(numbers.set, number);
        assertThat(found >= 0).as(where).isEqualTo(model.contains(number));
        assertThat(Intset.contains(numbers.set, number)).as(where).isEqualTo(found >= 0);
        if (found < 0) {
          assertThat(-1 - found).as(where).isEqualTo(model.headSet(number).size());
          numbers.add(number);
          model.add(number);
        } else {
          assertThat(Intset.get(numbers.set, found)).as(where).isEqualTo(number);
          Intset.remove(numbers.set, found);
          model.remove(number);
        }
        assertThat(Intset.width(numbers.set)).as(where).isGreaterThanOrEqualTo(width);
        width = Intset.width(numbers.set);
        assertThat(numbers.list()).as(where).isEqualTo(new ArrayList<>(model));
        assertThat(Intset.isSound(numbers.set, Intset.bytes(numbers.set))).as(where).isTrue();
      }
      assertThat(width).isEqualTo(8);
    }
  }

  @Test
  void shouldBeLaidOutAsTheFormatSays() {
    try (Numbers numbers = new Numbers()) {
      numbers.add(5);
      numbers.add(-2);
      assertThat(numbers.hex()).isEqualTo("0200000002000000feff0500");
      numbers.add(65536);
      assertThat(numbers.hex()).isEqualTo("0400000003000000feffffff0500000000000100");
      numbers.add(Long.MIN_VALUE);
      assertThat(numbers.list()).containsExactly(Long.MIN_VALUE, -2L, 5L, 65536L);
    }
  }

  @Test
  void shouldSeeDamage() {
    try (Numbers numbers = new Numbers()) {
      for (int i = 0; i < 10; i++) {
        numbers.add(i * 3L);
      }
      int bytes = Intset.bytes(numbers.set);
      assertThat(Intset.isSound(numbers.set, bytes)).isTrue();
      assertThat(Intset.isSound(numbers.set, bytes - 1)).isFalse();
      assertThat(Intset.isSound(numbers.set, 7)).isFalse();
      Memory.putShort(numbers.set + 8 + 6, (short) 100);
      assertThat(Intset.isSound(numbers.set, bytes)).as("not ascending").isFalse();
      Memory.putShort(numbers.set + 8 + 6, (short) 9);
      Memory.putInt(numbers.set, 3);
      assertThat(Intset.isSound(numbers.set, bytes)).as("width of 3").isFalse();
      Memory.putInt(numbers.set, 2);
      Memory.putInt(numbers.set + 4, 11);
      assertThat(Intset.isSound(numbers.set, bytes)).as("a count too many").isFalse();
      Memory.putInt(numbers.set + 4, -1);
      assertThat(Intset.isSound(numbers.set, bytes)).as("an enormous count").isFalse();
    }
  }

  /** A set in a block exactly as long as it is. */
  private static final class Numbers implements AutoCloseable {
    private final SlabAllocator memory = new SlabAllocator();
    long set = memory.allocate(Intset.EMPTY_BYTES);

    Numbers() {
      Intset.create(set);
    }

    void add(long number) {
      int needed = Intset.bytesWith(set, number);
      long larger = memory.allocate(needed);
      Memory.copy(set, larger, Intset.bytes(set));
      memory.free(set);
      set = larger;
      Intset.add(set, Intset.find(set, number), number);
      assertThat(Intset.bytes(set)).isEqualTo(needed);
    }

    List<Long> list() {
      List<Long> list = new ArrayList<>();
      for (int i = 0; i < Intset.count(set); i++) {
        list.add(Intset.get(set, i));
      }
      return list;
    }

    String hex() {
      return HexFormat.of().formatHex(Memory.bytes(set, Intset.bytes(set)));
    }

    @Override
    public void close() {
      memory.free(set);
      memory.close();
    }
  }
}
