package dev.millrace.engine.struct;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import dev.millrace.engine.memory.SlabAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A quicklist beside a list of strings, in checked memory. */
class QuicklistModelTest {
  private static final int STEPS = 6_000;

  private final SlabAllocator memory = new SlabAllocator();
  private final Region text = new Region(100_000);
  private final Region state = new Region(Quicklist.STATE_BYTES);
  private final Quicklist list = new Quicklist(memory);
  private final QuicklistCursor cursor = new QuicklistCursor();
  private final Element element = new Element();
  private final List<String> model = new ArrayList<>();

  @AfterEach
  void nothingIsLeft() {
    list.freeDetached();
    while (list.freeSome(7)) {
      // A slice after the other.
    }
    memory.close();
    text.close();
    state.close();
  }

  private int put(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.ISO_8859_1);
    Memory.put(text.address(), bytes, 0, bytes.length);
    return bytes.length;
  }

  private void push(boolean first, String value) {
    list.push(first, text.address(), put(value));
    model.add(first ? 0 : model.size(), value);
  }

  private String read() {
    cursor.read(element);
    return new String(element.bytes(), StandardCharsets.ISO_8859_1);
  }

  private static String value(RandomGenerator random) {
    return switch (random.nextInt(8)) {
      case 0 -> Long.toString(random.nextLong() >> random.nextInt(64));
      case 1 -> Integer.toString(random.nextInt(100));
      case 2 -> "x".repeat(random.nextInt(300));
      case 3 -> random.nextInt(10) == 0 ? "y".repeat(3_000 + random.nextInt(9_000)) : "";
      case 4 -> random.nextInt(40) == 0 ? "z".repeat(70_000) : "-0";
      default -> "value " + random.nextInt(1000);
    };
  }

  @ParameterizedTest
  @CsvSource({"-1, 1", "-2, 2", "-5, 3", "4, 4", "1, 5", "0, 6", "32, 7", "1000, 8", "-1, 9"})
  void shouldBeTheSameListAsTheModelWhateverIsDone(int limit, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    list.limits(limit);
    list.create();
    for (int step = 0; step < STEPS; step++) {
      String where = "limit " + limit + ", seed " + seed + ", step " + step;
      // Long phases of growth and of decline, so that every size is met.
      boolean grows = step / 800 % 2 == 0;
      int choice = random.nextInt(grows ? 12 : 18);
      if (model.isEmpty() || choice < 6) {
        // Now at both ends, now at one.
        boolean first = step / 200 % 3 == 0 ? random.nextBoolean() : step / 200 % 3 == 1;
        push(first, value(random));
      } else {
        change(random, choice);
      }
      if (random.nextInt(100) == 0) {
        list.store(state.address());
        list.create();
        list.load(state.address());
      }
      if (list.hasDetached() && random.nextInt(4) == 0) {
        list.freeDetached();
      }
      assertThat(list.length()).as(where).isEqualTo(model.size());
      if (random.nextInt(60) == 0) {
        requireSame(where);
      }
    }
    requireSame("limit " + limit + ", seed " + seed);
  }

  private void change(RandomGenerator random, int choice) {
    int index = random.nextInt(model.size());
    switch (choice) {
      case 6, 7 -> {
        boolean before = random.nextBoolean();
        String value = value(random);
        open(random, index);
        list.insert(cursor, before, text.address(), put(value));
        model.add(before ? index : index + 1, value);
      }
      case 8, 9 -> {
        String value = value(random);
        open(random, index);
        list.replace(cursor, text.address(), put(value));
        model.set(index, value);
      }
      case 10, 11, 12 -> {
        open(random, index);
        assertThat(read()).isEqualTo(model.get(index));
      }
      case 13, 14, 15 -> removeSeveral(random, index);
      case 16 -> {
        boolean first = random.nextBoolean();
        list.removeRange(first ? 0 : model.size() - 1, 1);
        model.remove(first ? 0 : model.size() - 1);
      }
      default -> {
        int count = 1 + random.nextInt(Math.min(model.size() - index, 1 + random.nextInt(200)));
        list.removeRange(index, count);
        model.subList(index, index + count).clear();
      }
    }
  }

  private void open(RandomGenerator random, int index) {
    cursor.open(list, random.nextBoolean() ? index : index - model.size());
  }

  /** Some of the elements met on the way from an index are removed, the others looked at. */
  private void removeSeveral(RandomGenerator random, int index) {
    boolean forward = random.nextBoolean();
    open(random, index);
    int at = index;
    for (int i = random.nextInt(40); i > 0 && cursor.isOnElement(); i--) {
      assertThat(read()).isEqualTo(model.get(at));
      if (random.nextInt(4) > 0) {
        list.remove(cursor, forward);
        model.remove(at);
        at -= forward ? 0 : 1;
      } else {
        cursor.move(forward);
        at += forward ? 1 : -1;
      }
    }
    assertThat(cursor.isOnElement()).isEqualTo(at >= 0 && at < model.size());
  }

  private void requireSame(String where) {
    List<String> forward = new ArrayList<>();
    for (cursor.open(list, 0); cursor.isOnElement(); cursor.next()) {
      forward.add(read());
    }
    assertThat(forward).as(where).isEqualTo(model);
    List<String> backward = new ArrayList<>();
    for (cursor.open(list, -1); cursor.isOnElement(); cursor.previous()) {
      backward.add(read());
    }
    assertThat(backward.reversed()).as(where).isEqualTo(model);
    long nodes = 0;
    for (long node = list.head(); node != 0; node = Quicklist.nextNode(node)) {
      nodes++;
      if (!Quicklist.isPlain(node)) {
        assertThat(
                ListpackValidation.isSound(Quicklist.content(node), Quicklist.contentBytes(node)))
            .as(where)
            .isTrue();
        assertThat(
                list.allows(Quicklist.contentBytes(node), Listpack.count(Quicklist.content(node))))
            .as(where)
            .isTrue();
      }
    }
    assertThat(list.nodes()).as(where).isEqualTo(nodes);
  }

  @Test
  void shouldKeepNoMoreThanOneElementInANodeWhenToldSo() {
    list.limits(1);
    list.create();
    for (int i = 0; i < 10; i++) {
      push(i % 2 == 0, "element");
    }
    assertThat(list.nodes()).isEqualTo(10);
  }

  @Test
  void shouldTakeNoMoreMemoryWhenFilledFromTheFront() {
    list.limits(-2);
    list.create();
    for (int i = 0; i < 20_000; i++) {
      push(false, "element number " + i % 10);
    }
    long nodes = list.nodes();
    long bytes = memory.usedBytes();
    while (list.freeSome(100)) {
      // All of it.
    }
    list.create();
    for (int i = 0; i < 20_000; i++) {
      push(true, "element number " + i % 10);
    }
    assertThat(list.nodes()).isEqualTo(nodes);
    assertThat(memory.usedBytes()).isBetween(bytes * 99 / 100, bytes * 101 / 100);
  }

  @Test
  void shouldTakeTheMiddleOutWithoutFreeingItAtOnce() {
    list.limits(-1);
    list.create();
    for (int i = 0; i < 20_000; i++) {
      push(false, "element number " + i);
    }
    long before = memory.usedBytes();
    list.removeRange(10, 19_980);
    assertThat(list.nodes()).isEqualTo(2);
    assertThat(list.detachedNodes()).isGreaterThan(100);
    assertThat(memory.usedBytes()).isGreaterThan(before * 9 / 10);
    model.subList(10, 19_990).clear();
    requireSame("after the cut");
    list.store(state.address());
    Quicklist freed = new Quicklist(memory);
    list.storeDetached(state.address());
    freed.load(state.address());
    while (freed.freeSome(64)) {
      assertThat(freed.nodes()).isPositive();
    }
    assertThat(memory.usedBytes()).isLessThan(before / 10);
  }

  @Test
  void shouldNotLeaveManySmallNodesBehindWhenMostOfTheMiddleIsRemoved() {
    list.limits(-2);
    list.create();
    for (int i = 0; i < 50_000; i++) {
      push(false, i % 100 == 0 ? "kept" : "removed");
    }
    cursor.open(list, 0);
    while (cursor.isOnElement()) {
      if (read().equals("kept")) {
        cursor.next();
      } else {
        list.remove(cursor, true);
      }
    }
    assertThat(list.length()).isEqualTo(500);
    assertThat(list.nodes()).isLessThan(5);
  }

  @Test
  void shouldMakeACopyThatSharesNothing() {
    list.limits(-1);
    list.create();
    for (int i = 0; i < 3_000; i++) {
      push(false, "element " + i);
    }
    list.store(state.address());
    Quicklist copy = new Quicklist(memory);
    copy.copyOf(state.address());
    copy.removeRange(0, 3_000);
    copy.freeDetached();
    assertThat(copy.length()).isZero();
    requireSame("after the copy was emptied");
  }
}
