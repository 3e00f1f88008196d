package dev.millrace.engine.struct;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The dict against a HashMap under random commands, with snapshot walks, scans, flushes and lazy
 * frees going on at once: whatever happens, a walk emits the cut and a scan misses nobody who
 * stayed.
 */
class DictModelTest {
  private static final int STEPS = 20_000;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void shouldAgreeWithAHashMapWhileWalksScansAndFlushesGoOn(long seed) {
    try (DictFixture fixture = new DictFixture()) {
      new Run(seed, fixture).play();
    }
  }

  /** One run: the dict, its model, and what is under way. */
  private static final class Run {
    final long seed;
    final SplittableRandom random;
    final DictFixture fixture;
    final Map<Long, Long> model = new HashMap<>();
    final List<Long> keys = new ArrayList<>();
    final List<DictClear> clears = new ArrayList<>();
    @Nullable Walk walk;
    Map<Long, Long> cut = Map.of();
    Map<Long, Long> emitted = new HashMap<>();
    int walksFinished;
    int scansFinished;
    boolean scanning;
    long cursor;
    Set<Long> stayed = new HashSet<>();
    int step;

    Run(long seed, DictFixture fixture) {
      this.seed = seed;
      this.random = new SplittableRandom(seed);
      this.fixture = fixture;
    }

    void play() {
      for (step = 0; step < STEPS; step++) {
        boolean growing = step / 4000 % 2 == 0;
        int dice = random.nextInt(100);
        if (model.isEmpty() || dice < (growing ? 55 : 10)) {
          insert();
        } else if (dice < (growing ? 65 : 75)) {
          removeOne();
        } else if (dice < 82) {
          change();
        } else {
          lookUp();
        }
        background();
        assertThat(fixture.dict.size()).as(where()).isEqualTo(model.size());
      }
      while (walk != null) {
        advanceWalk();
      }
      while (!clears.isEmpty()) {
        freeSlice();
      }
      Map<Long, Long> all = new HashMap<>();
      fixture.dict.forEach(e -> put(all, e));
      assertThat(all).as(where()).isEqualTo(model);
      assertThat(walksFinished).as(where()).isPositive();
      assertThat(scansFinished).as(where()).isPositive();
    }

    void insert() {
      long key = random.nextInt(3) == 0 ? random.nextLong(50_000) : random.nextLong();
      if (model.putIfAbsent(key, (long) step) == null) {
        fixture.insert(key, step);
        keys.add(key);
      }
    }

    void removeOne() {
      int index = random.nextInt(keys.size());
      long key = keys.set(index, keys.getLast());
      keys.removeLast();
      assertThat(fixture.remove(key)).as(where()).isTrue();
      model.remove(key);
      stayed.remove(key);
    }

    void change() {
      long key = keys.get(random.nextInt(keys.size()));
      if (random.nextBoolean()) {
        fixture.replace(key, step);
      } else {
        fixture.changeInPlace(key, step);
      }
      model.put(key, (long) step);
    }

    void lookUp() {
      long key = keys.get(random.nextInt(keys.size()));
      long entry = fixture.find(key);
      assertThat(entry).as(where()).isNotZero();
      assertThat(DictFixture.value(entry)).as(where()).isEqualTo(model.get(key));
      assertThat(fixture.dict.contains(entry, fixture.hashOf(key))).as(where()).isTrue();
      long absent = random.nextLong();
      assertThat(fixture.find(absent) != 0).as(where()).isEqualTo(model.containsKey(absent));
      long drawn = fixture.dict.randomEntry(random);
      assertThat(model).as(where()).containsKey(DictFixture.key(drawn));
    }

    void background() {
      int dice = random.nextInt(1000);
      if (walk != null && dice < 400) {
        advanceWalk();
      } else if (walk == null && dice < 5) {
        cut = new HashMap<>(model);
        emitted = new HashMap<>();
        walk = fixture.dict.startWalk(e -> put(emitted, e));
      } else if (dice == 5 && walk != null) {
        walk.cancel();
        walk = null;
      } else if (dice < 300) {
        scanStep();
      } else if (dice < 350) {
        fixture.dict.rehashStep(random.nextInt(5));
      } else if (dice < 700) {
        freeSlice();
      } else if (dice == 999 && random.nextInt(4) == 0) {
        flush();
      }
    }

    void advanceWalk() {
      if (walk != null && !walk.advance(1 + random.nextInt(3))) {
        assertThat(emitted).as(where()).isEqualTo(cut);
        walk = null;
        walksFinished++;
      }
    }

    void put(Map<Long, Long> into, long entry) {
      Long before = into.put(DictFixture.key(entry), DictFixture.value(entry));
      assertThat(before).as("emitted twice; %s", where()).isNull();
    }

    void scanStep() {
      if (!scanning) {
        scanning = true;
        cursor = 0;
        stayed = new HashSet<>(model.keySet());
      }
      cursor =
          fixture.dict.scan(
              cursor,
              entry -> {
                long key = DictFixture.key(entry);
                assertThat(model).as(where()).containsKey(key);
                stayed.remove(key);
              });
      if (cursor == 0) {
        assertThat(stayed).as("never scanned; %s", where()).isEmpty();
        scanning = false;
        scansFinished++;
      }
    }

    void flush() {
      clears.add(fixture.dict.detach());
      model.clear();
      keys.clear();
      stayed.clear();
      assertThat(fixture.dict.randomEntry(random)).as(where()).isZero();
    }

    void freeSlice() {
      if (!clears.isEmpty()) {
        int index = random.nextInt(clears.size());
        if (!clears.get(index).freeStep(1 + random.nextInt(20), fixture.memory::free)) {
          clears.remove(index);
        }
      }
    }

    String where() {
      return "seed " + seed + " step " + step;
    }
  }
}
