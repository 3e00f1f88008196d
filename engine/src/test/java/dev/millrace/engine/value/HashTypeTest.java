package dev.millrace.engine.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.keyspace.SnapshotWalk;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.struct.Listpack;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hashes against maps, small, large and between. */
@SuppressWarnings("NullAway") // a reply that is null fails the test as well
class HashTypeTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void shouldAgreeWithAMapUnderRandomChanges(long seed) throws IOException {
    try (Run run = new Run(seed)) {
      run.play();
    }
  }

  /** Several hashes, what they should hold, and a snapshot that is under way now and then. */
  private static final class Run implements AutoCloseable {
    private static final String[] KEYS = {"a", "b", "c"};
    final long seed;
    final SplittableRandom random;
    final ValueFixture fixture;
    final HashType type;
    final Map<String, Map<String, String>> model = new HashMap<>();
    Map<String, Map<String, String>> cut = Map.of();
    final Map<String, Map<String, String>> emitted = new HashMap<>();
    @Nullable SnapshotWalk walk;
    int step;

    Run(long seed) {
      this.seed = seed;
      this.random = new SplittableRandom(seed);
      this.fixture = new ValueFixture(seed);
      this.type = fixture.types.hashes();
      // Small bounds are crossed often; without bounds the listpack outgrows its entry.
      fixture.config.encodings.hashMaxListpackEntries.value(seed % 3 == 0 ? 1 << 20 : 8);
      fixture.config.encodings.hashMaxListpackValue.value(seed % 3 == 0 ? 4000 : 40);
    }

    void play() throws IOException {
      int fields = seed % 2 == 0 ? 20 : 700;
      for (step = 0; step < 4000; step++) {
        String key = KEYS[random.nextInt(KEYS.length)];
        int dice = random.nextInt(100);
        String field = "f" + random.nextInt(fields);
        if (dice < (step / 1000 % 2 == 0 ? 60 : 20)) {
          set(key, field, value());
        } else if (dice < 80) {
          remove(key, field);
        } else if (dice < 83) {
          fixture.delete(key);
          model.remove(key);
        } else if (dice < 87) {
          copy(key, KEYS[random.nextInt(KEYS.length)]);
        } else if (dice < 90) {
          throughRdb(key);
        } else {
          check(key);
        }
        walkOn();
      }
      for (String key : KEYS) {
        check(key);
      }
    }

    String value() {
      return switch (random.nextInt(5)) {
        case 0 -> Long.toString(random.nextLong() >> random.nextInt(64));
        case 1 -> "";
        case 2 -> "v".repeat(random.nextInt(random.nextInt(30) == 0 ? 3000 : 39));
        default -> "w" + random.nextInt(1000);
      };
    }

    String where() {
      return "seed " + seed + ", step " + step;
    }

    void set(String key, String field, String value) {
      long entry = fixture.entry(key);
      long hash = fixture.hash(key);
      if (entry == 0) {
        entry = type.create(fixture.db(), fixture.stage(0, key), key.length(), hash);
      }
      type.set(
          fixture.db(),
          entry,
          hash,
          fixture.stage(1, field),
          field.length(),
          fixture.stage(2, value),
          value.length());
      boolean isNew =
          model.computeIfAbsent(key, k -> new LinkedHashMap<>()).put(field, value) == null;
      assertThat(type.changed()).as(where()).isEqualTo(isNew);
    }

    void remove(String key, String field) {
      long entry = fixture.entry(key);
      if (entry == 0) {
        return;
      }
      long hash = fixture.hash(key);
      entry = type.remove(fixture.db(), entry, hash, fixture.stage(1, field), field.length());
      Map<String, String> fields = model.get(key);
      assertThat(type.changed()).as(where()).isEqualTo(fields.remove(field) != null);
      if (fields.isEmpty()) {
        assertThat(type.length(entry)).isZero();
        fixture.db().delete(entry, hash);
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
      model.put(to, new LinkedHashMap<>(model.get(key)));
      check(to);
    }

    void throughRdb(String key) throws IOException {
      long entry = fixture.entry(key);
      if (entry == 0) {
        return;
      }
      String encoding = type.encodingName(entry);
      try (RecordedValue value = new RecordedValue()) {
        type.save(entry, value);
        assertThat(value.type).isEqualTo(encoding.equals("listpack") ? 16 : 4);
        fixture.delete(key);
        long hash = fixture.hash(key);
        entry =
            type.load(
                value.type,
                value,
                fixture.db(),
                fixture.stage(0, key),
                key.length(),
                hash,
                Database.NO_EXPIRY);
      }
      assertThat(entry).isEqualTo(fixture.entry(key));
      Map<String, String> loaded = all(type, entry);
      assertThat(loaded).as(where()).isEqualTo(model.get(key));
      // A large hash that has become small again on the way has an order now.
      model.put(key, loaded);
    }

    void check(String key) {
      long entry = fixture.entry(key);
      Map<String, String> fields = model.get(key);
      if (fields == null) {
        assertThat(entry).as(where()).isZero();
        return;
      }
      assertThat(type.length(entry)).as(where()).isEqualTo(fields.size());
      Map<String, String> all = all(type, entry);
      assertThat(all).as(where()).isEqualTo(fields);
      if (type.encodingName(entry).equals("listpack")) {
        assertThat(new ArrayList<>(all.keySet()))
            .as(where())
            .containsExactlyElementsOf(fields.keySet());
      }
      Element value = new Element();
      for (int i = 0; i < 5; i++) {
        String field = "f" + random.nextInt(700);
        boolean found = type.get(entry, fixture.stage(1, field), field.length(), value);
        assertThat(found ? ValueFixture.text(value.bytes()) : null)
            .as(where())
            .isEqualTo(fields.get(field));
      }
      if (Entry.isExternal(entry)) {
        assertThat(type.externalBytes(entry)).as(where()).isPositive();
      }
      sample(entry, fields);
    }

    private void sample(long entry, Map<String, String> fields) {
      Element field = new Element();
      Element value = new Element();
      type.random(entry, field, value);
      assertThat(fields)
          .as(where())
          .containsEntry(ValueFixture.text(field.bytes()), ValueFixture.text(value.bytes()));
      int count = 1 + random.nextInt(fields.size() + 3);
      List<String> drawn = new ArrayList<>();
      type.sample(
          entry,
          count,
          (f, v) -> {
            drawn.add(ValueFixture.text(f.bytes()));
            assertThat(fields).containsEntry(drawn.getLast(), ValueFixture.text(v.bytes()));
          });
      assertThat(drawn).as(where()).hasSize(Math.min(count, fields.size())).doesNotHaveDuplicates();
    }

    void walkOn() {
      SnapshotWalk current = walk;
      if (current == null) {
        if (random.nextInt(200) == 0) {
          cut = new HashMap<>();
          model.forEach((key, fields) -> cut.put(key, Map.copyOf(fields)));
          emitted.clear();
          walk =
              fixture.keyspace.startWalk((database, entry) -> {
                String key = ValueFixture.text(Entry.key(entry));
                assertThat(emitted.put(key, all(type, entry))).as(where()).isNull();
              });
        }
      } else if (random.nextInt(100) == 0) {
        while (current.advance(1)) {
          assertThat(emitted.size()).isLessThanOrEqualTo(4);
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

  private static Map<String, String> all(HashType type, long entry) {
    Map<String, String> all = new LinkedHashMap<>();
    type.forEach(
        entry,
        (field, value) ->
            assertThat(all.put(ValueFixture.text(field.bytes()), ValueFixture.text(value.bytes())))
                .isNull());
    return all;
  }

  private static long fill(ValueFixture fixture, String key, int fields) {
    HashType type = fixture.types.hashes();
    long hash = fixture.hash(key);
    long entry = type.create(fixture.db(), fixture.stage(0, key), key.length(), hash);
    for (int i = 0; i < fields; i++) {
      String field = "field" + i;
      long at = fixture.stage(1, field);
      entry = type.set(fixture.db(), entry, hash, at, field.length(), at, field.length());
    }
    return entry;
  }

  @Test
  void shouldShowEveryFieldThatStaysToAScanWhileTheTableGrowsAndShrinks() {
    try (ValueFixture fixture = new ValueFixture(1)) {
      HashType type = fixture.types.hashes();
      long entry = fill(fixture, "k", 1000);
      long hash = fixture.hash("k");
      Set<String> seen = new TreeSet<>();
      long cursor = 0;
      int round = 0;
      do {
        cursor =
            type.scan(entry, cursor, (field, value) -> seen.add(ValueFixture.text(field.bytes())));
        boolean growing = round++ < 60;
        for (int i = 0; i < 50; i++) {
          String field = "more" + (growing ? round * 50 + i : (round - 60) * 50 + i);
          long at = fixture.stage(1, field);
          if (growing) {
            entry = type.set(fixture.db(), entry, hash, at, field.length(), at, field.length());
          } else {
            entry = type.remove(fixture.db(), entry, hash, at, field.length());
          }
        }
      } while (cursor != 0);
      for (int i = 0; i < 1000; i++) {
        assertThat(seen).contains("field" + i);
      }
    }
  }

  @Test
  void l6_aLargeHashIsFreedInSlices() {
    try (ValueFixture fixture = new ValueFixture(1)) {
      long other = fixture.bytesInEntries();
      long entry = fill(fixture, "k", 20_000);
      assertThat(fixture.keyspace.inspection().memoryUsage(entry))
          .as("with its slot in the table")
          .isEqualTo(fixture.bytesInEntries() - other + 8)
          .isGreaterThan(20_000 * 16);
      fixture.delete("k");
      assertThat(fixture.db().size()).isZero();
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
  void shouldRefuseWhatIsNoHash() throws IOException {
    byte[] twice = listpack("a", "1", "a", "2");
    byte[] odd = listpack("a", "1", "b");
    byte[] cut = Arrays.copyOf(twice, twice.length - 1);
    refuse(RecordedValue.of(16, (Object) twice));
    refuse(RecordedValue.of(16, (Object) odd));
    refuse(RecordedValue.of(16, (Object) cut));
    refuse(RecordedValue.of(4, 2L, bytes("a"), bytes("1"), bytes("a"), bytes("2")));
    refuse(RecordedValue.of(4, 2L, bytes("a"), bytes("1"), bytes("b")));
    refuse(RecordedValue.of(4, 1L << 40, bytes("a"), bytes("1")));
    refuse(RecordedValue.of(9, (Object) new byte[] {1, 1, 'a', 1, 0, '1'}));
    assertThat(load(RecordedValue.of(16, (Object) listpack()))).isEmpty();
    assertThat(load(RecordedValue.of(4, 0L))).isEmpty();
  }

  @Test
  void shouldReadTheFormsOfOlderFiles() throws IOException {
    byte[] zipmap = {2, 1, 'a', 1, 0, '1', 2, 'b', 'c', 0, 1, 'x', (byte) 0xff};
    assertThat(load(RecordedValue.of(9, (Object) zipmap))).isEqualTo(Map.of("a", "1", "bc", ""));
    byte[] ziplist = {17, 0, 0, 0, 13, 0, 0, 0, 2, 0, 0, 1, 'a', 3, (byte) 0xfe, 77, (byte) 0xff};
    assertThat(load(RecordedValue.of(13, (Object) ziplist))).isEqualTo(Map.of("a", "77"));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] listpack(String... texts) {
    try (ValueFixture fixture = new ValueFixture(1)) {
      long lp = fixture.memory.allocate(1000);
      Listpack.create(lp);
      for (String text : texts) {
        int end = Listpack.end(lp);
        Listpack.insert(lp, end, fixture.stage(1, text), text.length());
      }
      byte[] bytes = Memory.bytes(lp, Listpack.bytes(lp));
      fixture.memory.free(lp);
      return bytes;
    }
  }

  private static void refuse(RecordedValue value) {
    try (ValueFixture fixture = new ValueFixture(1);
        value) {
      assertThatThrownBy(() -> load(fixture, value)).isInstanceOf(ValueFormatException.class);
      assertThat(fixture.db().size()).isZero();
    }
  }

  private static Map<String, String> load(RecordedValue value) throws IOException {
    try (ValueFixture fixture = new ValueFixture(1);
        value) {
      long entry = load(fixture, value);
      assertThat(entry).isEqualTo(fixture.entry("k"));
      return entry == 0 ? Map.of() : all(fixture.types.hashes(), entry);
    }
  }

  private static long load(ValueFixture fixture, RecordedValue value) throws IOException {
    return fixture
        .types
        .hashes()
        .load(
            value.type,
            value,
            fixture.db(),
            fixture.stage(0, "k"),
            1,
            fixture.hash("k"),
            Database.NO_EXPIRY);
  }
}
