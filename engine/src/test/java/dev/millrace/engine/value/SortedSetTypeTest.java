package dev.millrace.engine.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.keyspace.SnapshotWalk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sorted sets against sorted maps, in every form, with snapshots going on. */
@SuppressWarnings("NullAway") // a reply that is null fails the test as well
class SortedSetTypeTest {
  private record Scored(String member, double score) {}

  private static final Comparator<Scored> ORDER =
      Comparator.comparingDouble(Scored::score).thenComparing(Scored::member);

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void shouldAgreeWithAMapUnderRandomChanges(long seed) throws IOException {
    try (Run run = new Run(seed)) {
      run.play();
    }
  }

  /** Several sorted sets, what they should hold, and a snapshot that is under way now and then. */
  private static final class Run implements AutoCloseable {
    private static final String[] KEYS = {"a", "b", "c", "d", "e"};
    final long seed;
    final SplittableRandom random;
    final ValueFixture fixture;
    final SortedSetType type;
    final SortedSetCursor cursor;
    final Map<String, Map<String, Double>> model = new HashMap<>();
    Map<String, Map<String, Double>> cut = Map.of();
    final Map<String, Map<String, Double>> emitted = new HashMap<>();
    @Nullable SnapshotWalk walk;
    int step;

    Run(long seed) {
      this.seed = seed;
      this.random = new SplittableRandom(seed);
      this.fixture = new ValueFixture(seed);
      this.type = fixture.types.sortedSets();
      this.cursor = type.cursor();
      // Small for long, small at first, never small.
      fixture.config.encodings.zsetMaxListpackEntries.value(
          seed % 3 == 0 ? 5000 : seed % 3 == 1 ? 16 : 0);
    }

    void play() throws IOException {
      for (step = 0; step < 4000; step++) {
        String key = KEYS[random.nextInt(KEYS.length)];
        int dice = random.nextInt(100);
        if (dice < (step / 1000 % 2 == 0 ? 60 : 25)) {
          set(key, member(), score());
        } else if (dice < 75) {
          remove(key, member());
        } else if (dice < 78) {
          removeRange(key);
        } else if (dice < 80) {
          fixture.delete(key);
          model.remove(key);
        } else if (dice < 83) {
          copy(key, KEYS[random.nextInt(KEYS.length)]);
        } else if (dice < 86) {
          throughRdb(key);
        } else if (dice < 92) {
          check(key);
        } else {
          lookUp(key);
        }
        walkOn();
      }
      for (String key : KEYS) {
        check(key);
      }
    }

    String member() {
      return switch (random.nextInt(60)) {
        case 0 -> "long".repeat(20);
        case 1 -> "";
        default -> random.nextBoolean() ? "m" + random.nextInt(300) : "" + random.nextInt(300);
      };
    }

    double score() {
      return switch (random.nextInt(12)) {
        case 0 -> Double.POSITIVE_INFINITY;
        case 1 -> Double.NEGATIVE_INFINITY;
        case 2 -> random.nextInt(100) / 7.0;
        case 3 -> random.nextDouble() * 1e300;
        default -> random.nextInt(20) - 10;
      };
    }

    String where() {
      return "seed " + seed + ", step " + step;
    }

    void set(String key, String member, double score) {
      long entry = fixture.entry(key);
      long hash = fixture.hash(key);
      if (entry == 0) {
        entry =
            type.create(fixture.db(), fixture.stage(0, key), key.length(), hash, member.length());
      }
      long at = fixture.stage(1, member);
      Map<String, Double> members = model.computeIfAbsent(key, k -> new HashMap<>());
      Double before = members.put(member, score);
      assertThat(type.find(entry, at, member.length())).as(where()).isEqualTo(before != null);
      if (before == null) {
        entry = type.add(fixture.db(), entry, hash, score, at, member.length());
      } else {
        assertThat(type.score()).as(where()).isEqualTo(before);
        entry = type.changeScore(fixture.db(), entry, hash, score, at, member.length());
      }
      assertThat(entry).as(where()).isEqualTo(fixture.entry(key));
      assertThat(type.size(entry)).as(where()).isEqualTo(members.size());
    }

    void remove(String key, String member) {
      long entry = fixture.entry(key);
      long at = fixture.stage(1, member);
      boolean here = entry != 0 && type.find(entry, at, member.length());
      assertThat(here).as(where()).isEqualTo(model.getOrDefault(key, Map.of()).containsKey(member));
      if (here) {
        entry = type.remove(fixture.db(), entry, fixture.hash(key), at, member.length());
        model.get(key).remove(member);
        removed(key, entry);
      }
    }

    void removeRange(String key) {
      long entry = fixture.entry(key);
      if (entry == 0) {
        return;
      }
      List<Scored> all = sorted(key);
      int first = random.nextInt(all.size());
      int count = random.nextInt(Math.min(all.size() - first, 30) + 1);
      entry = type.removeRange(fixture.db(), entry, fixture.hash(key), first, count);
      all.subList(first, first + count).forEach(each -> model.get(key).remove(each.member));
      removed(key, entry);
    }

    private void removed(String key, long entry) {
      assertThat(type.size(entry)).as(where()).isEqualTo(model.get(key).size());
      if (model.get(key).isEmpty()) {
        fixture.db().delete(entry, fixture.hash(key));
        model.remove(key);
      }
    }

    void copy(String key, String to) {
      long entry = fixture.entry(key);
      if (entry == 0 || key.equals(to)) {
        return;
      }
      fixture.delete(to);
      long hash = fixture.hash(to);
      fixture.db().copy(entry, fixture.db(), fixture.stage(0, to), to.length(), hash);
      model.put(to, new HashMap<>(model.get(key)));
      check(to);
    }

    void throughRdb(String key) throws IOException {
      long entry = fixture.entry(key);
      if (entry == 0) {
        return;
      }
      try (RecordedValue value = new RecordedValue()) {
        type.save(entry, value);
        assertThat(value.type).isEqualTo(type.isListpack(entry) ? 17 : 5);
        fixture.delete(key);
        entry = load(fixture, key, value);
      }
      assertThat(entry).isEqualTo(fixture.entry(key));
      check(key);
    }

    List<Scored> sorted(String key) {
      List<Scored> all = new ArrayList<>();
      model.get(key).forEach((member, score) -> all.add(new Scored(member, score)));
      all.sort(ORDER);
      return all;
    }

    void check(String key) {
      long entry = fixture.entry(key);
      if (!model.containsKey(key)) {
        assertThat(entry).as(where()).isZero();
        return;
      }
      List<Scored> expected = sorted(key);
      assertThat(type.size(entry)).as(where()).isEqualTo(expected.size());
      List<Scored> up = new ArrayList<>();
      for (boolean on = type.at(entry, 0, cursor); on; on = cursor.next()) {
        up.add(atCursor());
      }
      assertThat(up).as(where()).isEqualTo(expected);
      List<Scored> down = new ArrayList<>();
      for (boolean on = type.at(entry, expected.size() - 1, cursor); on; on = cursor.previous()) {
        down.add(atCursor());
      }
      assertThat(down.reversed()).as(where()).isEqualTo(expected);
      assertThat(all(type, entry)).as(where()).isEqualTo(model.get(key));
      if (Entry.isExternal(entry)) {
        assertThat(type.externalBytes(entry)).as(where()).isPositive();
      }
    }

    private Scored atCursor() {
      return new Scored(ValueFixture.text(cursor.member().bytes()), cursor.score());
    }

    void lookUp(String key) {
      long entry = fixture.entry(key);
      if (entry == 0) {
        return;
      }
      List<Scored> all = sorted(key);
      int rank = random.nextInt(all.size());
      Scored one = all.get(rank);
      long at = fixture.stage(1, one.member);
      assertThat(type.rank(entry, at, one.member.length())).as(where()).isEqualTo(rank);
      assertThat(type.at(entry, rank, cursor)).as(where()).isTrue();
      assertThat(atCursor()).as(where()).isEqualTo(one);
      assertThat(type.find(entry, cursor.member())).as(where()).isTrue();
      assertThat(type.at(entry, all.size(), cursor)).as(where()).isFalse();
      double bound = random.nextBoolean() ? one.score : score();
      assertThat(type.countBelow(entry, bound, false))
          .as(where())
          .isEqualTo(all.stream().filter(each -> each.score < bound).count());
      assertThat(type.countBelow(entry, bound, true))
          .as(where())
          .isEqualTo(all.stream().filter(each -> each.score <= bound).count());
    }

    void walkOn() {
      SnapshotWalk current = walk;
      if (current == null) {
        if (random.nextInt(100) == 0) {
          cut = new HashMap<>();
          model.forEach((key, members) -> cut.put(key, Map.copyOf(members)));
          emitted.clear();
          walk = fixture.keyspace.startWalk((database, entry) -> emit(entry));
        }
      } else if (random.nextInt(50) == 0) {
        while (current.advance(1)) {
          assertThat(emitted.size()).isLessThanOrEqualTo(KEYS.length);
        }
        walk = null;
        assertThat(emitted).as(where()).isEqualTo(cut);
      }
    }

    /** As a snapshot does: through the form in RDB. */
    private void emit(long entry) {
      Map<String, Double> members = new HashMap<>();
      try (RecordedValue value = new RecordedValue();
          ValueFixture other = new ValueFixture(1)) {
        type.save(entry, value);
        members.putAll(all(other.types.sortedSets(), load(other, "k", value)));
      } catch (IOException e) {
        throw new AssertionError(e);
      }
      assertThat(emitted.put(ValueFixture.text(Entry.key(entry)), members)).as(where()).isNull();
    }

    @Override
    public void close() {
      fixture.close();
    }
  }

  private static Map<String, Double> all(SortedSetType type, long entry) {
    Map<String, Double> all = new HashMap<>();
    type.forEach(
        entry,
        (member, score) -> assertThat(all.put(ValueFixture.text(member.bytes()), score)).isNull());
    return all;
  }

  private static long load(ValueFixture fixture, String key, RecordedValue value)
      throws IOException {
    return fixture
        .types
        .sortedSets()
        .load(
            value.type,
            value,
            fixture.db(),
            fixture.stage(0, key),
            key.length(),
            fixture.hash(key),
            Database.NO_EXPIRY);
  }

  @Test
  void shouldFreeALargeOneInSlices() {
    try (ValueFixture fixture = new ValueFixture(1)) {
      SortedSetType type = fixture.types.sortedSets();
      long empty = fixture.bytesInEntries();
      SortedSetBuilder builder = type.builder();
      builder.begin(0);
      for (int i = 0; i < 20_000; i++) {
        String member = "member:" + i;
        builder.add(i % 1000, fixture.stage(1, member), member.length());
      }
      builder.order();
      long hash = fixture.hash("k");
      builder.store(fixture.db(), fixture.stage(0, "k"), 1, hash, Database.NO_EXPIRY);
      long entry = fixture.entry("k");
      assertThat(type.freeEffort(entry)).isEqualTo(20_000);
      long bytes = type.externalBytes(entry);
      assertThat(fixture.bytesInEntries()).isBetween(bytes, bytes + 1024);
      fixture.delete("k");
      int slices = 0;
      long before = fixture.memory.usedBytes();
      while (fixture.keyspace.lazyFreeSlice(0)) {
        long now = fixture.memory.usedBytes();
        assertThat(before - now).isLessThan(bytes / 10);
        before = now;
        slices++;
      }
      assertThat(slices).isGreaterThan(200);
      assertThat(fixture.bytesInEntries()).isEqualTo(empty);
    }
  }

  @Test
  void shouldRefuseWhatIsNoSortedSet() {
    refuse(RecordedValue.of(5, 2L, bytes("a")));
    refuse(RecordedValue.of(5, 1L << 60));
    refuse(RecordedValue.of(17, bytes("nonsense")));
    refuse(RecordedValue.of(17, bytes("\11\0\0\0\1\0\1\1\377")));
    // A member twice: a 1 a 2.
    refuse(RecordedValue.of(17, bytes("\21\0\0\0\4\0\201a\2\1\1\201a\2\2\1\377")));
    refuse(RecordedValue.of(12, bytes("nonsense")));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static void refuse(RecordedValue value) {
    try (ValueFixture fixture = new ValueFixture(1)) {
      long before = fixture.bytesInEntries();
      assertThatThrownBy(() -> load(fixture, "k", value)).isInstanceOf(ValueFormatException.class);
      assertThat(fixture.entry("k")).isZero();
      assertThat(fixture.bytesInEntries()).isEqualTo(before);
    } finally {
      value.close();
    }
  }

  @Test
  void shouldMakeNoKeyOfAnEmptyOne() throws IOException {
    for (RecordedValue value :
        List.of(RecordedValue.of(5, 0L), RecordedValue.of(17, bytes("\7\0\0\0\0\0\377")))) {
      try (ValueFixture fixture = new ValueFixture(1)) {
        assertThat(load(fixture, "k", value)).isZero();
        assertThat(fixture.entry("k")).isZero();
      }
      value.close();
    }
  }
}
