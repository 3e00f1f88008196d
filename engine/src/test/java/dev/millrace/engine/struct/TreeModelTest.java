package dev.millrace.engine.struct;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.memory.Memory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tree against a TreeSet under random changes, in memory that tells a wrong access. */
class TreeModelTest {
  private static final int STEPS = 30_000;

  private record Slot(long prefix, long id) {}

  private static final Comparator<Slot> ORDER =
      Comparator.comparingLong(Slot::prefix).thenComparingLong(Slot::id);

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void shouldAgreeWithATreeSetUnderRandomChanges(long seed) {
    try (TreeFixture fixture = new TreeFixture()) {
      new Run(seed, fixture).play();
    }
  }

  private static final class Run {
    final long seed;
    final SplittableRandom random;
    final TreeFixture fixture;
    final Tree tree;
    final TreeSet<Slot> model = new TreeSet<>(ORDER);
    final TreeCursor cursor = new TreeCursor();
    final long prefixes;
    int step;

    Run(long seed, TreeFixture fixture) {
      this.seed = seed;
      this.random = new SplittableRandom(seed);
      this.fixture = fixture;
      this.tree = fixture.tree;
      // From all in one prefix to hardly any two in one.
      this.prefixes = seed % 3 == 0 ? 1 : seed % 3 == 1 ? 50 : 1L << 40;
    }

    Slot drawn() {
      long prefix = random.nextLong(prefixes) - prefixes / 2;
      return new Slot(prefix, random.nextLong(prefixes > 50 ? 4 : 20_000));
    }

    /** One that is in, near the middle of somewhere, or one drawn. */
    Slot probe() {
      Slot slot = drawn();
      if (random.nextBoolean()) {
        Slot ceiling = model.ceiling(slot);
        return ceiling == null ? slot : ceiling;
      }
      return slot;
    }

    void play() {
      for (step = 0; step < STEPS; step++) {
        boolean growing = step / 5000 % 2 == 0;
        int dice = random.nextInt(1000);
        if (dice < (growing ? 600 : 150)) {
          insert(drawn());
        } else if (dice < 800) {
          removeOne();
        } else if (dice < 801 || (!growing && dice < 806)) {
          removeRange();
        } else if (dice < 850) {
          replace();
        } else if (dice < 995) {
          lookUp();
        } else {
          walk();
        }
        if (step % 500 == 0) {
          fixture.requireSound();
        }
        assertThat(tree.size()).as(where()).isEqualTo(model.size());
      }
      fixture.requireSound();
    }

    void insert(Slot slot) {
      // Now and then in order at one end.
      if (random.nextInt(3) == 0 && !model.isEmpty()) {
        slot =
            random.nextBoolean()
                ? new Slot(model.last().prefix, model.last().id + 1)
                : new Slot(model.first().prefix, model.first().id - 1);
      }
      assertThat(fixture.insert(slot.prefix, slot.id)).as(where()).isEqualTo(model.add(slot));
    }

    void removeOne() {
      Slot slot = probe();
      assertThat(fixture.remove(slot.prefix, slot.id)).as(where()).isEqualTo(model.remove(slot));
    }

    void removeRange() {
      if (model.isEmpty()) {
        return;
      }
      int first = random.nextInt(model.size());
      int slots = random.nextInt(Math.min(model.size() - first, 1 << random.nextInt(11)) + 1);
      List<Slot> expected = new ArrayList<>(model).subList(first, first + slots);
      List<Long> removed = new ArrayList<>();
      tree.removeRange(
          first,
          slots,
          item -> {
            removed.add(TreeFixture.id(item));
            fixture.memory.free(item);
          });
      assertThat(removed).as(where()).isEqualTo(expected.stream().map(Slot::id).toList());
      expected.forEach(model::remove);
      fixture.requireSound();
    }

    void replace() {
      if (model.isEmpty()) {
        return;
      }
      int rank = random.nextInt(model.size());
      assertThat(tree.select(rank, cursor)).as(where()).isTrue();
      long old = cursor.item();
      long item = fixture.newItem(TreeFixture.id(old));
      fixture.memory.free(old);
      tree.replace(rank, item);
    }

    void lookUp() {
      Slot slot = probe();
      TreeFixture.Place place = fixture.place.at(slot.id);
      boolean here = model.contains(slot);
      long found = tree.find(slot.prefix, place);
      assertThat(found != 0).as(where()).isEqualTo(here);
      int rank = model.headSet(slot).size();
      assertThat(tree.rank(slot.prefix, place)).as(where()).isEqualTo(here ? rank : -1);
      if (here) {
        assertThat(Memory.getLong(found)).isEqualTo(slot.id);
        assertThat(tree.rank(slot.prefix, found)).as(where()).isEqualTo(rank);
      }
      requireAt(tree.seek(slot.prefix, place, cursor), model.ceiling(slot), rank);
      int after = rank + (here ? 1 : 0);
      requireAt(tree.seekAfter(slot.prefix, place, cursor), model.higher(slot), after);
      assertThat(cursor.previous()).as(where()).isEqualTo(after > 0);
      if (after > 0) {
        requireAt(true, model.floor(slot), after - 1);
      }
      Slot low = new Slot(slot.prefix, Long.MIN_VALUE);
      requireAt(
          tree.seek(slot.prefix, Tree.BEFORE_ALL, cursor),
          model.ceiling(low),
          model.headSet(low).size());
      Slot high = new Slot(slot.prefix, Long.MAX_VALUE);
      requireAt(
          tree.seek(slot.prefix, Tree.AFTER_ALL, cursor),
          model.higher(high),
          model.headSet(high).size());
    }

    void requireAt(boolean found, @Nullable Slot expected, int rank) {
      assertThat(found).as(where()).isEqualTo(expected != null);
      assertThat(cursor.isOn()).as(where()).isEqualTo(expected != null);
      if (!model.isEmpty()) {
        assertThat(cursor.rank()).as(where()).isEqualTo(rank);
      }
      if (expected != null) {
        assertThat(slotAtCursor()).as(where()).isEqualTo(expected);
      }
    }

    Slot slotAtCursor() {
      return new Slot(cursor.prefix(), TreeFixture.id(cursor.item()));
    }

    void walk() {
      List<Slot> up = new ArrayList<>();
      for (boolean on = tree.first(cursor); on; on = cursor.next()) {
        assertThat(cursor.rank()).isEqualTo(up.size());
        up.add(slotAtCursor());
      }
      assertThat(up).as(where()).isEqualTo(new ArrayList<>(model));
      assertThat(cursor.next()).isFalse();
      List<Slot> down = new ArrayList<>();
      while (cursor.previous()) {
        down.add(slotAtCursor());
      }
      assertThat(down).as(where()).isEqualTo(up.reversed());
      assertThat(cursor.previous()).isFalse();
      assertThat(cursor.next()).as(where()).isEqualTo(!model.isEmpty());
      assertThat(tree.last(cursor)).isEqualTo(!model.isEmpty());
      assertThat(tree.select(model.size(), cursor)).isFalse();
      assertThat(tree.select(-1, cursor)).isFalse();
    }

    String where() {
      return "seed " + seed + " step " + step;
    }
  }

  @Test
  void shouldBeTakenUpFromWhereItWasStored() {
    try (TreeFixture fixture = new TreeFixture()) {
      for (int i = 0; i < 5000; i++) {
        fixture.insert(i, i);
      }
      long state = fixture.memory.allocate(Tree.STATE_BYTES);
      fixture.tree.store(state);
      long bytes = fixture.tree.memoryBytes();
      fixture.tree.create();
      assertThat(fixture.tree.size()).isZero();
      assertThat(fixture.tree.find(3, fixture.place.at(3))).isZero();
      fixture.insert(7, 7);
      fixture.tree.freeSome(1, fixture.memory::free);
      fixture.tree.load(state);
      fixture.requireSound();
      assertThat(fixture.tree.memoryBytes()).isEqualTo(bytes);
      assertThat(fixture.tree.rank(4321, fixture.place.at(4321))).isEqualTo(4321);
      fixture.memory.free(state);
    }
  }

  @Test
  void shouldFillItsLeavesWhenSlotsComeInOrder() {
    for (int direction = -1; direction <= 1; direction += 2) {
      try (TreeFixture fixture = new TreeFixture()) {
        int slots = 20_000;
        for (int i = 0; i < slots; i++) {
          fixture.insert((long) direction * i, i);
        }
        fixture.requireSound();
        assertThat(fixture.tree.memoryBytes()).isLessThan(slots * 19L);
      }
    }
  }

  @Test
  void shouldFreeItselfInSlices() {
    try (TreeFixture fixture = new TreeFixture()) {
      for (int i = 0; i < 10_000; i++) {
        fixture.insert(i * 7919L % 10_000, i);
      }
      int slices = 0;
      long[] freed = {0};
      while (fixture.tree.freeSome(
          50,
          item -> {
            fixture.memory.free(item);
            freed[0]++;
          })) {
        slices++;
        assertThat(freed[0]).isLessThanOrEqualTo(slices * (50L + TreeNode.LEAF_SLOTS));
      }
      assertThat(slices).isGreaterThan(80);
      assertThat(freed[0]).isEqualTo(10_000);
      assertThat(fixture.memory.usedBytes()).isZero();
      assertThat(fixture.tree.memoryBytes()).isZero();
    }
  }
}
