package dev.millrace.engine.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.keyspace.SnapshotWalk;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.struct.QuicklistCursor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists in entries against lists of strings, small, large and between, and their RDB forms. */
@SuppressWarnings({"NullAway", "IntLongMath"}) // a reply that is null fails the test as well
class ListTypeTest {
  private static final String[] KEYS = {"a", "b", "c"};
  private static final int STEPS = 4_000;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void shouldAgreeWithAListUnderRandomChanges(long seed) throws IOException {
    try (Run run = new Run(seed)) {
      run.play();
    }
  }

  /** Several lists, what they should hold, and now and then a snapshot under way. */
  private static final class Run implements AutoCloseable {
    final SplittableRandom random;
    final ValueFixture fixture;
    final ListType type;
    final Map<String, List<String>> model = new HashMap<>();
    final Map<String, List<String>> emitted = new HashMap<>();
    Map<String, List<String>> cut = Map.of();
    @Nullable SnapshotWalk walk;
    String where = "";

    Run(long seed) {
      random = new SplittableRandom(seed);
      fixture = new ValueFixture(seed);
      type = fixture.types.lists();
      int[] limits = {-2, -1, 8, 1, -5, 100};
      fixture.config.encodings.listMaxListpackSize.value(limits[(int) seed % limits.length]);
      where = "seed " + seed;
    }

    void play() throws IOException {
      for (int step = 0; step < STEPS; step++) {
        String key = KEYS[random.nextInt(KEYS.length)];
        List<String> list = model.getOrDefault(key, List.of());
        int dice = random.nextInt(100);
        boolean grows = step / 1000 % 2 == 0;
        if (list.isEmpty() || dice < (grows ? 55 : 15)) {
          push(key);
        } else if (dice < 70) {
          change(key);
        } else if (dice < 90) {
          shorten(key);
        } else if (dice < 94) {
          throughRdb(key);
        } else if (dice < 96) {
          copy(key);
        } else {
          snapshot();
        }
        if (walk != null && !walk.advance(1)) {
          assertThat(emitted).as(where).isEqualTo(cut);
          walk = null;
        }
        check(key, where + ", step " + step);
      }
    }

    private String value() {
      return switch (random.nextInt(6)) {
        case 0 -> Integer.toString(random.nextInt(1000));
        case 1 -> random.nextInt(30) == 0 ? "x".repeat(random.nextInt(12_000)) : "";
        default -> "value " + random.nextInt(20);
      };
    }

    private void push(String key) {
      String value = value();
      boolean first = random.nextBoolean();
      type.push(
          fixture.db(),
          fixture.stage(0, key),
          key.length(),
          fixture.hash(key),
          fixture.entry(key),
          first,
          fixture.stage(1, value),
          value.length());
      List<String> list = model.computeIfAbsent(key, each -> new ArrayList<>());
      list.add(first ? 0 : list.size(), value);
    }

    private void change(String key) {
      List<String> list = model.get(key);
      Database database = fixture.db();
      long entry = fixture.entry(key);
      long hash = fixture.hash(key);
      String value = value();
      int index = random.nextInt(list.size());
      long staged = fixture.stage(1, value);
      switch (random.nextInt(3)) {
        case 0 -> {
          type.set(database, entry, hash, index, staged, value.length());
          list.set(index, value);
        }
        case 1 -> {
          boolean before = random.nextBoolean();
          String pivot = list.get(index);
          long at = fixture.stage(2, pivot);
          type.insert(database, entry, hash, before, at, pivot.length(), staged, value.length());
          list.add(list.indexOf(pivot) + (before ? 0 : 1), value);
        }
        default -> {
          boolean from = random.nextBoolean();
          boolean to = random.nextBoolean();
          type.rotate(database, entry, hash, from, to);
          String moved = list.remove(from ? 0 : list.size() - 1);
          list.add(to ? 0 : list.size(), moved);
        }
      }
    }

    private void shorten(String key) {
      List<String> list = model.get(key);
      long entry = fixture.entry(key);
      long hash = fixture.hash(key);
      int index = random.nextInt(list.size());
      if (random.nextBoolean()) {
        int count = 1 + random.nextInt(Math.min(list.size() - index, 40));
        type.removeRange(fixture.db(), entry, hash, index, count);
        list.subList(index, index + count).clear();
      } else {
        String value = list.get(index);
        int count = random.nextInt(7) - 3;
        long at = fixture.stage(1, value);
        type.removeEqual(fixture.db(), entry, hash, count, at, value.length());
        assertThat(type.removedCount()).isEqualTo(removeEqual(list, value, count));
      }
      if (list.isEmpty()) {
        model.remove(key);
      }
    }

    private static long removeEqual(List<String> list, String value, int count) {
      int before = list.size();
      if (count < 0) {
        Collections.reverse(list);
      }
      for (int left = count == 0 ? before : Math.abs(count); left > 0; left--) {
        list.remove(value);
      }
      if (count < 0) {
        Collections.reverse(list);
      }
      return before - list.size();
    }

    private void throughRdb(String key) throws IOException {
      try (RecordedValue value = new RecordedValue()) {
        type.save(fixture.entry(key), value);
        fixture.delete(key);
        load(fixture, value, key);
      }
    }

    private void copy(String key) {
      fixture.delete("copy");
      long entry = fixture.entry(key);
      long hash = fixture.hash("copy");
      fixture.db().copy(entry, fixture.db(), fixture.stage(0, "copy"), 4, hash);
      assertThat(contents(fixture, "copy")).as(where).isEqualTo(model.get(key));
      fixture.delete("copy");
    }

    private void snapshot() {
      if (walk == null) {
        cut = new HashMap<>();
        model.forEach((key, list) -> cut.put(key, List.copyOf(list)));
        emitted.clear();
        walk =
            fixture.keyspace.startWalk((database, entry) -> {
              try (RecordedValue value = new RecordedValue()) {
                type.save(entry, value);
                emitted.put(
                    new String(Entry.key(entry), StandardCharsets.ISO_8859_1), elements(value));
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
      }
    }

    private void check(String key, String at) {
      List<String> list = model.get(key);
      long entry = fixture.entry(key);
      assertThat(entry != 0).as(at).isEqualTo(list != null);
      if (list != null) {
        assertThat(type.length(entry)).as(at).isEqualTo(list.size());
        if (random.nextInt(20) == 0) {
          assertThat(contents(fixture, key)).as(at).isEqualTo(list);
        }
      }
    }

    @Override
    public void close() {
      if (walk != null) {
        walk.cancel();
      }
      fixture.close();
    }
  }

  private static List<String> contents(ValueFixture fixture, String key) {
    List<String> all = new ArrayList<>();
    QuicklistCursor cursor = new QuicklistCursor();
    Element element = new Element();
    long entry = fixture.entry(key);
    if (entry == 0) {
      return all;
    }
    for (fixture.types.lists().seek(entry, 0, cursor); cursor.isOnElement(); cursor.next()) {
      cursor.read(element);
      all.add(ValueFixture.text(element.bytes()));
    }
    return all;
  }

  /** The elements a recorded list holds, read into a keyspace of its own. */
  private static List<String> elements(RecordedValue value) throws IOException {
    try (ValueFixture other = new ValueFixture(1)) {
      load(other, value, "k");
      return contents(other, "k");
    }
  }

  private static long load(ValueFixture fixture, RecordedValue value, String key)
      throws IOException {
    long hash = fixture.hash(key);
    return fixture
        .types
        .lists()
        .load(
            value.type,
            value.rewind(),
            fixture.db(),
            fixture.stage(0, key),
            key.length(),
            hash,
            Database.NO_EXPIRY);
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits.replace(" ", ""));
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  // A ziplist of "ab" and 5, and a listpack of the same.
  private static final byte[] ZIPLIST = hex("11000000 0e000000 0200 00 02 6162 04 f6 ff");
  private static final byte[] LISTPACK = hex("0d000000 0200 82 6162 03 05 01 ff");

  @Test
  void shouldReadEveryFormThatRdbHasHadForLists() throws IOException {
    try (RecordedValue plain = RecordedValue.of(1, 3L, text("a"), text("7"), text(""));
        RecordedValue ziplist = RecordedValue.of(10, ZIPLIST);
        RecordedValue ziplists = RecordedValue.of(14, 2L, ZIPLIST, ZIPLIST);
        RecordedValue nodes =
            RecordedValue.of(18, 3L, 2L, LISTPACK, 1L, text("plain"), 2L, LISTPACK)) {
      assertThat(elements(plain)).containsExactly("a", "7", "");
      assertThat(elements(ziplist)).containsExactly("ab", "5");
      assertThat(elements(ziplists)).containsExactly("ab", "5", "ab", "5");
      assertThat(elements(nodes)).containsExactly("ab", "5", "plain", "ab", "5");
    }
  }

  @Test
  void shouldMakeNoKeyOfAnEmptyList() throws IOException {
    byte[] empty = hex("07000000 0000 ff");
    try (ValueFixture fixture = new ValueFixture(1);
        RecordedValue none = RecordedValue.of(1, 0L);
        RecordedValue nodes = RecordedValue.of(18, 2L, 2L, empty, 2L, empty)) {
      assertThat(load(fixture, none, "k")).isZero();
      assertThat(load(fixture, nodes, "k")).isZero();
      assertThat(fixture.entry("k")).isZero();
    }
  }

  @Test
  void shouldLeaveNothingBehindWhenTheBytesAreNotSound() {
    byte[] torn = Arrays.copyOf(LISTPACK, LISTPACK.length - 1);
    byte[] wrongBack = LISTPACK.clone();
    wrongBack[9] = 4;
    for (RecordedValue value :
        List.of(
            RecordedValue.of(1, 3L, text("a")),
            RecordedValue.of(1, Long.MAX_VALUE, text("a")),
            RecordedValue.of(10, text("no ziplist")),
            RecordedValue.of(14, 2L, ZIPLIST),
            RecordedValue.of(18, 2L, 2L, LISTPACK, 3L, LISTPACK),
            RecordedValue.of(18, 1L, 2L, torn),
            RecordedValue.of(18, 2L, 2L, LISTPACK, 2L, wrongBack),
            RecordedValue.of(4, 1L))) {
      try (ValueFixture fixture = new ValueFixture(1)) {
        assertThatThrownBy(() -> load(fixture, value, "k"))
            .isInstanceOf(ValueFormatException.class);
        assertThat(fixture.entry("k")).isZero();
      } finally {
        value.close();
      }
    }
  }

  @Test
  void shouldKeepAListOfAFewElementsInsideItsEntry() {
    try (ValueFixture fixture = new ValueFixture(1)) {
      long before = fixture.bytesInEntries();
      fill(fixture, "k", 10, "0123456789abcdef");
      // Header, key, and 18 bytes an element: no allocation beside the entry.
      assertThat(fixture.bytesInEntries() - before).isBetween(180L, 240L);
      assertThat(Entry.isExternal(fixture.entry("k"))).isFalse();
      fill(fixture, "k", 200, "0123456789abcdef");
      assertThat(Entry.isExternal(fixture.entry("k"))).isTrue();
      fixture
          .types
          .lists()
          .removeRange(fixture.db(), fixture.entry("k"), fixture.hash("k"), 5, 200);
      assertThat(Entry.isExternal(fixture.entry("k"))).isFalse();
    }
  }

  @Test
  void shouldTakeLittleMoreMemoryThanTheElementsOfALongList() {
    try (ValueFixture fixture = new ValueFixture(1)) {
      long before = fixture.bytesInEntries();
      fill(fixture, "k", 20_000, "0123456789abcdef");
      double perElement = (fixture.bytesInEntries() - before) / 20_000.0;
      assertThat(perElement).isBetween(18.0, 20.0);
      long entry = fixture.entry("k");
      assertThat((double) fixture.types.lists().externalBytes(entry))
          .isCloseTo(20_000 * perElement, org.assertj.core.data.Percentage.withPercentage(3));
    }
  }

  @Test
  void shouldFreeWhatATrimCutsOffInSlices() {
    try (ValueFixture fixture = new ValueFixture(1)) {
      fill(fixture, "k", 100_000, "0123456789abcdef");
      long before = fixture.bytesInEntries();
      ListType lists = fixture.types.lists();
      lists.removeRange(fixture.db(), fixture.entry("k"), fixture.hash("k"), 1_000, 98_000);
      assertThat(lists.length(fixture.entry("k"))).isEqualTo(2_000);
      assertThat(fixture.bytesInEntries()).isGreaterThan(before * 9 / 10);
      assertThat(fixture.keyspace.lazyFree().pendingObjects()).isEqualTo(1);
      while (fixture.keyspace.lazyFreeSlice(1)) {
        assertThat(fixture.keyspace.lazyFree().pendingObjects()).isEqualTo(1);
      }
      assertThat(fixture.bytesInEntries()).isLessThan(before / 20);
    }
  }

  private static void fill(ValueFixture fixture, String key, int count, String value) {
    long staged = fixture.stage(1, value);
    for (int i = 0; i < count; i++) {
      // Made another each time, lest it be the same block every time.
      Memory.putByte(staged, (byte) ('a' + i % 26));
      fixture
          .types
          .lists()
          .push(
              fixture.db(),
              fixture.stage(0, key),
              key.length(),
              fixture.hash(key),
              fixture.entry(key),
              false,
              staged,
              value.length());
    }
  }
}
