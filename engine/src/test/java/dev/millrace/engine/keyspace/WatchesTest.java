package dev.millrace.engine.keyspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.memory.Memory;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When WATCH makes EXEC fail. */
class WatchesTest {
  private final KeyspaceFixture fixture = new KeyspaceFixture(2, 3);
  private final Watches watches = new Watches(fixture.keyspace, fixture.memory);
  private final Watcher watcher = new Watcher();

  @BeforeEach
  void tellWatchersOfExpiry() {
    fixture.keyspace.onExpired(watches::touched);
  }

  @AfterEach
  void closeWithoutLeaks() {
    watches.unwatch(watcher);
    assertThat(watches.watchedKeys()).isZero();
    watches.close();
    fixture.close();
  }

  private void watch(Watcher who, int db, String key) {
    long hash = fixture.hash(key);
    watches.watch(who, fixture.db(db), fixture.stage(0, key), key.length(), hash);
  }

  private void touch(int db, String key) {
    long hash = fixture.hash(key);
    watches.touched(fixture.db(db), fixture.stage(0, key), key.length(), hash);
  }

  @Test
  void shouldAbortWhenAWatchedKeyIsTouchedAndOnlyThen() {
    watch(watcher, 0, "k");
    watch(watcher, 0, "k");
    assertThat(watches.watchedKeys()).isEqualTo(1);
    touch(0, "other");
    touch(1, "k");
    assertThat(watches.mustAbort(watcher)).isFalse();
    touch(0, "k");
    assertThat(watches.mustAbort(watcher)).isTrue();
    assertThat(watcher.isWatching()).as("a lost transaction holds no memory").isFalse();
    watch(watcher, 0, "more");
    assertThat(watches.watchedKeys()).as("nor does it take more").isZero();
    watches.unwatch(watcher);
    assertThat(watches.mustAbort(watcher)).isFalse();
  }

  @Test
  void shouldTellEveryWatcherOfAKey() {
    Watcher second = new Watcher();
    Watcher third = new Watcher();
    watch(watcher, 0, "k");
    watch(watcher, 0, "l");
    watch(second, 0, "k");
    watch(third, 0, "l");
    watches.unwatch(second);
    watch(second, 0, "k");
    touch(0, "k");
    assertThat(watcher.hasSeenChange()).isTrue();
    assertThat(second.hasSeenChange()).isTrue();
    assertThat(watches.mustAbort(third)).isFalse();
    assertThat(watches.watchedKeys()).isEqualTo(1);
    watches.unwatch(third);
  }

  @Test
  void shouldAbortWhenAWatchedKeyExpiresEvenBeforeItIsDeleted() {
    fixture.set(0, "k", "v", fixture.clock.millis);
    watch(watcher, 0, "k");
    assertThat(watches.mustAbort(watcher)).isFalse();
    fixture.clock.millis++;
    assertThat(watches.mustAbort(watcher)).isTrue();
    assertThat(watcher.hasSeenChange()).isFalse();
    fixture.get(0, "k");
    assertThat(watcher.hasSeenChange()).isTrue();
  }

  @Test
  void shouldNotAbortWhenAKeyThatHadExpiredBeforeIsDeleted() {
    fixture.set(0, "k", "v", fixture.clock.millis);
    fixture.clock.millis++;
    watch(watcher, 0, "k");
    assertThat(watches.mustAbort(watcher)).isFalse();
    fixture.get(0, "k");
    assertThat(fixture.db(0).size()).isZero();
    assertThat(watches.mustAbort(watcher)).isFalse();
    fixture.set(0, "k", "new");
    touch(0, "k");
    assertThat(watches.mustAbort(watcher)).as("a new key in its place is a change").isTrue();
  }

  @Test
  void shouldAbortOnFlushOnlyWhereTheKeyExists() {
    Watcher ofAbsent = new Watcher();
    fixture.set(0, "k", "v");
    watch(watcher, 0, "k");
    watch(ofAbsent, 0, "absent");
    watches.flushing(fixture.db(1));
    assertThat(watches.mustAbort(watcher)).isFalse();
    watches.flushingAll();
    fixture.keyspace.flush(true);
    assertThat(watches.mustAbort(watcher)).isTrue();
    assertThat(watches.mustAbort(ofAbsent)).isFalse();
    watches.unwatch(ofAbsent);
  }

  @Test
  void shouldNotAbortOnFlushOfAKeyThatHadExpiredBefore() {
    fixture.set(0, "k", "v", fixture.clock.millis);
    fixture.clock.millis++;
    watch(watcher, 0, "k");
    watches.flushing(fixture.db(0));
    fixture.db(0).flush(false);
    assertThat(watches.mustAbort(watcher)).isFalse();
  }

  @Test
  void shouldAbortOnSwapWhenTheKeyIsInEitherDatabase() {
    Watcher here = new Watcher();
    Watcher there = new Watcher();
    fixture.set(0, "here", "v");
    fixture.set(1, "there", "v");
    watch(here, 0, "here");
    watch(there, 0, "there");
    watch(watcher, 0, "nowhere");
    watches.swapping(fixture.db(0), fixture.db(1));
    fixture.keyspace.swap(0, 1);
    assertThat(watches.mustAbort(here)).isTrue();
    assertThat(watches.mustAbort(there)).isTrue();
    assertThat(watches.mustAbort(watcher)).isFalse();
    watches.unwatch(here);
    watches.unwatch(there);
  }

  @Test
  void shouldNotAbortOnSwapThatBringsAnExpiredKeyInPlaceOfNone() {
    fixture.set(1, "k", "v", fixture.clock.millis);
    fixture.clock.millis++;
    watch(watcher, 0, "k");
    watches.swapping(fixture.db(0), fixture.db(1));
    fixture.keyspace.swap(0, 1);
    assertThat(watches.mustAbort(watcher)).isFalse();
    fixture.get(0, "k");
    assertThat(watches.mustAbort(watcher)).isFalse();
  }

  @Test
  void shouldKeepItsBooksUnderRandomUse() {
    SplittableRandom random = new SplittableRandom(5);
    Watcher[] watchers = new Watcher[20];
    Set<?>[] model = new Set<?>[watchers.length];
    boolean[] changed = new boolean[watchers.length];
    for (int i = 0; i < watchers.length; i++) {
      watchers[i] = new Watcher();
      model[i] = new HashSet<String>();
    }
    for (int step = 0; step < 20_000; step++) {
      int who = random.nextInt(watchers.length);
      int db = random.nextInt(2);
      String key = "k" + random.nextInt(300);
      switch (random.nextInt(10)) {
        case 0 -> {
          watches.unwatch(watchers[who]);
          model[who] = new HashSet<String>();
          changed[who] = false;
        }
        case 1 -> {
          touch(db, key);
          for (int i = 0; i < watchers.length; i++) {
            if (model[i].contains(db + key)) {
              changed[i] = true;
              model[i] = new HashSet<String>();
            }
          }
        }
        default -> {
          watch(watchers[who], db, key);
          if (!changed[who]) {
            Set<String> wider = new HashSet<>();
            model[who].forEach(name -> wider.add((String) name));
            wider.add(db + key);
            model[who] = wider;
          }
        }
      }
      assertThat(watches.mustAbort(watchers[who])).as("step %d", step).isEqualTo(changed[who]);
    }
    Set<Object> all = new HashSet<>();
    for (Set<?> names : model) {
      all.addAll(names);
    }
    assertThat(watches.watchedKeys()).isEqualTo(all.size());
    for (Watcher each : watchers) {
      watches.unwatch(each);
    }
    assertThat(Memory.CHECKED).isTrue();
  }
}
