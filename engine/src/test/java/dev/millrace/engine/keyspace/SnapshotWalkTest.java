package dev.millrace.engine.keyspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.engine.keyspace.KeyspaceFixture.Content;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The data set at one cut, whatever happens after it. */
class SnapshotWalkTest {
  private static final int DATABASES = 4;

  private final KeyspaceFixture fixture = new KeyspaceFixture(DATABASES, 9);
  private final List<Map<String, Content>> atCut = new ArrayList<>();
  private final List<Map<String, Content>> emitted = new ArrayList<>();

  @AfterEach
  void closeWithoutLeaks() {
    fixture.close();
  }

  private void fill(int keys) {
    for (int i = 0; i < keys; i++) {
      long expireAt = i % 3 == 0 ? fixture.clock.millis + i : Database.NO_EXPIRY;
      fixture.set(i % DATABASES, "key" + i, i % 2 == 0 ? "" + i : "value" + i, expireAt);
    }
    fixture.set(1, "blob", "b".repeat(50_000));
  }

  private SnapshotWalk cut() {
    atCut.clear();
    emitted.clear();
    for (int i = 0; i < DATABASES; i++) {
      atCut.add(fixture.physical(i));
      emitted.add(new HashMap<>());
    }
    return fixture.keyspace.startWalk((db, entry) -> {
      Content content = KeyspaceFixture.content(entry);
      assertThat(emitted.get(db).put(KeyspaceFixture.key(entry), content))
          .as("emitted once")
          .isNull();
    });
  }

  private void finish(SnapshotWalk walk) {
    while (walk.advance(7)) {
      assertThat(walk.isFinished()).isFalse();
    }
    assertThat(walk.isFinished()).isTrue();
    assertThat(walk.advance(1)).isFalse();
    assertThat(emitted).isEqualTo(atCut);
    assertThat(walk.emittedEntries()).isEqualTo(atCut.stream().mapToLong(Map::size).sum());
    assertThat(fixture.keyspace.walk()).isNull();
  }

  @Test
  void shouldEmitEverythingOnceWhenNothingChanges() {
    fill(2000);
    SnapshotWalk walk = cut();
    assertThatThrownBy(() -> fixture.keyspace.startWalk((db, entry) -> {}))
        .isInstanceOf(IllegalStateException.class);
    finish(walk);
    finish(cut());
  }

  @Test
  void shouldFinishAtOnceOverAnEmptyKeyspace() {
    SnapshotWalk walk = cut();
    fixture.set(0, "late", "v");
    assertThat(walk.advance(1)).isFalse();
    assertThat(emitted).isEqualTo(atCut);
  }

  @Test
  void shouldEmitWhatWasThereThoughEverythingIsOverwritten() {
    fill(500);
    SnapshotWalk walk = cut();
    for (int i = 0; i < 500; i++) {
      int db = i % DATABASES;
      String key = "key" + i;
      long entry = fixture.findForWrite(db, key);
      switch (i % 7) {
        case 0 -> fixture.set(db, key, "other");
        case 1 -> fixture.delete(db, key);
        case 2 -> fixture.db(db).setExpire(entry, fixture.hash(key), 4_000_000_000_000L);
        case 3 -> fixture.db(db).persist(entry, fixture.hash(key));
        case 4 -> fixture.db(db).reserveString(entry, fixture.hash(key), 5000);
        case 5 -> fixture.rename(db, key, (db + 1) % DATABASES, "renamed" + i);
        default -> {
          if (Entry.isInt(entry)) {
            fixture.db(db).changeLong(entry, fixture.hash(key), -1);
          }
        }
      }
    }
    finish(walk);
  }

  @Test
  void shouldHandOverABlobWithoutLosingItForTheSnapshot() {
    fill(100);
    SnapshotWalk walk = cut();
    long address = Entry.valueAddress(fixture.peek(1, "blob"));
    long renamed = fixture.rename(1, "blob", 2, "moved");
    assertThat(Entry.valueAddress(renamed)).isEqualTo(address);
    long grown = fixture.db(2).reserveString(renamed, fixture.hash("moved"), 90_000);
    assertThat(Entry.valueLength(grown)).isEqualTo(90_000);
    finish(walk);
  }

  @Test
  void shouldEmitTheCutThroughGrowthOfTheTables() {
    fill(400);
    SnapshotWalk walk = cut();
    for (int i = 0; i < 8_000; i++) {
      fixture.set(i % DATABASES, "new" + i, "v");
      if (i % 200 == 0) {
        walk.advance(1);
      }
    }
    finish(walk);
  }

  @Test
  void shouldEmitTheCutThroughShrinkingOfTheTables() {
    fill(4000);
    SnapshotWalk walk = cut();
    for (int i = 0; i < 4000; i++) {
      fixture.delete(i % DATABASES, "key" + i);
      if (i % 200 == 0) {
        walk.advance(1);
      }
    }
    finish(walk);
  }

  @Test
  void shouldEmitTheCutThroughFlushAndSwap() {
    fill(3000);
    SnapshotWalk walk = cut();
    walk.advance(20);
    fixture.db(0).flush(true);
    fixture.set(0, "key0", "after the flush");
    fixture.keyspace.swap(0, 1);
    fixture.keyspace.swap(1, 2);
    fixture.keyspace.lazyFreeSlice(2);
    walk.advance(20);
    fixture.keyspace.flush(true);
    fixture.set(3, "key3", "after both flushes");
    fixture.db(3).flush(true);
    finish(walk);
    assertThat(fixture.keyspace.size()).isZero();
  }

  @Test
  void shouldEmitWhatAFlushFreesBeforeTheWalkComesToIt() {
    fill(3000);
    SnapshotWalk walk = cut();
    fixture.keyspace.flush(true);
    while (fixture.keyspace.lazyFreeSlice(5)) {
      assertThat(fixture.keyspace.lazyFree().pendingObjects()).isPositive();
    }
    assertThat(fixture.keyspace.usedBytes()).isEqualTo(fixture.keyspace.tableBytes());
    finish(walk);
  }

  @Test
  void shouldEmitExpiredEntriesAsTheyWere() {
    fill(300);
    fixture.clock.millis += 150;
    SnapshotWalk walk = cut();
    fixture.keyspace.expireSlice(KeyspaceFixture.AMPLE_NANOS);
    assertThat(fixture.expired).isNotEmpty();
    finish(walk);
  }

  @Test
  void shouldEmitNothingMoreOnceCancelled() {
    fill(1000);
    SnapshotWalk walk = cut();
    walk.advance(10);
    fixture.db(2).flush(true);
    long before = walk.emittedEntries();
    assertThat(before).isPositive();
    walk.cancel();
    walk.cancel();
    fixture.keyspace.flush(false);
    fill(1000);
    assertThat(walk.advance(1000)).isFalse();
    assertThat(walk.emittedEntries()).isEqualTo(before);
    finish(cut());
  }

  @Test
  void l6_aSliceEndsWithItsBudget() {
    fill(8_000);
    fixture.clock.nanosPerLook = 100;
    SnapshotWalk walk = cut();
    assertThat(walk.advance(Integer.MAX_VALUE, 50)).isTrue();
    assertThat(walk.emittedEntries()).as("one step of buckets").isBetween(16L, 300L);
    finish(walk);
  }
}
