package dev.millrace.engine.struct;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.engine.memory.Memory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The dict's promises one by one; {@link DictModelTest} has them all at once. */
class DictTest {
  private final DictFixture fixture = new DictFixture();
  private final Dict dict = fixture.dict;

  @AfterEach
  void close() {
    fixture.close();
  }

  private void fill(long from, long to) {
    for (long key = from; key < to; key++) {
      fixture.insert(key, key);
    }
  }

  private void finishRehash() {
    while (dict.rehashStep(100)) {
      assertThat(dict.isRehashing()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void shouldScanEveryKeyThatStaysWhileTheTableGrowsAndShrinks(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long stay = 1L + random.nextInt(300);
    fill(0, stay);
    List<Long> others = new ArrayList<>();
    long nextKey = 1_000_000;
    for (int round = 0; round < 20; round++) {
      Set<Long> seen = new HashSet<>();
      long cursor = 0;
      int steps = 0;
      do {
        cursor = dict.scan(cursor, entry -> seen.add(DictFixture.key(entry)));
        boolean grow = (round & 1) == 0;
        for (int i = random.nextInt(20); i > 0; i--) {
          if (grow && others.size() < 4000) {
            fixture.insert(nextKey, 0);
            others.add(nextKey++);
          } else if (!grow && !others.isEmpty()) {
            fixture.remove(others.removeLast());
          }
        }
        steps++;
      } while (cursor != 0 && steps < 20_000);
      assertThat(cursor).as("seed %d round %d: the scan ends", seed, round).isZero();
      for (long key = 0; key < stay; key++) {
        assertThat(seen).as("seed %d round %d", seed, round).contains(key);
      }
    }
  }

  @Test
  void shouldScanEachKeyOnceWhenNothingChanges() {
    fill(0, 5000);
    finishRehash();
    Map<Long, Integer> times = new HashMap<>();
    long cursor = 0;
    do {
      cursor = dict.scan(cursor, e -> times.merge(DictFixture.key(e), 1, Integer::sum));
    } while (cursor != 0);
    assertThat(times).hasSize(5000);
    assertThat(times.values()).allMatch(n -> n == 1);
  }

  @Test
  void shouldLetAScanRemoveWhatItVisits() {
    fill(0, 20_000);
    long cursor = 0;
    do {
      cursor =
          dict.scan(
              cursor,
              entry -> {
                long key = DictFixture.key(entry);
                if (key % 3 != 0) {
                  assertThat(dict.removeEntry(entry, fixture.hash(entry))).isTrue();
                  fixture.memory.free(entry);
                }
              });
    } while (cursor != 0);
    assertThat(dict.size()).isEqualTo(6667);
    for (long key = 0; key < 20_000; key++) {
      assertThat(fixture.find(key) != 0).isEqualTo(key % 3 == 0);
    }
  }

  @Test
  void shouldShrinkAfterMostEntriesAreGoneAndGiveTheMemoryBack() {
    long empty = dict.memoryBytes();
    fill(0, 50_000);
    long full = dict.memoryBytes();
    for (long key = 0; key < 49_990; key++) {
      fixture.remove(key);
    }
    finishRehash();
    assertThat(dict.memoryBytes()).isLessThan(full / 15);
    for (long key = 49_990; key < 50_000; key++) {
      assertThat(fixture.find(key)).isNotZero();
      fixture.remove(key);
    }
    finishRehash();
    assertThat(dict.memoryBytes()).isEqualTo(empty);
  }

  @Test
  void shouldCostAtMost22BytesPerEntryOnAverageOverASizeDoubling() {
    double sum = 0;
    int samples = 0;
    for (long key = 0; key < 49_152; key++) {
      fixture.insert(key, key);
      if (key >= 24_576 && key % 256 == 0) {
        sum += (double) dict.memoryBytes() / dict.size();
        samples++;
      }
    }
    assertThat(sum / samples).isBetween(12.0, 22.0);
  }

  @Test
  void shouldDrawEveryEntryAboutEquallyOften() {
    SplittableRandom random = new SplittableRandom(5);
    fill(0, 100);
    finishRehash();
    int[] drawn = new int[100];
    for (int i = 0; i < 100_000; i++) {
      drawn[(int) DictFixture.key(dict.randomEntry(random))]++;
    }
    // 1000 expected, standard deviation about 32.
    for (int times : drawn) {
      assertThat(times).isBetween(800, 1200);
    }
  }

  @Test
  void shouldPutDifferentEntriesWhenSomeAreAskedFor() {
    SplittableRandom random = new SplittableRandom(6);
    fill(0, 3000);
    long[] into = new long[16];
    for (int i = 0; i < 1000; i++) {
      int n = dict.someEntries(random, into, 16);
      Set<Long> different = new HashSet<>();
      for (int k = 0; k < n; k++) {
        different.add(DictFixture.key(into[k]));
      }
      assertThat(different).hasSize(n);
      assertThat(n).isPositive();
    }
  }

  @Test
  void shouldEmitTheCutEvenWhenTheDictIsFlushedUnderTheWalk() {
    fill(0, 3000);
    Map<Long, Long> emitted = new HashMap<>();
    Walk walk = dict.startWalk(e -> emitted.put(DictFixture.key(e), DictFixture.value(e)));
    walk.advance(50);
    DictClear clear = dict.detach();
    assertThat(dict.size()).isZero();
    fill(10_000, 11_000);
    boolean walking = true;
    boolean freeing = true;
    while (walking || freeing) {
      freeing = freeing && clear.freeStep(7, fixture.memory::free);
      walking = walking && walk.advance(3);
    }
    assertThat(emitted).hasSize(3000);
    assertThat(emitted.keySet()).allMatch(key -> key < 3000);
    assertThat(dict.size()).isEqualTo(1000);
  }

  @Test
  void shouldRefuseASecondWalkUntilTheFirstHasEnded() {
    fill(0, 10);
    Walk walk = dict.startWalk(e -> {});
    assertThatThrownBy(() -> dict.startWalk(e -> {})).isInstanceOf(IllegalStateException.class);
    walk.cancel();
    assertThat(walk.advance(1)).isFalse();
    List<Long> emitted = new ArrayList<>();
    Walk second = dict.startWalk(emitted::add);
    while (second.advance(1)) {
      assertThat(dict.size()).isEqualTo(10);
    }
    assertThat(emitted).hasSize(10);
  }

  @Test
  void shouldTakeUpADictThatWasPutAwayOffHeap() {
    DictWalks walks = new DictWalks();
    Dict first = Dict.unbound(fixture.memory, fixture, walks);
    first.create();
    long state = fixture.memory.allocate(Dict.STATE_BYTES);
    for (long key = 0; key < 1000; key++) {
      long entry = fixture.newEntry(key, key);
      first.insert(entry, fixture.hash(entry));
    }
    first.store(state);
    Dict other = Dict.unbound(fixture.memory, fixture, walks);
    other.load(state);
    assertThat(other.size()).isEqualTo(1000);
    long probe = fixture.memory.allocate(8);
    for (long key = 0; key < 1000; key++) {
      Memory.putLong(probe, key);
      long entry = other.remove(probe, 8, Memory.hash(probe, 8));
      assertThat(entry).isNotZero();
      fixture.memory.free(entry);
      other.store(state);
      other.load(state);
    }
    first.load(state);
    assertThat(first.size()).isZero();
    first.close();
    fixture.memory.free(probe);
    fixture.memory.free(state);
  }

  @Test
  void shouldMoveNothingWhenRoomWasReserved() {
    dict.reserve(10_000);
    for (long key = 0; key < 10_000; key++) {
      fixture.insert(key, key);
      assertThat(dict.isRehashing()).isFalse();
    }
  }

  @Test
  void shouldFindNothingElseWhenTouchedAhead() {
    fill(0, 100);
    for (long key = 0; key < 200; key++) {
      long hash = fixture.hashOf(key);
      dict.touch(hash);
      dict.touchEntry(hash);
      assertThat(fixture.find(key) != 0).isEqualTo(key < 100);
    }
  }

  @Test
  void shouldReachInADictThatWasPutAwayWhatALookUpWouldFind() {
    Dict stored = Dict.unbound(fixture.memory, fixture, new DictWalks());
    stored.create();
    long state = fixture.memory.allocate(Dict.STATE_BYTES);
    int reached = 0;
    int whileMoving = 0;
    int asked = 0;
    int foundOfAbsent = 0;
    for (long key = 1; key <= 3000; key++) {
      stored.insert(fixture.newEntry(key, key), fixture.hashOf(key));
      stored.store(state);
      for (long other = 1; other <= key; other += 37) {
        long hash = fixture.hashOf(other);
        boolean found = Dict.touchEntryStored(state, hash) == (byte) other;
        asked++;
        reached += found ? 1 : 0;
        whileMoving += found && stored.isRehashing() ? 1 : 0;
        long bucket = stored.tableOf(hash).bucket(hash);
        assertThat(DictState.bucket(state, hash)).isEqualTo(bucket);
        assertThat(DictState.likely(state, hash)).isEqualTo(stored.likely(hash));
        assertThat(Dict.touchStored(state, hash)).isEqualTo(Memory.getLong(bucket));
      }
      foundOfAbsent += Dict.touchEntryStored(state, fixture.hashOf(-key)) == 0 ? 0 : 1;
    }
    // Not those whose bucket has a child and which are there.
    assertThat(reached).isGreaterThan(asked * 8 / 10);
    assertThat(whileMoving).isGreaterThan(asked / 10);
    assertThat(foundOfAbsent).isLessThan(100);
    stored.forEach(fixture.memory::free);
    stored.close();
    fixture.memory.free(state);
  }

  @Test
  void shouldRejectWhatCannotBeAnEntry() {
    assertThatThrownBy(() -> dict.insert(0, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> dict.insert(1L << 48, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> dict.replace(8, 16, 1)).isInstanceOf(IllegalStateException.class);
  }
}
