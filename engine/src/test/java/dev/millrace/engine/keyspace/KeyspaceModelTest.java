package dev.millrace.engine.keyspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.keyspace.KeyspaceFixture.Content;
import dev.millrace.engine.memory.Memory;
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

/** The keyspace against plain maps, under random operations, snapshots and the passing of time. */
class KeyspaceModelTest {
  private static final int DATABASES = 4;

  /** One run: the keyspace, the maps that say what it should hold, and perhaps a snapshot. */
  private static final class Run {
    final String context;
    final SplittableRandom random;
    final KeyspaceFixture fixture;
    final int keys;
    final List<Map<String, Content>> model = new ArrayList<>();

    @Nullable SnapshotWalk walk;
    List<Map<String, Content>> atCut = new ArrayList<>();
    List<Map<String, Content>> emitted = new ArrayList<>();
    int walksFinished;

    Run(long seed, int keys) {
      this.context = "seed " + seed;
      this.random = new SplittableRandom(seed);
      this.fixture = new KeyspaceFixture(DATABASES, random.split());
      this.keys = keys;
      for (int i = 0; i < DATABASES; i++) {
        model.add(new HashMap<>());
      }
    }

    int anyDb() {
      return random.nextInt(DATABASES);
    }

    String anyKey() {
      int n = random.nextInt(keys);
      // Some keys are long, some are longer than the header can say.
      return n % 97 == 0
          ? "k".repeat(255 + n % 3) + n
          : n % 31 == 0 ? "key:" + n + "#".repeat(80) : "key:" + n;
    }

    String anyValue() {
      return switch (random.nextInt(8)) {
        case 0 -> Long.toString(random.nextLong());
        case 1 -> Integer.toString(random.nextInt(-9, 100));
        case 2 -> "";
        case 3 -> "0" + random.nextInt(10);
        case 4 -> random.nextInt(40) == 0 ? "B".repeat(random.nextInt(32_700, 70_000)) : "b";
        default -> "v".repeat(random.nextInt(200)) + random.nextInt(10);
      };
    }

    long anyExpiry() {
      return random.nextInt(3) == 0
          ? fixture.clock.millis + random.nextInt(1, 3000)
          : Database.NO_EXPIRY;
    }

    @Nullable Content live(int db, String key) {
      Content content = model.get(db).get(key);
      return content == null || isPast(content) ? null : content;
    }

    boolean isPast(Content content) {
      return content.expireAt() != Database.NO_EXPIRY && fixture.clock.millis > content.expireAt();
    }

    void step() {
      int db = anyDb();
      String key = anyKey();
      Content before = live(db, key);
      switch (random.nextInt(100)) {
        case 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19 -> {
          String value = anyValue();
          long expireAt = anyExpiry();
          fixture.set(db, key, value, expireAt);
          model.get(db).put(key, new Content(value, expireAt));
        }
        case 20, 21, 22, 23, 24 -> {
          String value = anyValue();
          fixture.set(db, key, value, Database.KEEP_EXPIRY);
          long expireAt = before == null ? Database.NO_EXPIRY : before.expireAt();
          model.get(db).put(key, new Content(value, expireAt));
        }
        case 25, 26, 27, 28, 29, 30, 31, 32, 33, 34 -> {
          assertThat(fixture.delete(db, key)).as(context).isEqualTo(before != null);
          model.get(db).remove(key);
        }
        case 35, 36, 37, 38, 39 -> expire(db, key, before);
        case 40, 41, 42 -> persist(db, key, before);
        case 43, 44, 45, 46, 47, 48, 49, 50, 51, 52 -> append(db, key, before);
        case 53, 54, 55, 56 -> increment(db, key, before);
        case 57, 58, 59, 60 -> renameOrCopy(db, key, before);
        case 61, 62 -> move(db, key, before);
        case 63 -> {
          if (random.nextInt(60) == 0) {
            fixture.db(db).flush(random.nextBoolean());
            model.get(db).clear();
          }
        }
        case 64 -> {
          int other = anyDb();
          fixture.keyspace.swap(db, other);
          Map<String, Content> mine = model.get(db);
          model.set(db, model.get(other));
          model.set(other, mine);
        }
        case 65, 66 -> fixture.clock.millis += random.nextInt(200);
        case 67, 68 -> fixture.keyspace.expireSlice(random.nextInt(1, 20));
        case 69, 70 -> fixture.keyspace.lazyFreeSlice(random.nextInt(1, 4));
        case 71 -> fixture.keyspace.rehashSlice(random.nextInt(1, 4));
        case 72, 73, 74, 75, 76 -> snapshot();
        case 77 -> {
          SnapshotWalk on = walk;
          if (on != null && random.nextInt(20) == 0) {
            on.cancel();
            walk = null;
          }
        }
        case 78 -> {
          long entry = fixture.db(db).randomKey();
          if (entry != 0) {
            assertThat(live(db, KeyspaceFixture.key(entry))).as(context).isNotNull();
          }
        }
        default ->
            assertThat(fixture.get(db, key))
                .as(context)
                .isEqualTo(before == null ? null : before.value());
      }
    }

    void expire(int db, String key, @Nullable Content before) {
      long entry = fixture.findForWrite(db, key);
      assertThat(entry != 0).as(context).isEqualTo(before != null);
      if (before != null) {
        long at = fixture.clock.millis + random.nextInt(3000);
        long moved = fixture.db(db).setExpire(entry, fixture.hash(key), at);
        Content after = new Content(before.value(), at);
        assertThat(KeyspaceFixture.content(moved)).as(context).isEqualTo(after);
        model.get(db).put(key, after);
      }
    }

    void persist(int db, String key, @Nullable Content before) {
      long entry = fixture.findForWrite(db, key);
      if (before != null) {
        assertThat(fixture.db(db).persist(entry, fixture.hash(key)))
            .as(context)
            .isEqualTo(before.expireAt() != Database.NO_EXPIRY);
        Content after = new Content(before.value(), Database.NO_EXPIRY);
        assertThat(KeyspaceFixture.content(entry)).as(context).isEqualTo(after);
        model.get(db).put(key, after);
      }
    }

    void append(int db, String key, @Nullable Content before) {
      long entry = fixture.findForWrite(db, key);
      if (before == null) {
        return;
      }
      int length = before.value().length();
      int gap = random.nextInt(3) == 0 ? random.nextInt(50) : 0;
      int tail = random.nextInt(20);
      if (random.nextInt(50) == 0) {
        gap += random.nextInt(40_000);
      }
      long changed =
          fixture.db(db).reserveString(entry, fixture.hash(key), (long) length + gap + tail);
      long value = Entry.valueAddress(changed);
      for (int i = 0; i < tail; i++) {
        Memory.putByte(value + length + gap + i, (byte) 'x');
      }
      String text = before.value() + "\0".repeat(gap) + "x".repeat(tail);
      Content after = new Content(text, before.expireAt());
      assertThat(KeyspaceFixture.content(changed)).as(context).isEqualTo(after);
      assertThat(fixture.keyspace.inspection().encodingName(changed)).isEqualTo("raw");
      model.get(db).put(key, after);
    }

    void increment(int db, String key, @Nullable Content before) {
      long entry = fixture.findForWrite(db, key);
      if (before != null && Entry.isInt(entry)) {
        long value = Entry.longValue(entry) + 1;
        fixture.db(db).changeLong(entry, fixture.hash(key), value);
        model.get(db).put(key, new Content(Long.toString(value), before.expireAt()));
      }
    }

    void renameOrCopy(int db, String key, @Nullable Content before) {
      int to = anyDb();
      String newKey = anyKey();
      if (before == null || (db == to && key.equals(newKey))) {
        return;
      }
      fixture.findForWrite(db, key);
      fixture.delete(to, newKey);
      if (random.nextBoolean()) {
        fixture.rename(db, key, to, newKey);
        model.get(db).remove(key);
      } else {
        fixture.copy(db, key, to, newKey);
      }
      model.get(to).put(newKey, before);
    }

    void move(int db, String key, @Nullable Content before) {
      int to = anyDb();
      if (before == null || db == to) {
        return;
      }
      fixture.delete(to, key);
      long entry = fixture.findForWrite(db, key);
      fixture.db(db).move(entry, fixture.hash(key), fixture.db(to));
      model.get(db).remove(key);
      model.get(to).put(key, before);
    }

    void snapshot() {
      SnapshotWalk on = walk;
      if (on == null) {
        atCut = new ArrayList<>();
        emitted = new ArrayList<>();
        for (int i = 0; i < DATABASES; i++) {
          atCut.add(fixture.physical(i));
          emitted.add(new HashMap<>());
        }
        List<Map<String, Content>> target = emitted;
        walk =
            fixture.keyspace.startWalk((database, entry) -> {
              Content twice =
                  target
                      .get(database)
                      .put(KeyspaceFixture.key(entry), KeyspaceFixture.content(entry));
              assertThat(twice).as("%s: emitted once", context).isNull();
            });
      } else if (!on.advance(random.nextInt(1, 6))) {
        assertThat(emitted).as(context).isEqualTo(atCut);
        walk = null;
        walksFinished++;
      }
    }

    void check() {
      for (int i = 0; i < DATABASES; i++) {
        Map<String, Content> expected = new HashMap<>(model.get(i));
        expected.values().removeIf(this::isPast);
        Map<String, Content> actual = fixture.physical(i);
        actual.values().removeIf(this::isPast);
        assertThat(actual).as(context).isEqualTo(expected);
      }
      fixture.checkTables(context);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void shouldHoldWhatPlainMapsHold(long seed) {
    Run run = new Run(seed, seed % 2 == 0 ? 60 : 600);
    for (int step = 0; step < 12_000; step++) {
      run.step();
      if (step % 2_000 == 0) {
        run.check();
      }
    }
    run.check();
    assertThat(run.walksFinished).as(run.context).isPositive();
    run.fixture.close();
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13})
  void shouldScanEveryEntryThatIsThereThroughout(long seed) {
    Run run = new Run(seed, 2_000);
    Set<String> lasting = new HashSet<>();
    for (int i = 0; i < 300; i++) {
      lasting.add("lasting:" + i);
      run.fixture.set(0, "lasting:" + i, "x");
    }
    Set<String> seen = new HashSet<>();
    long cursor = 0;
    do {
      cursor = run.fixture.db(0).scan(cursor, entry -> seen.add(KeyspaceFixture.key(entry)));
      for (int i = 0; i < 20; i++) {
        String key = run.anyKey();
        if (run.random.nextInt(3) == 0) {
          run.fixture.delete(0, key);
        } else {
          run.fixture.set(0, key, run.anyValue());
        }
      }
    } while (cursor != 0);
    assertThat(seen).as(run.context).containsAll(lasting);
    run.fixture.close();
  }
}
