package dev.millrace.engine.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.keyspace.SnapshotWalk;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.struct.Intset;
import dev.millrace.engine.struct.Listpack;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sets against sorted sets, in every form. */
@SuppressWarnings({"NullAway", "IntLongMath"}) // a reply that is null fails the test as well
class SetTypeTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void shouldAgreeWithASetUnderRandomChanges(long seed) throws IOException {
    try (Run run = new Run(seed)) {
      run.play();
    }
  }

  /** Several sets, what they should hold, and a snapshot that is under way now and then. */
  private static final class Run implements AutoCloseable {
    private static final String[] KEYS = {"numbers", "words", "both"};
    final long seed;
    final SplittableRandom random;
    final ValueFixture fixture;
    final SetType type;
    final Map<String, Set<String>> model = new HashMap<>();
    final Map<String, Boolean> numbersOnly = new HashMap<>();
    Map<String, Set<String>> cut = Map.of();
    final Map<String, Set<String>> emitted = new HashMap<>();
    @Nullable SnapshotWalk walk;
    int step;

    Run(long seed) {
      this.seed = seed;
      this.random = new SplittableRandom(seed);
      this.fixture = new ValueFixture(seed);
      this.type = fixture.types.sets();
      // Without a bound the intset outgrows its entry.
      fixture.config.encodings.setMaxIntsetEntries.value(seed % 3 == 0 ? 1 << 20 : 12);
    }

    void play() throws IOException {
      for (step = 0; step < 6000; step++) {
        String key = KEYS[random.nextInt(KEYS.length)];
        String member = member(key);
        int dice = random.nextInt(100);
        if (dice < (step / 1500 % 2 == 0 ? 60 : 20)) {
          add(key, member);
        } else if (dice < 80) {
          remove(key, member);
        } else if (dice < 82) {
          fixture.delete(key);
          model.remove(key);
        } else if (dice < 85) {
          copy(key, KEYS[random.nextInt(KEYS.length)]);
        } else if (dice < 88) {
          throughRdb(key);
        } else if (dice < 91) {
          collect(key, KEYS[random.nextInt(KEYS.length)]);
        } else if (dice < 95) {
          removeDrawn(key);
        } else {
          check(key);
        }
        walkOn();
      }
      for (String key : KEYS) {
        check(key);
      }
    }

    String member(String key) {
      if (key.equals("numbers") || key.equals("both") && random.nextInt(40) > 0) {
        long number = random.nextInt(seed % 2 == 0 ? 30 : 4000) - 10;
        return Long.toString(random.nextInt(20) == 0 ? number << 40 : number);
      }
      return random.nextInt(200) == 0
          ? "long".repeat(100)
          : "w" + random.nextInt(seed % 2 == 0 ? 30 : 500);
    }

    String where() {
      return "seed " + seed + ", step " + step;
    }

    void add(String key, String member) {
      long entry = fixture.entry(key);
      long hash = fixture.hash(key);
      long at = fixture.stage(1, member);
      if (entry == 0) {
        entry =
            type.create(
                fixture.db(), fixture.stage(0, key), key.length(), hash, at, member.length());
        numbersOnly.put(key, true);
      }
      entry = type.add(fixture.db(), entry, hash, at, member.length());
      Set<String> members = model.computeIfAbsent(key, k -> new TreeSet<>());
      assertThat(type.changed()).as(where()).isEqualTo(members.add(member));
      boolean numbers =
          numbersOnly.getOrDefault(key, false)
              && member.matches("-?\\d+")
              && members.size() <= fixture.config.encodings.setMaxIntsetEntries.value();
      numbersOnly.put(key, numbers);
      assertThat(type.encodingName(entry)).as(where()).isEqualTo(numbers ? "intset" : "hashtable");
    }

    void remove(String key, String member) {
      long entry = fixture.entry(key);
      if (entry != 0) {
        long hash = fixture.hash(key);
        entry = type.remove(fixture.db(), entry, hash, fixture.stage(1, member), member.length());
        assertThat(type.changed()).as(where()).isEqualTo(model.get(key).remove(member));
        removed(key, entry);
      }
    }

    void removeDrawn(String key) {
      long entry = fixture.entry(key);
      if (entry != 0) {
        Element member = new Element();
        type.random(entry, member);
        String text = ValueFixture.text(member.bytes());
        entry = type.remove(fixture.db(), entry, fixture.hash(key), member);
        assertThat(type.changed()).as(where()).isTrue();
        assertThat(model.get(key).remove(text)).as(where()).isTrue();
        removed(key, entry);
      }
    }

    private void removed(String key, long entry) {
      if (model.get(key).isEmpty()) {
        assertThat(type.size(entry)).isZero();
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
      model.put(to, new TreeSet<>(model.get(key)));
      numbersOnly.put(to, numbersOnly.get(key));
      check(to);
    }

    /** The union of two sets, less what both have, put in the place of the first. */
    void collect(String key, String other) {
      Set<String> mine = model.getOrDefault(key, Set.of());
      Set<String> theirs = model.getOrDefault(other, Set.of());
      Set<String> expected = new TreeSet<>(mine);
      expected.addAll(theirs);
      Set<String> all = new TreeSet<>(expected);
      try (MemberSet collected = type.collect()) {
        for (String each : List.of(key, other)) {
          long entry = fixture.entry(each);
          if (entry != 0) {
            type.forEach(entry, collected::add);
          }
        }
        assertThat(collected.size()).as(where()).isEqualTo(expected.size());
        if (random.nextBoolean() && fixture.entry(other) != 0) {
          type.forEach(
              fixture.entry(other),
              member -> {
                boolean removed = collected.remove(member);
                assertThat(removed)
                    .as(where())
                    .isEqualTo(expected.remove(ValueFixture.text(member.bytes())));
              });
        }
        if (expected.isEmpty()) {
          fixture.delete(key);
          model.remove(key);
          return;
        }
        long hash = fixture.hash(key);
        long entry = type.store(collected, fixture.db(), fixture.stage(0, key), key.length(), hash);
        assertThat(entry).isEqualTo(fixture.entry(key));
        boolean numbers =
            all.stream().allMatch(member -> member.matches("-?\\d+"))
                && all.size() <= fixture.config.encodings.setMaxIntsetEntries.value();
        numbersOnly.put(key, numbers);
        assertThat(type.encodingName(entry))
            .as(where())
            .isEqualTo(numbers ? "intset" : "hashtable");
      }
      model.put(key, expected);
      check(key);
    }

    void throughRdb(String key) throws IOException {
      long entry = fixture.entry(key);
      if (entry == 0) {
        return;
      }
      try (RecordedValue value = new RecordedValue()) {
        type.save(entry, value);
        assertThat(value.type).isEqualTo(numbersOnly.get(key) ? 11 : 2);
        fixture.delete(key);
        entry = load(fixture, key, value);
      }
      assertThat(entry).isEqualTo(fixture.entry(key));
      numbersOnly.put(key, type.encodingName(entry).equals("intset"));
      check(key);
    }

    void check(String key) {
      long entry = fixture.entry(key);
      Set<String> members = model.get(key);
      if (members == null) {
        assertThat(entry).as(where()).isZero();
        return;
      }
      assertThat(type.size(entry)).as(where()).isEqualTo(members.size());
      assertThat(all(type, entry)).as(where()).isEqualTo(members);
      for (int i = 0; i < 10; i++) {
        String member = member(KEYS[random.nextInt(KEYS.length)]);
        long at = fixture.stage(1, member);
        assertThat(type.contains(entry, at, member.length()))
            .as(where())
            .isEqualTo(members.contains(member));
      }
      for (String other : KEYS) {
        long otherEntry = fixture.entry(other);
        if (otherEntry != 0) {
          type.forEach(
              entry,
              member ->
                  assertThat(type.contains(otherEntry, member))
                      .as(where())
                      .isEqualTo(model.get(other).contains(ValueFixture.text(member.bytes()))));
        }
      }
      if (Entry.isExternal(entry)) {
        assertThat(type.externalBytes(entry)).as(where()).isPositive();
      }
      sample(entry, members);
    }

    private void sample(long entry, Set<String> members) {
      Element drawn = new Element();
      type.random(entry, drawn);
      assertThat(members).as(where()).contains(ValueFixture.text(drawn.bytes()));
      int count = 1 + random.nextInt(members.size() + 3);
      List<String> several = new ArrayList<>();
      type.sample(entry, count, member -> several.add(ValueFixture.text(member.bytes())));
      assertThat(several)
          .as(where())
          .hasSize(Math.min(count, members.size()))
          .doesNotHaveDuplicates();
      assertThat(members).as(where()).containsAll(several);
    }

    void walkOn() {
      SnapshotWalk current = walk;
      if (current == null) {
        if (random.nextInt(200) == 0) {
          cut = new HashMap<>();
          model.forEach((key, members) -> cut.put(key, Set.copyOf(members)));
          emitted.clear();
          walk =
              fixture.keyspace.startWalk((database, entry) ->
                  assertThat(emitted.put(ValueFixture.text(Entry.key(entry)), all(type, entry)))
                      .as(where())
                      .isNull());
        }
      } else if (random.nextInt(100) == 0) {
        while (current.advance(1)) {
          assertThat(emitted.size()).isLessThanOrEqualTo(3);
        }
        walk = null;
        assertThat(emitted).as(where()).isEqualTo(cut);
      }
    }

    @Override
    public void close() {
      fixture.close();
    }
  }

  private static Set<String> all(SetType type, long entry) {
    Set<String> all = new TreeSet<>();
    type.forEach(entry, member -> assertThat(all.add(ValueFixture.text(member.bytes()))).isTrue());
    return all;
  }

  private static long load(ValueFixture fixture, String key, RecordedValue value)
      throws IOException {
    return fixture
        .types
        .sets()
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
  void shouldDrawEveryMemberAboutAsOften() {
    for (String prefix :
        List.of("", "w", "a member so long that it makes a table of any set it is in: 64 ")) {
      try (ValueFixture fixture = new ValueFixture(7)) {
        SetType type = fixture.types.sets();
        long hash = fixture.hash("k");
        long first = fixture.stage(1, prefix + 0);
        long entry =
            type.create(fixture.db(), fixture.stage(0, "k"), 1, hash, first, prefix.length() + 1);
        for (int i = 0; i < 10; i++) {
          entry =
              type.add(
                  fixture.db(), entry, hash, fixture.stage(1, prefix + i), prefix.length() + 1);
        }
        Map<String, Integer> one = new HashMap<>();
        Map<String, Integer> three = new HashMap<>();
        Element drawn = new Element();
        for (int i = 0; i < 5000; i++) {
          type.random(entry, drawn);
          one.merge(ValueFixture.text(drawn.bytes()), 1, Integer::sum);
          type.sample(
              entry, 3, member -> three.merge(ValueFixture.text(member.bytes()), 1, Integer::sum));
        }
        assertThat(one.values()).as(prefix).hasSize(10).allMatch(n -> n > 400 && n < 600);
        assertThat(three.values()).as(prefix).hasSize(10).allMatch(n -> n > 1350 && n < 1650);
      }
    }
  }

  @Test
  void l6_aLargeSetIsFreedInSlices() {
    try (ValueFixture fixture = new ValueFixture(1)) {
      SetType type = fixture.types.sets();
      long other = fixture.bytesInEntries();
      long hash = fixture.hash("k");
      long entry =
          type.create(fixture.db(), fixture.stage(0, "k"), 1, hash, fixture.stage(1, "x"), 1);
      for (int i = 0; i < 20_000; i++) {
        String member = "member" + i;
        entry = type.add(fixture.db(), entry, hash, fixture.stage(1, member), member.length());
      }
      assertThat(fixture.keyspace.inspection().memoryUsage(entry))
          .as("with its slot in the table")
          .isEqualTo(fixture.bytesInEntries() - other + 8);
      fixture.delete("k");
      assertThat(fixture.keyspace.lazyFree().pendingObjects()).isEqualTo(1);
      int slices = 1;
      long left = fixture.bytesInEntries();
      while (fixture.keyspace.lazyFreeSlice(1)) {
        assertThat(left - fixture.bytesInEntries()).as("bytes freed by a slice").isLessThan(10_000);
        left = fixture.bytesInEntries();
        slices++;
      }
      assertThat(slices).isGreaterThan(200);
      assertThat(fixture.bytesInEntries()).isEqualTo(other);
    }
  }

  @Test
  void shouldReadAListpackOfRedis72() throws IOException {
    try (ValueFixture fixture = new ValueFixture(1)) {
      long lp = fixture.memory.allocate(100);
      Listpack.create(lp);
      Listpack.insert(lp, Listpack.end(lp), 77);
      Listpack.insert(lp, Listpack.end(lp), fixture.stage(1, "seven"), 5);
      byte[] bytes = Memory.bytes(lp, Listpack.bytes(lp));
      Listpack.insert(lp, Listpack.end(lp), 77);
      byte[] twice = Memory.bytes(lp, Listpack.bytes(lp));
      fixture.memory.free(lp);
      try (RecordedValue value = RecordedValue.of(20, (Object) bytes)) {
        long entry = load(fixture, "k", value);
        assertThat(all(fixture.types.sets(), entry)).containsExactly("77", "seven");
      }
      refuse(fixture, RecordedValue.of(20, (Object) twice));
    }
  }

  @Test
  void shouldRefuseWhatIsNoSet() throws IOException {
    try (ValueFixture fixture = new ValueFixture(1)) {
      refuse(fixture, RecordedValue.of(2, 2L, bytes("a"), bytes("a")));
      refuse(fixture, RecordedValue.of(2, 2L, bytes("1"), bytes("1")));
      refuse(fixture, RecordedValue.of(2, 1L << 40, bytes("1"), bytes("a")));
      refuse(fixture, RecordedValue.of(11, (Object) new byte[] {2, 0, 0, 0, 1, 0, 0, 0, 5}));
      refuse(
          fixture, RecordedValue.of(11, (Object) new byte[] {2, 0, 0, 0, 2, 0, 0, 0, 5, 0, 4, 0}));
      byte[] empty = new byte[Intset.EMPTY_BYTES];
      empty[0] = 2;
      try (RecordedValue value = RecordedValue.of(11, (Object) empty)) {
        assertThat(load(fixture, "k", value)).isZero();
      }
    }
  }

  private static void refuse(ValueFixture fixture, RecordedValue value) {
    try (value) {
      fixture.delete("k");
      assertThatThrownBy(() -> load(fixture, "k", value)).isInstanceOf(ValueFormatException.class);
      assertThat(fixture.db().size()).isZero();
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
